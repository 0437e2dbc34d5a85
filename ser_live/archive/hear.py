"""Hear one recording and write its results: what every executor does, in this process or on another machine."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from ser_live.app.convert import replay
from ser_live.app.listener import Listener
from ser_live.app.watchdog import Watchdog
from ser_live.archive.remote import fetched
from ser_live.archive.row import RowFold
from ser_live.archive.store import mark_done, marked, missing, put
from ser_live.archive.task import FOLDER, Outcome, Plan, Task
from ser_live.classifier import Classifier, Device
from ser_live.errors import ModelError, NonFiniteSampleError, OutputError, SerLiveError
from ser_live.interrupts import Interrupts
from ser_live.lanes import Lanes, lanes_of
from ser_live.outputs.base import Sink
from ser_live.outputs.by_ending import open_output
from ser_live.outputs.files import why_not
from ser_live.outputs.read import Reader
from ser_live.session import LaneState, Session
from ser_live.sources import FileSource
from ser_live.types import Event, FloatArray, Prediction

__all__ = ["classifier_of", "hear"]

_CLOCK: Final = ("started", "compute_ms", "real_time_factor", "wall_seconds")
"""Fields of a session's and a summary's record that another run would not repeat."""
_BLOCK = 1 << 20

Progress = Callable[[float], object]
"""Called with the share of the recording that was heard, 0 to 1."""


@cache
def classifier_of(model: Path | None, device: Device) -> Classifier:
    """Open a model once a process."""
    return Classifier(model, device)


def hear(
    task: Task,
    plan: Plan,
    unfinished: Path,
    progress: Progress = lambda share: None,
    watchdog: Watchdog | None = None,
) -> Outcome:
    """Write the results of one recording, unless they are there already, whoever made them.

    Args:
        task: the recording.
        plan: what is the same for all.
        unfinished: folder for files that are not whole yet, on the disk of the output folder.
        progress: told how far it is.
        watchdog: ends the process where the model does not come back, None for nothing.

    Returns:
        what became of it; no error of a recording leaves this function.
    """
    digest = ""
    try:
        with fetched(task.path) as path:
            digest = _digest(path)
            mark = marked(plan.out, task.name)
            lost = [".jsonl"]
            if mark is not None and mark["key"] == plan.key(digest):
                lost = missing(plan.out, task.name, mark, plan.formats)
                if not lost:
                    return Outcome(name=task.name, digest=digest, rows=mark["rows"], skipped=True)
            else:
                mark = None
            return _made(task, plan, unfinished, path, digest, mark, lost, progress, watchdog)
    except OutputError as error:
        return Outcome(name=task.name, digest=digest, sentence=str(error), fault="output")
    except SerLiveError as error:
        return Outcome(name=task.name, digest=digest, sentence=str(error))
    except MemoryError:
        return Outcome(
            name=task.name, digest=digest, sentence="there is not enough memory for it: give --jobs a smaller number"
        )
    except OSError as error:
        return Outcome(
            name=task.name, digest=digest, sentence=f"cannot write its results: {why_not(error)}", fault="output"
        )


def _digest(path: Path) -> str:
    """Return the digest of a file's bytes, empty where it cannot be read: opening it says why, in words."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


