"""Show the progress of a training run, on a terminal and in a file alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ser_train.fitting.history import TensorBoardLog

__all__ = ["TrainingDisplay", "training_display"]


class TrainingDisplay:
    """Two bars, for epochs and for steps, under a line for each epoch that is done; in a file the lines alone.

    Its `step` and `epoch` are what `ser_train.fitting.fit.fit` calls.

    Args:
        console: to print on.
        log: curves that get every epoch too.
    """

    def __init__(self, console: Console, log: TensorBoardLog | None = None) -> None:
        self._log = log
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        self.bars = Progress(*columns, console=console, disable=not console.is_terminal)
        self._epochs = self.bars.add_task("epoch", total=None, figures="")
        self._steps = self.bars.add_task("step", total=None, figures="")
        self._best: list[dict[str, float]] = []  # the best row, once there is one
        self._epoch = 0  # that the latest step was in
        self._began: tuple[float, float] | None = None

    def step(self, at: dict[str, float]) -> None:
        """Show where the run is after a step."""
        self._epoch = round(at["epoch"])
        done = (at["epoch"] - 1) * at["steps"] + at["step"]
        self._began = self._began or (time.monotonic(), done)
        seconds, steps = time.monotonic() - self._began[0], done - self._began[1]
        remaining = at["epochs"] * at["steps"] - done
        left = f"{timedelta(seconds=round(seconds / steps * remaining))} left" if steps else ""
        best = [f"best recall {row['validation_uar']:.3f} in epoch {row['epoch']:.0f}" for row in self._best]
        self.bars.update(self._epochs, completed=at["epoch"] - 1, total=at["epochs"], figures="  ".join([*best, left]))
        self.bars.update(
            self._steps,
            completed=at["step"],
            total=at["steps"],
            figures=f"loss {at['loss']:.3f}  rate {at['learning_rate']:.1e}  {at['clips_per_second']:.0f} clips/s",
        )

    def epoch(self, row: dict[str, float]) -> None:
        """Print an epoch's row of history; `*` where its weights are the best so far."""
        better = all(row["validation_uar"] > other["validation_uar"] for other in self._best)
        if better:
            self._best = [row]
        self._epoch = round(row["epoch"])
        if self._log is not None:
            self._log.epoch(row)
        self.bars.update(self._epochs, completed=self._epoch)
        self.bars.console.print(
            f"epoch {row['epoch']:3.0f}  loss {row['loss']:.3f}  validation loss {row['validation_loss']:.3f}  "
            f"UAR {row['validation_uar']:.3f}{'*' if better else ' '}  rate {row['learning_rate']:.1e}  "
            f"{row['clips_per_second']:.0f} clips/s  {row['seconds']:.0f} s",
            soft_wrap=True,
            highlight=False,
        )

    def way_on(self) -> str:
        """Print how to continue after an interruption."""
        if not self._epoch:
            return "stopped before the first step: the same command begins again"
        return f"stopped in epoch {self._epoch}: the same command with --resume goes on from there"


@contextmanager
def training_display(console: Console, log: TensorBoardLog | None = None) -> Iterator[TrainingDisplay]:
    """Show a display during the block; Ctrl-C leaves a sentence that says how to continue.

    Args:
        console: to print on.
        log: curves that get every epoch too.
    """
    display = TrainingDisplay(console, log)
    try:
        with display.bars:
            yield display
    except KeyboardInterrupt:
        console.print(display.way_on(), soft_wrap=True, highlight=False)
        raise
