"""Run Python in a process of its own with an empty home, and see what it writes and whom it calls."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ser_live

ROOT = Path(ser_live.__file__).parent.parent
PROGRAM = "import sys; from ser_live.cli import main; sys.argv[0] = 'ser-live'; main()"
"""What the script `ser-live` does."""
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SYSTEMROOT", "NUMBA_CACHE_DIR")
# connections other than local ones; the name service's daemon is asked through a local socket
_CALL_OUT = re.compile(r"(socket\((?!AF_UNIX|AF_LOCAL)|nscd/socket).*")


@dataclass(frozen=True)
class Fresh:
    """What a process left.

    Attributes:
        files: what it wrote below its home, which is its working directory too.
        calls: the system calls by which it would have reached other machines; empty without strace.
    """

    out: str
    err: str
    files: list[str]
    calls: list[str]


def environment(home: Path, **more: str) -> dict[str, str]:
    """Variables of a user who has set none: no `CI`, no `XDG_*`, nothing of the libraries."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "training"))), **more}


def fresh(
    home: Path,
    code: str,
    *arguments: str | Path,
    strace: Sequence[str] = (),
    env: dict[str, str] | None = None,
    **how: Any,
) -> Fresh:
    """Run code with arguments in a fresh process; it must end well."""
    home.mkdir(exist_ok=True)
    log = home.with_name(home.name + ".strace")
    watched = [*strace, "-o", str(log)] if strace else []
    done = subprocess.run(
        [*watched, sys.executable, "-c", code, *map(str, arguments)],
        cwd=home,
        env=environment(home, **(env or {})),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **how,
    )
    assert done.returncode == 0, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    calls = _CALL_OUT.finditer(log.read_text(errors="replace")) if strace else []
    files = [str(path.relative_to(home)) for path in sorted(home.rglob("*")) if path.is_file()]
    return Fresh(done.stdout, done.stderr, files, [call[0] for call in calls])
