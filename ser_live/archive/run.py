"""A run over an archive: find, skip what is done, hear the rest, and sum everything up."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ser_live.app.watchdog import Watchdog, end_loading, load_seconds
from ser_live.archive.find import Found, Recording, find
from ser_live.archive.page import write_page
from ser_live.archive.progress import Progress
from ser_live.archive.store import Digests, locked, marked, missing, unfinished
from ser_live.archive.tables import (
    Line,
    all_columns,
    line_of,
    write_failures,
    write_parquet,
    write_summary,
    write_times,
)
from ser_live.archive.task import Outcome, Plan, Task
from ser_live.archive.workers import Done, Far, Workers
from ser_live.classifier import Classifier, Device
from ser_live.config import Settings
from ser_live.errors import OutputError
from ser_live.interrupts import Interrupts
from ser_live.outputs.files import why_not
from ser_live.outputs.lines import complain
from ser_live.outputs.standard import say

__all__ = ["Request", "run"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asks for.

    Attributes:
        paths: files, folders, lists (`@FILE`, `-`), URLs.
        out: the output folder.
        formats: endings of the files to write beside the JSON lines.
        jobs: processes; None = one a processor core.
        pattern: what a name in a folder must fit.
        newest_first: the recordings that were changed last come first, not the longest.
        channels: as `ser-live --channels`.
        lane_names: of the lanes.
        model: path of a model; None = the shipped one.
        device: compute device.
        settings: of the pipeline.
        ray: `local` or the address of a Ray cluster; None = processes of this machine.
    """

    paths: Sequence[str]
    out: Path
    formats: Sequence[str] = ()
    jobs: int | None = None
    pattern: str | None = None
    newest_first: bool = False
    channels: str = "mix"
    lane_names: Sequence[str] = ()
    model: Path | None = None
    device: Device = "auto"
    settings: Settings = field(default_factory=Settings)
    ray: str | None = None


class Executor(Protocol):
    """What maps recordings to outcomes: processes of this machine, or a cluster."""

    def map(self, tasks: Sequence[Task]) -> Iterator[Far | Done | None]:
        """Yield how far the recordings are and what became of them, as it happens; None now and then in between."""
        ...

    def stop(self) -> None:
        """Hand out no further recording."""
        ...


def run(request: Request) -> int:
    """Hear all recordings that are not done, and write the tables of all.

    Returns:
        the exit code: 0, 1 if every recording failed or no room was left, 128 and the number of a signal (Ctrl-C: 130).

    Raises:
        SerLiveError: for what cannot be found, opened or written.
    """
    found = find(request.paths, pattern=request.pattern, out=request.out)
    with Watchdog(end_loading) as watchdog, watchdog.watching("load", load_seconds(request.device)):
        classifier = Classifier(request.model, request.device)
    plan = Plan(
        out=request.out.absolute(),
        formats=sorted(set(request.formats) - {".jsonl"}),
        model=request.model,
        model_sha256=classifier.sha256,
        device=request.device,
        settings=request.settings,
        channels=request.channels,
        lane_names=tuple(request.lane_names),
    )
    with locked(request.out), unfinished(request.out) as folder, Interrupts() as interrupts:
        state = _State(found.recordings, plan, folder)
        _say_what_was_found(found, state)
        executor = _executor(request, plan, folder, len(state.waiting))
        _hear(state, executor, request.newest_first, interrupts)
        try:
            state.write(classifier.labels)
        except OSError as error:
            raise OutputError(f"cannot write the tables to {request.out}: {why_not(error)}") from None
    if interrupts.signal:
        complain(
            f"stopped: {state.done:,} of {len(found.recordings):,} recordings are done; "
            "the same command goes on from here"
        )
        return 128 + interrupts.signal
    if state.no_room is not None:
        raise OutputError(f"{state.no_room}; what is whole stays, and the same command goes on from here")
    say([state.words()])
    return 1 if len(state.failures) == len(found.recordings) else 0