def _made(
    task: Task,
    plan: Plan,
    unfinished: Path,
    path: Path,
    digest: str,
    mark: Mapping[str, Any] | None,
    lost: list[str],
    progress: Progress,
    watchdog: Watchdog | None,
) -> Outcome:
    """Make what is missing: the records by hearing the recording, every other format of the records."""
    base = unfinished / f"{os.getpid()}"
    times: dict[str, Any] | None = None
    broken: SerLiveError | None = None
    files: dict[str, int] = dict(mark["files"]) if mark is not None else {}
    records = plan.out / FOLDER / f"{task.name}.jsonl"
    rows = [] if mark is None else mark["rows"]
    try:
        if ".jsonl" in lost:
            made = base.with_suffix(".jsonl")
            rows, times, broken = _listen(path, plan, made, progress, watchdog)
            files = {".jsonl": made.stat().st_size}
            put(made, records)
        for ending in plan.formats:
            if ending in lost or ending not in files:
                made = base.with_suffix(ending)
                _write(records, made)
                files[ending] = made.stat().st_size
                put(made, records.with_name(f"{records.name.removesuffix('.jsonl')}{ending}"))
        if broken is None:
            new = {"key": plan.key(digest), "digest": digest, "files": files, "rows": rows}
            mark_done(plan.out, task.name, new, base.with_suffix(".mark"))
    finally:
        for ending in (".jsonl", ".mark", *plan.formats):
            with suppress(OSError):
                base.with_suffix(ending).unlink()
    sentence = None if broken is None else str(broken)
    return Outcome(name=task.name, digest=digest, rows=rows, times=times, sentence=sentence)


def _listen(
    path: Path, plan: Plan, out: Path, progress: Progress, watchdog: Watchdog | None
) -> tuple[list[dict[str, Any]], dict[str, Any], SerLiveError | None]:
    """Hear a recording: write its JSON lines, return its rows, its times, and what broke it off after its beginning."""
    classifier = classifier_of(plan.model, plan.device)
    if classifier.sha256 != plan.model_sha256:
        raise ModelError(
            f"the model {classifier.path} is another one here than where the command was given: "
            "copy it to every machine"
        )
    if watchdog is not None:
        watchdog.progress = lambda: classifier.windows
    with closing(FileSource(path)) as source:
        voices = lanes_of(plan.channels, plan.lane_names, source.channels)
        lanes = Lanes(
            voices,
            classifier,
            channels=source.channels,
            sample_rate=source.sample_rate,
            **asdict(plan.settings),
        )
        session = Session(
            source=source.name,
            model=classifier.path.name,
            device=classifier.device,
            labels=classifier.labels,
            total=source.total,
            lanes=tuple(LaneState(name=name) for name in lanes.names),
        )
        opened = open_output(out)
        with closing(opened.file):
            fold = RowFold()
            far = _Far(source.sample_rate, source.total, progress)
            listener = Listener(
                source,
                lanes,
                [_Timeless(opened.sink), fold, far],
                session,
                channels=plan.channels,
                device=plan.device,
                watchdog=watchdog,
            )
            started, began = datetime.now().astimezone(), time.monotonic()
            summary = listener.listen()
    broken = listener.error
    if broken is not None and not (isinstance(broken, NonFiniteSampleError) and session.elapsed):
        raise broken
    times = {
        "started": started.isoformat(timespec="milliseconds"),
        "wall_seconds": round(time.monotonic() - began, 3),
        "real_time_factor": summary["real_time_factor"],
    }
    return fold.rows, times, broken


def _write(records: Path, out: Path) -> None:
    """Write records that exist in the format that the ending asks for."""
    output = open_output(out)
    with closing(output.file), open(records, "rb") as stream:
        error = replay(Reader(stream, records.name), [output.sink], None, Interrupts())
    if error is not None:
        raise error


class _Timeless(Sink):
    """A sink without what the clock says: the files of two runs are equal, byte for byte."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.name = sink.name

    def open(self, fields: Mapping[str, Any]) -> None:
        self._sink.open(_without_clock(fields))

    def take(self, record: Prediction | Event) -> None:
        self._sink.take(record)

    def close(self, fields: Mapping[str, Any]) -> None:
        self._sink.close(_without_clock(fields))


def _without_clock(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in _CLOCK}


class _Far(Sink):
    """Tell how far a recording is heard."""

    name = "the progress"
    needed = False

    def __init__(self, rate: int, total: float | None, progress: Progress) -> None:
        self._frames = 0
        self._all = (total or 0.0) * rate
        self._progress = progress

    def hear(self, block: FloatArray) -> None:
        self._frames += len(block)
        if self._all:
            self._progress(min(1.0, self._frames / self._all))
