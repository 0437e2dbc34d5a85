"""Hear recordings on Ray: in this machine's own cluster, or in one of many machines (https://docs.ray.io).

Paths travel, never sound: each worker opens its recordings itself, and writes their results where all machines can
see them. A task may run again after a machine was lost; its results are then found, or made anew and equal.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ser_live import __version__
from ser_live.archive.task import Outcome, Plan, Task
from ser_live.archive.workers import Done, Far
from ser_live.errors import SourceError, shortened

__all__ = ["Cluster"]

_POLL_SECONDS = 0.2
_CONNECT_SECONDS = 10.0
_RETRIES = 3  # of a task whose machine or process was lost
_AHEAD = 4  # tasks a processor core that are handed over at once: the object store never holds thousands


class Cluster:
    """Map recordings to outcomes on Ray.

    Args:
        plan: what is the same for all; its output folder must be one that every machine sees.
        unfinished: folder for files that are not whole yet, below the output folder.
        address: `local` for a cluster in this machine, else as `ray.init` takes it: `HOST:PORT`, `ray://HOST:PORT`,
            `auto`.
        jobs: processor cores of a local cluster.

    Raises:
        SourceError: if Ray is not installed, or nothing answers at the address.
    """

    def __init__(self, plan: Plan, unfinished: Path, address: str, jobs: int) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before the import: Ray would send usage data
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError:
            raise SourceError("--ray needs Ray, which is not installed: pip install 'ser-live[ray]'") from None
        self._ray = ray
        self._plan = plan
        self._unfinished = unfinished
        self._stopping = False
        quiet: dict[str, Any] = {"include_dashboard": False} if address == "local" else {}
        try:
            if address == "local":
                ray.init(num_cpus=jobs, log_to_driver=False, logging_level=logging.ERROR, **quiet)
            else:
                _refuse_silence(address)
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, ignore_reinit_error=True)
        except SourceError:
            raise
        except Exception as error:  # Ray raises what its parts raise
            reason = " ".join(str(error).split()) or type(error).__name__
            raise SourceError(f"Ray cannot be reached at {shortened(address)}: {shortened(reason, 300)}") from None

    def stop(self) -> None:
        """Hand out no further recording: those that are heard now are finished."""
        self._stopping = True

    def map(self, tasks: Sequence[Task]) -> Iterator[Far | Done | None]:
        """Yield what became of the recordings, as it happens; None now and then in between."""
        ray = self._ray
        remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(_hear)
        plan = ray.put(self._plan)
        waiting = list(reversed(tasks))
        running: dict[Any, Task] = {}
        try:
            while waiting or running:
                ahead = max(1, int(ray.cluster_resources().get("CPU", 1))) * _AHEAD
                while waiting and not self._stopping and len(running) < ahead:
                    task = waiting.pop()
                    running[remote.remote(task, plan, self._unfinished, __version__)] = task
                if not running:
                    return
                ready, _ = ray.wait(list(running), num_returns=len(running), timeout=_POLL_SECONDS)
                if not ready:
                    yield None
                for each in ready:
                    task = running.pop(each)
                    try:
                        outcome = ray.get(each)
                    except ray.exceptions.RayError as error:
                        outcome = Outcome(name=task.name, sentence=_loss(error))
                    yield Done(outcome)
        finally:
            for each in running:
                ray.cancel(each, force=True)
            ray.shutdown()


def _hear(task: Task, plan: Plan, unfinished: Path, version: str) -> Outcome:
    """Hear one recording on some machine of the cluster."""
    here = socket.gethostname()
    if version != __version__:
        sentence = f"the machine {here} has ser-live {__version__}, and the command has {version}: install one version"
        return Outcome(name=task.name, sentence=sentence, fault="output")
    if not unfinished.is_dir():
        sentence = (
            f"the folder {plan.out} is not there on the machine {here}: give an --out-dir that all machines share"
        )
        return Outcome(name=task.name, sentence=sentence, fault="output")
    from ser_live.archive.hear import hear
    from ser_live.outputs.lines import silence_libraries

    with tempfile.TemporaryDirectory(dir=unfinished) as folder, silence_libraries():
        return hear(task, plan, Path(folder))


def _loss(error: Exception) -> str:
    first = next(iter(str(error).splitlines()), "")
    return f"it was lost {_RETRIES + 1} times with its process or machine: {shortened(first or type(error).__name__)}"


def _refuse_silence(address: str) -> None:
    """Refuse an address at which nothing listens: Ray would wait for a minute and then say much."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if address == "auto":
        return
    if host is None or port is None:
        raise SourceError(f"--ray takes local, auto, HOST:PORT or ray://HOST:PORT, not {shortened(address)}")
    try:
        with closing(socket.create_connection((host, port), timeout=_CONNECT_SECONDS)):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(
            f"no Ray cluster answers at {shortened(address)} ({reason}): start one with `ray start --head`, or give "
            "--ray local"
        ) from None
