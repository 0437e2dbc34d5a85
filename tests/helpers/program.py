"""Run the program as users do, and read what it wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import soundfile

import ser_live
from ser_live.types import FloatArray

RATE = 16_000
# What our own code may cause; it would be a second line on standard error, and fail the tests that count them.
WARNINGS = "default::RuntimeWarning,default::ResourceWarning,default::UserWarning"
PROGRAM = [sys.executable, "-m", "ser_live"]
ROOT = Path(ser_live.__file__).parent.parent
# Programs that a test starts run this checkout, wherever else the packages are installed.
PATH = os.pathsep.join([str(ROOT), str(ROOT / "training")])
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": WARNINGS, "PYTHONPATH": PATH}


class Result:
    """What a run of the program left."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON lines on standard output."""
        return parse(self.out)


def parse(text: str) -> list[dict[str, Any]]:
    """JSON lines, every one of them whole, without NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    assert text == "" or text.endswith("\n")
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def run(
    *arguments: str | Path, stdin: bytes = b"", limit: int | None = None, env: Mapping[str, str] | None = None
) -> Result:
    """Run the program; `limit` is the largest size of the files it may write, as on a full disk."""
    program = PROGRAM
    if limit is not None:
        allow = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
        program = [sys.executable, "-c", f"{allow}; import runpy; runpy.run_module('ser_live', run_name='__main__')"]
    done = subprocess.run(
        [*program, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        env={**ENVIRONMENT, **(env or {})},
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def start(*arguments: str | Path, env: Mapping[str, str] | None = None, **streams: Any) -> subprocess.Popen[bytes]:
    """Start the program and leave it running."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.Popen([*PROGRAM, *map(str, arguments)], env={**ENVIRONMENT, **(env or {})}, **streams)


def one_sentence(result: Result, code: int = 1) -> str:
    """The sentence that is all that stands on standard error."""
    assert result.code == code, (result.code, result.out, result.err)
    assert re.fullmatch(r"ser-live: \S.+\n", result.err), result.err
    return result.err


def kinds(records: Sequence[dict[str, Any]]) -> list[str]:
    return [record["type"] for record in records]


def said(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What must be the same live and in replay."""
    return [r for r in records if r["type"] == "prediction" or r.get("kind") in ("speech", "emotion")]


def write(path: Path, samples: FloatArray, rate: int = RATE) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path
