# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""What a run shows, and the history that it leaves."""

from __future__ import annotations

import csv
import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("one_thread")]
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.fitting.display import TrainingDisplay, training_display
from ser_train.fitting.history import tensorboard_log, write_history
from ser_train.fitting.history_plot import plot_history


def _row(epoch: int, recall: float) -> dict[str, float]:
    return {
        "epoch": epoch,
        "loss": 2.0 / epoch,
        "validation_loss": 1.8 / epoch**0.5,
        "validation_uar": recall,
        "validation_uar_cremad": recall - 0.05,
        "learning_rate": 1e-3 / epoch,
        "seconds": 61.0,
        "clips_per_second": 211.4,
    }


def _step(epoch: int, step: int) -> dict[str, float]:
    return {
        "epoch": epoch,
        "epochs": 3,
        "step": step,
        "steps": 80,
        "loss": 1.5,
        "learning_rate": 1e-3,
        "clips_per_second": 212.0,
    }


def test_without_a_terminal_each_epoch_is_one_line() -> None:
    text = StringIO()
    with training_display(Console(file=text, width=40)) as display:
        display.step(_step(1, 1))
        display.epoch(_row(1, 0.3))
        display.epoch(_row(2, 0.25))
    assert text.getvalue().splitlines() == [
        "epoch   1  loss 2.000  validation loss 1.800  UAR 0.300*  rate 1.0e-03  211 clips/s  61 s",
        "epoch   2  loss 1.000  validation loss 1.273  UAR 0.250   rate 5.0e-04  211 clips/s  61 s",
    ]


def test_the_terminal_shows_where_the_run_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("ser_train.fitting.display.time.monotonic", lambda: now[0])
    console = Console(file=StringIO(), width=100, force_terminal=True, color_system=None)
    display = TrainingDisplay(console)
    display.step(_step(1, 1))
    display.epoch(_row(1, 0.3))
    now[0] += 80  # a second a step
    display.step(_step(2, 1))
    with console.capture() as shown:
        console.print(display.bars.get_renderable())
    first, second = shown.get().rstrip().splitlines()
    assert "1/3" in first
    assert "best recall 0.300 in epoch 1  0:02:39 left" in first
    assert "1/80" in second
    assert "loss 1.500  rate 1.0e-03  212 clips/s" in second
    assert display.way_on() == "stopped in epoch 2: the same command with --resume goes on from there"
    assert "begins again" in TrainingDisplay(console).way_on()


def test_history_is_kept_as_csv_json_and_curves(tmp_path: Path) -> None:
    history = [_row(epoch, 0.3 + 0.01 * epoch) for epoch in (1, 2, 3)]
    write_history(history, 3, tmp_path / "m.onnx", "by speakers")
    with (tmp_path / "m.history.csv").open() as file:
        assert [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)] == history
    assert json.loads((tmp_path / "m.history.json").read_text()) == {
        "protocol": "by speakers",
        "best_epoch": 3,
        "epochs": history,
    }
    plot_history(history, 3, tmp_path / "m.png")
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(TrainingError, match="cannot be written"):
        write_history(history, 3, tmp_path / "no" / "m.onnx")


def test_tensorboard_reads_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = tmp_path / "m.onnx"
    with tensorboard_log(out, asked=False) as log:
        assert log is None
    assert not list(tmp_path.iterdir())
    for recalls in ([0.1], [0.3, 0.4]):  # a second run takes the place of the first
        with tensorboard_log(out, asked=True) as log:
            assert log is not None
            for epoch, recall in enumerate(recalls, 1):
                log.epoch(_row(epoch, recall))
    found = EventAccumulator(str(tmp_path / "m.tensorboard")).Reload()
    tags = {"loss/training", "loss/validation", "recall/pooled", "recall/cremad", "learning_rate"}
    assert tags <= set(found.Tags()["scalars"])
    pooled = found.Scalars("recall/pooled")
    assert [(event.step, round(event.value, 6)) for event in pooled] == [(1, 0.3), (2, 0.4)]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(TrainingError, match=r"ser-live\[train\]"), tensorboard_log(out, asked=True):
        pass
