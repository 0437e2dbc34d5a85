"""Run `ser-train` as users do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def ser_train(*arguments: str | Path, code: int = 0) -> str:
    """Run a command to its end; it must end with this code and without a traceback. Returns what it told."""
    done = subprocess.run(
        [sys.executable, "-c", "from ser_train.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