class _State:
    """What is known of every recording of a run.

    Attributes:
        waiting: recordings that are not done.
        failures: sentences by name.
        no_room: why nothing can be written any more, None as long as it can.
    """

    def __init__(self, recordings: Sequence[Recording], plan: Plan, folder: Path) -> None:
        self._recordings = {recording.name: recording for recording in recordings}
        self._plan = plan
        self._folder = folder
        self._digests = Digests(plan.out)
        self._rows: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._keys: dict[str, str] = {}
        self._times: list[Mapping[str, Any]] = []
        self.failures: dict[str, str] = {}
        self.no_room: str | None = None
        self.skipped = 0
        self.waiting = [recording for recording in recordings if not self._is_done(recording)]

    @property
    def done(self) -> int:
        """How many recordings have whole results."""
        return len(self._rows.keys() - self.failures.keys())

    def _is_done(self, recording: Recording) -> bool:
        """Take the rows of a recording whose results are whole, without reading it."""
        digest = self._digests.of(recording)
        mark = None if digest is None else marked(self._plan.out, recording.name)
        if digest is None or mark is None or mark["key"] != self._plan.key(digest):
            return False
        if missing(self._plan.out, recording.name, mark, self._plan.formats):
            return False
        self._rows[recording.name] = mark["rows"]
        self._keys[recording.name] = mark["key"]
        self.skipped += 1
        return True

    def take(self, outcome: Outcome) -> None:
        """Note what became of a recording."""
        recording = self._recordings[outcome.name]
        if outcome.rows:
            self._rows[outcome.name] = outcome.rows
            self._keys[outcome.name] = self._plan.key(outcome.digest)
        if outcome.sentence is None:
            self._digests.keep(recording, outcome.digest)
        elif outcome.fault == "output":
            self.no_room = self.no_room or outcome.sentence
        else:
            self.failures[outcome.name] = outcome.sentence
        self.skipped += outcome.skipped
        if outcome.times is not None:
            self._times.append({"name": outcome.name, **outcome.times})

    def write(self, labels: Sequence[str]) -> None:
        """Write the tables and the page."""
        out, temporary = self._plan.out, self._folder / "table"
        names = all_columns(labels)
        lines: list[Line] = [
            line_of(self._recordings[name], row, self._keys[name])
            for name in sorted(self._rows)
            for row in self._rows[name]
        ]
        failures = [(self._recordings[name].path, self.failures[name]) for name in sorted(self.failures)]
        with suppress(OSError):  # it only saves time
            self._digests.write(temporary)
        write_times(out / "times.jsonl", self._times)
        write_failures(out / "failed.csv", failures, temporary)
        write_page(out / "index.html", lines, failures, labels, self._plan.formats, temporary)
        write_parquet(out / "summary.parquet", lines, names, temporary)
        write_summary(out / "summary.csv", lines, names, temporary)

    def words(self) -> str:
        """Sum up in one line."""
        heard = self.done - self.skipped
        parts = [f"{heard:,} heard"]
        if self.skipped:
            parts.append(f"{self.skipped:,} were done already")
        if self.failures:
            parts.append(f"{len(self.failures):,} failed, see {self._plan.out / 'failed.csv'}")
        hours = sum(float(rows[0]["seconds"]) for rows in self._rows.values()) / 3600
        all_of_them = f"{len(self._recordings):,} recordings, {hours:.2f} h of sound"
        return f"{all_of_them}: {', '.join(parts)}; {self._plan.out / 'index.html'}"


def _hear(state: _State, executor: Executor, newest_first: bool, interrupts: Interrupts) -> None:
    """Hear what is not done; the first Ctrl-C lets running recordings end, the second one drops them."""
    waiting = sorted(
        state.waiting,
        key=lambda recording: (-(recording.modified if newest_first else recording.size), recording.name),
    )
    if not waiting:
        return
    tasks = [Task(path=recording.path, name=recording.name) for recording in waiting]
    stopping = False
    try:
        with Progress({recording.name: recording.size for recording in waiting}) as progress:
            for word in executor.map(tasks):
                if isinstance(word, Done):
                    outcome = word.outcome
                    state.take(outcome)
                    seconds = float(outcome.rows[0]["seconds"]) if outcome.rows else None
                    progress.over(outcome.name, seconds, failed=outcome.sentence is not None)
                elif isinstance(word, Far):
                    progress.far(word.name, word.share)
                if (interrupts.signal or state.no_room is not None) and not stopping:
                    stopping = True
                    executor.stop()
                    if interrupts.signal == signal.SIGINT:
                        complain("stopping after the recordings that are heard now; Ctrl-C again drops them")
    except KeyboardInterrupt:  # the second signal
        pass


def _executor(request: Request, plan: Plan, folder: Path, waiting: int) -> Executor:
    jobs = _jobs(request.jobs, waiting)
    if request.ray is None or not waiting:
        return Workers(plan, folder, jobs)
    from ser_live.archive.cluster import Cluster

    return Cluster(plan, folder, request.ray, jobs)


def _jobs(asked: int | None, recordings: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores if asked is None else asked, recordings))


def _say_what_was_found(found: Found, state: _State) -> None:
    left = "; ".join(f"{count:,} {reason}" for reason, count in sorted(found.left_out.items()))
    complain(
        f"{len(found.recordings):,} recordings found, {state.skipped:,} of them done already"
        + (f"; left out: {left}" if left else "")
    )
