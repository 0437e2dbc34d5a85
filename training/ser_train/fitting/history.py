"""What a run left behind of its epochs: CSV, JSON and, where it is asked for, a log that TensorBoard shows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ser_train.errors import TrainingError

__all__ = ["TensorBoardLog", "tensorboard_log", "write_history"]

_TAGS = {"loss": "loss/training", "validation_loss": "loss/validation", "validation_uar": "recall/pooled"}


def write_history(history: Sequence[dict[str, float]], best_epoch: int, out: Path, protocol: str = "") -> None:
    """Write one row an epoch beside the model `out`: `.history.csv` and `.history.json`.

    Raises:
        TrainingError: if one cannot be written.
    """
    try:
        with out.with_suffix(".history.csv").open("w", newline="") as file:
            rows = csv.DictWriter(file, fieldnames=list(history[0]))
            rows.writeheader()
            rows.writerows(history)
        text = json.dumps({"protocol": protocol, "best_epoch": best_epoch, "epochs": list(history)}, indent=1)
        out.with_suffix(".history.json").write_text(text + "\n")
    except OSError as error:
        raise TrainingError(
            f"the history beside {out} cannot be written: {error.strerror or error}: make room, or choose another --out"
        ) from None


class TensorBoardLog:
    """A folder of curves; `tensorboard --logdir FOLDER` shows them, also while the run goes on.

    Args:
        folder: made if it is not there; logs of an earlier run in it are removed.

    Raises:
        TrainingError: without the package `tensorboard`, or if the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise TrainingError('the TensorBoard log needs tensorboard: pip install "ser-live[train]"') from None
        try:
            for earlier in folder.glob("events.out.tfevents.*"):
                earlier.unlink()
            self._writer = SummaryWriter(folder)
        except OSError as error:
            raise TrainingError(
                f"the log {folder} cannot be written: {error.strerror or error}: make room, or choose another --out"
            ) from None

    def epoch(self, row: dict[str, float]) -> None:
        """Log an epoch's row of history."""
        for name, value in row.items():
            if name != "epoch":
                tag = _TAGS.get(name, name.replace("validation_uar_", "recall/"))
                self._writer.add_scalar(tag, value, int(row["epoch"]))
        self._writer.flush()

    def close(self) -> None:
        """End the log."""
        self._writer.close()


@contextmanager
def tensorboard_log(out: Path, asked: bool) -> Iterator[TensorBoardLog | None]:
    """Return the log beside the model `out`, `<stem>.tensorboard/`; None where nobody asked for it."""
    log = TensorBoardLog(out.with_suffix(".tensorboard")) if asked else None
    try:
        yield log
    finally:
        if log is not None:
            log.close()
