"""Records that exist, given to the sinks that a session gives its own to."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from operator import methodcaller
from pathlib import Path
from typing import BinaryIO

from ser_live.app.paths import check_outputs, refuse_taken
from ser_live.errors import OutputError, RecordsError, SourceError
from ser_live.interrupts import Interrupted, Interrupts
from ser_live.outputs.base import Sink
from ser_live.outputs.by_ending import Contents, open_output
from ser_live.outputs.files import refuse_doubles
from ser_live.outputs.lines import complain, printable
from ser_live.outputs.read import Opening, Reader, Summing
from ser_live.outputs.replacement import Replacement
from ser_live.sources import FileSource, Source
from ser_live.types import Event
from ser_live.waiting import waiting_input

__all__ = ["convert", "replay"]


def convert(
    records: str,
    out: Sequence[Path],
    *,
    overwrite: bool = False,
    contents: Contents | None = None,
    recording: str | None = None,
) -> int:
    """Write the records of a session in the formats that the outputs' endings ask for.

    Where the records are a file, each output is in its place once it is whole, so that a wrong one costs nothing. Where
    they are a pipe, outputs grow with it.

    Args:
        records: path of the JSON lines, `-` for standard input.
        out: files to write.
        overwrite: replace files that hold something.
        contents: what the files hold.
        recording: path of the session's recording, for what holds its sound.

    Returns:
        the exit code: 0, or 128 and the number of the signal (Ctrl-C: 130).

    Raises:
        SerLiveError: for what cannot be read or written.
    """
    contents = contents or Contents()
    check_outputs(out, contents)
    refuse_taken([path for path in (records, recording) if path is not None], out)
    with Interrupts() as interrupts, ExitStack() as stack:
        try:
            with interrupts.awaiting():
                stream = _open(records, stack)
                name = (
                    "standard input" if records == "-" else printable(os.fsencode(records).decode("utf-8", "replace"))
                )
                sound = None if recording is None else stack.enter_context(closing(FileSource(recording)))
                grows = not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
                opened = []
                for path in out:  # of which one may be a named pipe without a reader
                    opened.append(open_output(path, overwrite=overwrite, contents=contents))
                    stack.enter_context(closing(opened[-1].file))
            refuse_doubles([output.file for output in opened])
            for output in opened:
                if output.file.regular and not grows:
                    output.lines.raw = replacement = Replacement(output.file)
                    stack.callback(replacement.discard)
            reader = Reader(stream, name)
            failure = replay(reader, [output.sink for output in opened], sound, interrupts)
        except Interrupted:
            return 128 + interrupts.signal
    if reader.shortfall is not None:
        complain(reader.shortfall)
    if failure is not None:
        raise failure
    return 0


def replay(reader: Reader, sinks: Sequence[Sink], sound: Source | None, interrupts: Interrupts) -> OutputError | None:
    """Give every record to every sink, and the sound of the session before its end.

    Args:
        reader: of the session's records.
        sinks: one that fails is left out, and the others go on.
        sound: the session's recording, None where no sink wants it.
        interrupts: the signals that end it.

    Returns:
        the first failure of a sink.

    Raises:
        RecordsError: for what is no session.
        SourceError: for the recording of another session.
        Interrupted: when a signal comes.
    """
    outputs = _Outputs(sinks)
    records = iter(reader)
    rate = 0
    while True:
        with interrupts.awaiting():
            record = next(records, None)
        if record is None:
            return outputs.error
        if isinstance(record, Opening):
            left = outputs.each(methodcaller("open", record.fields))
            rate = record.fields.get("sample_rate", 0)
            if sound is not None and sound.sample_rate != rate:
                raise SourceError(
                    f"{sound.name} has {sound.sample_rate} samples a second, and the session heard {rate}: give the "
                    "recording of this session"
                )
        elif isinstance(record, Summing):
            if sound is not None:
                _hear(sound, round(record.fields["seconds"] * rate), outputs, interrupts)
            left = outputs.each(methodcaller("close", record.fields))
        else:
            left = outputs.each(methodcaller("take", record))
        if not left:
            return outputs.error


def _hear(sound: Source, frames: int, outputs: _Outputs, interrupts: Interrupts) -> None:
    """Give every output the sound that the session heard: that many frames, or all that there are."""
    blocks = sound.blocks()
    while frames > 0:
        with interrupts.awaiting():
            block = next(blocks, None)
        if block is None:
            return
        if not isinstance(block, Event):
            part = block[:frames]
            frames -= len(part)
            outputs.each(methodcaller("hear", part))


def _shown(records: str) -> str:
    return "standard input" if records == "-" else printable(os.fsencode(records).decode("utf-8", "replace"))


def _open(records: str, stack: ExitStack) -> BinaryIO:
    if records == "-":
        if sys.stdin is None:
            raise RecordsError("standard input is closed: give the name of a file, or pipe JSON lines in")
        return waiting_input(sys.stdin.buffer)
    try:
        return stack.enter_context(open(records, "rb"))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise RecordsError(f"{_shown(records)} cannot be read: {reason}: give the JSON lines of a session") from None


class _Outputs:
    """The sinks of a conversion; one that fails is left out, and the others go on."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = list(sinks)
        self.error: OutputError | None = None

    def each(self, do: Callable[[Sink], None]) -> bool:
        """Call `do` with every sink; return whether one is left."""
        for sink in list(self._sinks):
            try:
                do(sink)
            except BrokenPipeError:
                self._sinks.remove(sink)
            except OutputError as error:
                self._sinks.remove(sink)
                self.error = self.error or error
        return bool(self._sinks)
