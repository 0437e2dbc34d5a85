"""Standard output, past Python's buffer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ser_live.errors import OutputError
from ser_live.interrupts import Interrupts
from ser_live.outputs.files import may_block
from ser_live.outputs.lines import LineFile, printable
from ser_live.outputs.patient import PatientFile
from ser_live.terminal import is_character_device
from ser_live.waiting import RawFile

__all__ = ["open_standard_output", "say"]


def open_standard_output(interrupts: Interrupts | None = None, *, live: bool = False) -> LineFile:
    """Open standard output for lines, past Python's buffer, which would fail again when the program ends.

    Args:
        interrupts: the signals that end a wait; with them a thread waits for a pipe or terminal.
        live: the sound is being made now, so that nothing ever waits.
    """
    if sys.stdout is None:  # closed by the caller (`>&-`): its number may be another file's by now
        return LineFile(Path(os.devnull).open("wb", buffering=0), "standard output")
    sys.stdout.flush()
    raw: RawFile = os.fdopen(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
    if interrupts is not None and may_block(sys.stdout.fileno()):
        with suppress(RuntimeError):  # no thread may be started: then what writes waits
            raw = PatientFile(raw, interrupts, live=live)
    return LineFile(raw, "standard output", terminal=is_character_device(sys.stdout.fileno()))


def say(lines: Iterable[str], interrupts: Interrupts | None = None) -> None:
    """Print lines; stop without an error if the reader goes away.

    Args:
        lines: to print.
        interrupts: the signals that end the session; once one has come, a reader that stands still is not waited for.
    """
    with suppress(BrokenPipeError):
        standard = open_standard_output(interrupts)
        for line in lines:
            standard.write(printable(line))
        if interrupts is not None:
            with suppress(OutputError):
                standard.close()
