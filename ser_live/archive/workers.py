"""Processes that hear recordings: which one died over which recording is known, and only that one is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from ser_live.archive.task import Outcome, Plan, Task

__all__ = ["Done", "Far", "Workers"]

_POLL_SECONDS = 0.2
_HUNG = 75  # exit code of a process whose model does not come back
_TELL_SHARE = 0.02  # of a recording, between two words on how far it is


@dataclass(frozen=True)
class Far:
    """A recording is heard so far, 0 to 1."""

    name: str
    share: float


@dataclass(frozen=True)
class Done:
    """A recording is over."""

    outcome: Outcome


class Workers:
    """Map recordings to outcomes in several processes, each of which computes in one thread.

    Processes are spawned, never forked: a forked one would inherit locked threads of libraries.

    Args:
        plan: what is the same for all.
        unfinished: folder for files that are not whole yet.
        jobs: how many processes.
    """

    def __init__(self, plan: Plan, unfinished: Path, jobs: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._plan = plan
        self._unfinished = unfinished
        self._jobs = jobs
        self._stopping = False
        self._busy: dict[Connection, tuple[BaseProcess, Task | None]] = {}

    def stop(self) -> None:
        """Hand out no further recording: those that are heard now are finished."""
        self._stopping = True

    def map(self, tasks: Sequence[Task]) -> Iterator[Far | Done | None]:
        """Yield how far the recordings are and what became of them, as it happens; None now and then in between."""
        waiting = list(reversed(tasks))
        try:
            for _ in range(min(self._jobs, len(waiting))):
                self._start()
            while self._busy:
                ready = wait(list(self._busy), timeout=_POLL_SECONDS)
                if not ready:
                    yield None
                for each in ready:
                    pipe = cast(Connection, each)
                    process, task = self._busy[pipe]
                    try:
                        word = pipe.recv()
                    except (EOFError, OSError):
                        del self._busy[pipe]
                        pipe.close()
                        process.join()
                        if task is not None:
                            yield Done(Outcome(name=task.name, sentence=_death(process)))
                        if waiting and not self._stopping:
                            self._start()
                        continue
                    if word is None or isinstance(word, Outcome):  # it is idle: at its start, or with an outcome
                        task = waiting.pop() if waiting and not self._stopping else None
                        self._busy[pipe] = (process, task)
                        with suppress(OSError):
                            pipe.send(task)
                        if isinstance(word, Outcome):
                            yield Done(word)
                        if task is None:
                            self._end(pipe)
                    else:
                        yield word
        finally:
            self._kill()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._plan, self._unfinished), daemon=True)
        process.start()
        theirs.close()
        self._busy[ours] = (process, None)

    def _end(self, pipe: Connection) -> None:
        """Let a worker go that has nothing more to do."""
        process, _ = self._busy.pop(pipe)
        process.join()
        pipe.close()

    def _kill(self) -> None:
        for pipe, (process, _) in self._busy.items():
            process.kill()
            process.join()
            pipe.close()
        self._busy.clear()


def _death(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        with suppress(ValueError):
            return (
                f"the process that heard it was ended by {signal.Signals(-code).name}: memory may be short "
                "(give --jobs a smaller number), or the recording harms its decoder"
            )
    if code == _HUNG:
        return "the model took over 10 s for a window: it hangs or is too slow, use another one"
    return f"the process that heard it ended with code {code}: try the recording alone with ser-live --file"


def _work(pipe: Connection, plan: Plan, unfinished: Path) -> None:
    """Hear recordings until there are no more; runs in a process of its own."""
    for name in ("SIGINT", "SIGHUP"):  # a terminal sends them to every process: the first one decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    from ser_live.quiet_libraries import keep_linear_algebra_to_one_thread

    keep_linear_algebra_to_one_thread()
    from ser_live.app.watchdog import Watchdog
    from ser_live.archive.hear import hear
    from ser_live.outputs.lines import silence_libraries

    folder = Path(tempfile.mkdtemp(dir=unfinished))
    try:
        with silence_libraries(), Watchdog(lambda what, number: os._exit(_HUNG)) as watchdog:
            pipe.send(None)
            while (task := pipe.recv()) is not None:
                pipe.send(hear(task, plan, folder, _Teller(pipe, task), watchdog))
    except (EOFError, OSError):  # the command has gone
        sys.exit(1)


class _Teller:
    """Tell the command now and then how far a recording is."""

    def __init__(self, pipe: Any, task: Task) -> None:
        self._pipe = pipe
        self._task = task
        self._told = 0.0

    def __call__(self, share: float) -> None:
        if share >= self._told + _TELL_SHARE:
            self._told = share
            self._pipe.send(Far(self._task.name, share))
