# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Runs that are killed, interrupted or out of disk go on from their checkpoints to the same weights."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("one_thread")]
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import ser_train.files
import tiny_fit as tiny
from ser_train.errors import TrainingError
from ser_train.fitting.checkpoint import load_checkpoint, save_checkpoint
from ser_train.fitting.fit import Fit

ROOT = Path(__file__).resolve().parents[3]


def _program(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "helpers" / "tiny_fit.py"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "training")]), "OMP_NUM_THREADS": "1"},
    )


def _until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    for said in process.stdout:
        if said.strip() == line:
            return
    raise AssertionError(f"the program ended before {line!r}: {process.communicate()[1]}")


@pytest.mark.parametrize(
    ("line", "options", "saved"),
    [("step 2 1", [], 1), ("step 3 2", [], 2), ("saving 2", ["slow-save"], 1)],
    ids=["after the first epoch", "in the middle of an epoch", "while a checkpoint is written"],
)
def test_a_killed_run_resumes_to_the_same_weights(
    line: str, options: list[str], saved: int, whole: Fit, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "run.ckpt"
    process = _program(checkpoint, *options)
    _until(process, line)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert len(torch.load(checkpoint, weights_only=True)["history"]) == saved
    assert checkpoint.with_suffix(".ckpt.tmp").exists() == bool(options)
    told: list[float] = []
    resumed = tiny.tiny_fit(checkpoint, resume=True, told=lambda row: told.append(row["epoch"]))
    assert told == [1, 2, 3, 4]
    assert tiny.weight_bytes(resumed) == tiny.weight_bytes(whole)
    assert [row["loss"] for row in resumed.history] == [row["loss"] for row in whole.history]
    assert not checkpoint.with_suffix(".ckpt.tmp").exists()


def test_a_plateau_is_remembered_over_a_resumption(tmp_path: Path) -> None:
    recipe = tiny.plain(epochs=5, schedule="plateau", patience=0, learning_rate=0.5, warm_up=0.0)
    unbroken = tiny.tiny_fit(tmp_path / "a.ckpt", recipe=recipe)
    assert unbroken.history[-1]["learning_rate"] < 0.5

    def stop(row: dict[str, float]) -> None:
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.tiny_fit(tmp_path / "b.ckpt", recipe=recipe, told=stop)
    assert tiny.weight_bytes(tiny.tiny_fit(tmp_path / "b.ckpt", recipe=recipe, resume=True)) == tiny.weight_bytes(
        unbroken
    )


def test_control_c_says_how_to_go_on(whole: Fit, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.ckpt"
    process = _program(checkpoint)
    _until(process, "step 2 1")
    process.send_signal(signal.SIGINT)
    errors = process.communicate()[1]
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1] == "stopped in epoch 2: the same command with --resume goes on from there"
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["run.ckpt"]
    state = torch.load(checkpoint, weights_only=True)
    assert len(state["history"]) == 1
    assert 1 <= state["partway"]["step"] <= 3
    steps: list[tuple[float, float]] = []
    resumed = tiny.tiny_fit(checkpoint, resume=True, progress=lambda at: steps.append((at["epoch"], at["step"])))
    assert steps[0] == (2, state["partway"]["step"] + 1) or steps[0] == (3, 1)
    assert tiny.weight_bytes(resumed) == tiny.weight_bytes(whole)
    assert [row["loss"] for row in resumed.history] == [row["loss"] for row in whole.history]


@pytest.mark.parametrize("last", [(1, 1), (1, 3), (2, 2), (4, 3)])
def test_an_interrupted_epoch_goes_on_where_it_was(last: tuple[int, int], whole: Fit, tmp_path: Path) -> None:
    def press(at: dict[str, float]) -> None:
        if (at["epoch"], at["step"]) == last:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        tiny.tiny_fit(tmp_path / "x.ckpt", progress=press)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = tiny.tiny_fit(tmp_path / "x.ckpt", resume=True)
    assert tiny.weight_bytes(resumed) == tiny.weight_bytes(whole)
    assert [row["loss"] for row in resumed.history] == [row["loss"] for row in whole.history]
    assert [row["learning_rate"] for row in resumed.history] == [row["learning_rate"] for row in whole.history]


def test_a_finished_run_resumes_without_a_step(whole: Fit, tmp_path: Path) -> None:
    tiny.tiny_fit(tmp_path / "x.ckpt")
    steps: list[dict[str, float]] = []
    again = tiny.tiny_fit(tmp_path / "x.ckpt", resume=True, progress=steps.append)
    assert not steps
    assert tiny.weight_bytes(again) == tiny.weight_bytes(whole)


@pytest.mark.parametrize("fault", ["limit", "fsync", "rename", "control-c"])
def test_a_full_disk_loses_no_checkpoint(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.ckpt"
    save_checkpoint({"digest": "a", "number": 1}, path)
    before = path.read_bytes()

    def full(*arguments: object) -> None:
        raise KeyboardInterrupt if fault == "control-c" else OSError(28, "No space left on device")

    if fault in ("fsync", "control-c"):
        monkeypatch.setattr(ser_train.files.os, "fsync", full)
    elif fault == "rename":
        monkeypatch.setattr(Path, "replace", full)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if fault == "limit":  # the system's own refusal, in the middle of the file
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises((TrainingError, KeyboardInterrupt)) as caught:
            save_checkpoint({"digest": "a", "number": torch.zeros(100_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    if fault != "control-c":
        assert "cannot be written" in str(caught.value)
        assert "go on from the earlier one with --resume" in str(caught.value)
    assert path.read_bytes() == before
    assert load_checkpoint(path, "a")["number"] == 1
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ckpt"
    with pytest.raises(TrainingError, match="there is no checkpoint"):
        tiny.tiny_fit(path, resume=True)
    tiny.tiny_fit(path, recipe=tiny.changed(epochs=1))
    good = path.read_bytes()
    for garbage in (b"", b"not a checkpoint", good[: len(good) // 2]):
        path.write_bytes(garbage)
        with pytest.raises(TrainingError, match="cannot be read as a checkpoint: start without --resume"):
            tiny.tiny_fit(path, recipe=tiny.changed(epochs=1), resume=True)
    torch.save([1, 2], path)
    with pytest.raises(TrainingError, match="cannot be read as a checkpoint"):
        tiny.tiny_fit(path, recipe=tiny.changed(epochs=1), resume=True)
    path.write_bytes(good)
    one = tiny.changed(epochs=1)
    others = (
        {"recipe": tiny.changed(epochs=2)},
        {"recipe": one, "train": tiny.tiny_set(39)},
        {"recipe": one, "sounds": tiny.tiny_sounds(5)},
    )
    for other in others:
        with pytest.raises(TrainingError, match="belongs to another recipe or other data"):
            tiny.tiny_fit(path, resume=True, **other)  # type: ignore[arg-type]
    tiny.tiny_fit(path, recipe=replace(one, tensorboard=True), resume=True)  # which changes no weight
