# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The training loop on made sounds: what it learns, that it repeats itself, and that nothing it is dealt loses work."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import ser_train.fitting.checkpoint
import tiny_fit as tiny
from ser_train.corpora import Clip
from ser_train.corpora.labels import label_map
from ser_train.data.targets import perceived_targets
from ser_train.errors import TrainingError
from ser_train.fitting.balance import corpus_weights, label_weights
from ser_train.fitting.checkpoint import load_checkpoint, save_checkpoint
from ser_train.fitting.display import TrainingDisplay, training_display
from ser_train.fitting.fit import Fit
from ser_train.fitting.history import tensorboard_log, write_history
from ser_train.fitting.history_plot import plot_history
from ser_train.fitting.losses import soft_cross_entropy
from ser_train.fitting.optimisation import Optimisation
from ser_train.fitting.schedules import learning_rate, plateaus, stands_still
from ser_train.networks import ARCHITECTURES, Architecture, build_model
from ser_train.networks.crnn import AttentionCRNN, CRNNSettings
from ser_train.networks.dropout import ByteDropout
from ser_train.networks.residual_crnn import ResidualCRNN

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _weights(fitted: Fit) -> dict[str, bytes]:
    return {name: value.contiguous().numpy().tobytes() for name, value in fitted.model.state_dict().items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """The unbroken run."""
    torch.set_num_threads(1)
    return tiny.tiny_fit(tmp_path_factory.mktemp("whole") / "whole.ckpt")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """An epoch of the tiny recipe as it is, on labels that are not of one size."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("usual")
    return tiny.tiny_fit(folder / "x.ckpt", recipe=tiny.changed(epochs=1), train=tiny.tiny_set(34))


# What it learns


def test_tones_are_told_apart(tmp_path: Path) -> None:
    fitted = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=tiny.plain(epochs=14, learning_rate=0.02, precision="float32"))
    assert fitted.history[-1]["loss"] < 0.6 * fitted.history[0]["loss"]
    assert fitted.history[fitted.best_epoch - 1]["validation_uar"] > 0.5  # chance is 0.17
    assert fitted.best_epoch == max(fitted.history, key=lambda row: row["validation_uar"])["epoch"]


def test_equal_seed_equal_weights_and_another_seed_others(whole: Fit, tmp_path: Path) -> None:
    again = tiny.tiny_fit(tmp_path / "again.ckpt")
    assert _weights(again) == _weights(whole)
    assert [row["loss"] for row in again.history] == [row["loss"] for row in whole.history]
    other = tiny.tiny_fit(tmp_path / "other.ckpt", recipe=replace(tiny.changed(epochs=1), seed=1))
    assert _weights(other) != _weights(whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimiser": "adam"},
        {"schedule": "one-cycle"},
        {"schedule": "constant"},
        {"precision": "float32"},
        {"balance_labels": False},
        {"balance_corpora": "equal"},
        {"label_smoothing": 0.0},
        {"averaging": 0.0},
        {"clip": 0.01},
    ],
    ids=str,
)
def test_every_setting_changes_the_weights(settings: dict[str, Any], usual: Fit, tmp_path: Path) -> None:
    recipe = tiny.changed(epochs=1, **settings)
    other = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=recipe, train=tiny.tiny_set(34))
    assert _weights(other) != _weights(usual)
    assert np.isfinite(other.history[0]["loss"])


def test_what_listeners_heard_is_learnt_in_place_of_the_label(tmp_path: Path) -> None:
    targets = torch.zeros(40, 6)
    targets[:, 2] = 1.0  # everyone heard fear
    fitted = tiny.tiny_fit(
        tmp_path / "x.ckpt",
        recipe=tiny.plain(epochs=6, learning_rate=0.01, balance_labels=False),
        train=tiny.tiny_set(40, targets=targets),
    )
    assert fitted.history[-1]["loss"] < 0.5 < fitted.history[0]["loss"]
    assert fitted.history[-1]["validation_uar"] == pytest.approx(1 / 6)  # which is still measured against the label


def test_a_run_ends_early_when_recall_stands_still(tmp_path: Path) -> None:
    frozen = tiny.changed(epochs=9, stop_after=2, learning_rate=1e-12)
    assert len(tiny.tiny_fit(tmp_path / "x.ckpt", recipe=frozen).history) == 3
    resumed = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=frozen, resume=True)
    assert len(resumed.history) == 3
    assert resumed.best_epoch == 1


def test_the_averaged_weights_move_in_a_short_run(tmp_path: Path) -> None:
    """Sixty steps: an average over the last thousand would be the weights that the run began with."""
    recipe = tiny.plain(epochs=12, learning_rate=0.01, averaging=0.999, precision="float32")
    history = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=recipe).history
    assert history[-1]["validation_loss"] < 1.2 < history[0]["validation_loss"]  # ln 6 = 1.79 knows nothing


def test_too_few_clips_and_a_loss_without_bounds_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="5 clips with enough speech are too few for a batch of 12"):
        tiny.tiny_fit(tmp_path / "x.ckpt", train=tiny.tiny_set(5))
    with pytest.raises(TrainingError, match="lower the learning rate"):
        tiny.tiny_fit(tmp_path / "x.ckpt", recipe=tiny.plain(learning_rate=1e30, epochs=2, warm_up=0.0))


# Schedules, losses, weights: known answers


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    settings = Optimisation(learning_rate=1.0, warm_up=0.1)
    rates = [learning_rate(step, 100, settings) for step in range(100)]
    assert rates[9] == 1.0
    assert max(rates) == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001


def test_one_cycle_is_torchs() -> None:
    settings = Optimisation(learning_rate=0.5, warm_up=0.3, schedule="one-cycle")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.5, total_steps=100, cycle_momentum=False)
    for step in range(100):
        assert learning_rate(step, 100, settings) == pytest.approx(cycle.get_last_lr()[0], rel=1e-9)
        optimiser.step()
        if step < 99:
            cycle.step()
    bare = replace(settings, warm_up=0.0)
    assert learning_rate(0, 100, bare) == 0.5
    assert learning_rate(0, 1, bare) == 0.5


def test_plateaus_are_torchs() -> None:
    losses = (1 + np.cumsum(np.random.default_rng(0).normal(-0.002, 0.03, 80))).tolist()
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    reduce = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.5, patience=2)
    settings = Optimisation(learning_rate=1.0, schedule="plateau", factor=0.5, patience=2, warm_up=0.0)
    for epoch in range(len(losses)):
        reduce.step(losses[epoch])
        rate = learning_rate(50, 1000, settings, losses[: epoch + 1])
        assert rate == pytest.approx(max(optimiser.param_groups[0]["lr"], 1e-7), rel=1e-6, abs=2e-7)
    assert plateaus(losses, 2) > 3
    assert plateaus([], 2) == 0


def test_a_constant_rate_is_constant_after_its_warm_up() -> None:
    settings = Optimisation(learning_rate=0.1, schedule="constant", warm_up=0.1)
    rates = [learning_rate(step, 100, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.01)
    assert set(rates[9:]) == {0.1}


def test_standing_still_counts_from_the_first_best() -> None:
    assert not stands_still([], 2)
    assert not stands_still([0.5, 0.4], 2)
    assert stands_still([0.5, 0.4, 0.5], 2)
    assert not stands_still([0.5, 0.4, 0.6], 2)
    assert not stands_still([0.5] * 100, 0)


def test_loss_by_hand() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    even = torch.ones(3)
    first, second = -np.log(0.5), -0.5 * (np.log(0.8) + np.log(0.1))
    assert float(soft_cross_entropy(logits, targets, even, 0.0)) == pytest.approx((first + second) / 2, rel=1e-5)
    labels = torch.tensor([3.0, 1.0, 0.0])  # the first clip weighs 3, the second a half
    assert float(soft_cross_entropy(logits, targets, labels, 0.0)) == pytest.approx(
        (3 * first + 0.5 * second) / 3.5, rel=1e-5
    )
    clips = torch.tensor([0.0, 7.0])
    assert float(soft_cross_entropy(logits, targets, even, 0.0, clips)) == pytest.approx(second, rel=1e-5)
    smooth = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1]), label_smoothing=0.3)
    hard = torch.eye(3)[:2]
    assert float(soft_cross_entropy(logits, hard, even, 0.3)) == pytest.approx(float(smooth), rel=1e-5)


def test_corpora_weigh_alike_or_by_the_root_of_their_size() -> None:
    corpora = ["large"] * 16 + ["small"] * 4
    assert corpus_weights(corpora, "off") is None
    for balance, ratio in (("equal", 1.0), ("root", 2.0)):
        weights = corpus_weights(corpora, balance)
        assert float(weights.mean()) == pytest.approx(1.0)
        assert float(weights[:16].sum() / weights[16:].sum()) == pytest.approx(ratio)


def test_labels_weigh_alike() -> None:
    targets = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5]])
    weights = label_weights(targets, None)
    shares = (targets * weights).sum(0)
    assert float(shares[0]) == pytest.approx(float(shares[1]))
    clips = torch.tensor([1.0, 0.0, 0.0, 2.0])
    shares = (targets * clips[:, None] * label_weights(targets, clips)).sum(0)
    assert float(shares[0]) == pytest.approx(float(shares[1]))


def test_votes_become_targets() -> None:
    def clip(label: str, *perceived: tuple[str, float]) -> Clip:
        return Clip(path=Path("x"), corpus="c", label=label, speaker="s", sex=None, text="t", perceived=perceived)

    clips = [
        clip("sad", ("angry", 0.5), ("calm", 0.2), ("neutral", 0.3)),
        clip("sad", ("surprise", 0.5), ("happy", 0.25), ("sad", 0.25)),
        clip("sad"),
        clip("sad", ("surprise", 1.0)),
    ]
    targets = perceived_targets(clips, label_map("four"))  # angry happy neutral sad; calm is neutral
    expected = [[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1], [0, 0, 0, 1]]
    np.testing.assert_allclose(targets.numpy(), expected, atol=1e-6)


# The network


def test_reference_network_has_the_papers_size() -> None:
    model = AttentionCRNN(labels=6)
    assert sum(p.numel() for p in model.parameters()) == 1_407_238
    logits, weights = model(torch.randn(3, 153, 64))
    assert logits.shape == (3, 6)
    assert weights.shape == (3, 38)
    assert torch.allclose(weights.sum(1), torch.ones(3))


def test_the_shipped_network_has_its_size() -> None:
    model = ResidualCRNN(labels=6)
    assert sum(p.numel() for p in model.parameters()) == 533_622
    for frames in (1, 8, 9, 156, 157):
        logits, weights = model(torch.randn(3, frames, 64))
        assert logits.shape == (3, 6)
        assert weights.shape == (3, -(-frames // 8))
        assert torch.allclose(weights.sum(1), torch.ones(3))


@pytest.mark.parametrize(("network", "stride"), [(AttentionCRNN, 4), (ResidualCRNN, 8)])
def test_padding_gets_no_attention(network: Any, stride: int) -> None:
    model = network(labels=6).eval()
    features = torch.randn(2, 160, 64)
    features[1, 64:] = 0
    with torch.no_grad():
        weights = model(features)[1]
    assert float(weights[1, 64 // stride :].abs().max()) < 1e-6
    assert float(weights[0, 64 // stride :].min()) > 0
    assert torch.isfinite(model(torch.zeros(1, 160, 64))[0]).all()  # a window without a whole frame


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_drops_its_share_and_keeps_the_mean(dtype: Any) -> None:
    dropout = ByteDropout(0.3)
    for values in (torch.ones(40, 8, 25, 5), torch.ones(40, 8, 25, 5).to(memory_format=torch.channels_last)):
        values = values.to(dtype).requires_grad_()
        dropped = dropout(values)
        assert dropped.stride() == values.stride()
        assert float((dropped == 0).float().mean()) == pytest.approx(77 / 256, abs=0.01)
        assert float(dropped.detach().float().mean()) == pytest.approx(1.0, abs=0.02)
        dropped.sum().backward()
        assert torch.equal(values.grad == 0, dropped == 0)  # what is dropped learns nothing
        once = dropped.detach().flatten()
        assert not torch.equal(once, dropout(values).flatten())
    assert dropout.eval()(values) is values
    assert ByteDropout(0.0)(values) is values


def test_a_further_architecture_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Mean(torch.nn.Module):  # type: ignore[misc]
        """No attention: None stands in its place."""

        def __init__(self, labels: int, n_mels: int) -> None:
            super().__init__()
            self.output = torch.nn.Linear(n_mels, labels)

        def forward(self, features: Any) -> tuple[Any, None]:
            return self.output(features.mean(1)).float(), None

    build: Callable[..., Any] = lambda labels, n_mels, settings: Mean(labels, n_mels)  # noqa: E731
    monkeypatch.setitem(ARCHITECTURES, "mean", Architecture(CRNNSettings, build))
    fitted = tiny.tiny_fit(tmp_path / "x.ckpt", recipe=replace(tiny.changed(epochs=1), architecture="mean"))
    assert isinstance(fitted.model, Mean)


def test_sizes_that_make_no_network_are_told() -> None:
    with pytest.raises(TrainingError, match=r"no attention-crnn can be built from \[model\]"):
        build_model("attention-crnn", labels=6, n_mels=1, settings=CRNNSettings())


# Checkpoints


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
    assert _weights(resumed) == _weights(whole)
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
    assert _weights(tiny.tiny_fit(tmp_path / "b.ckpt", recipe=recipe, resume=True)) == _weights(unbroken)


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
    assert _weights(resumed) == _weights(whole)
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
    assert _weights(resumed) == _weights(whole)
    assert [row["loss"] for row in resumed.history] == [row["loss"] for row in whole.history]
    assert [row["learning_rate"] for row in resumed.history] == [row["learning_rate"] for row in whole.history]


def test_a_finished_run_resumes_without_a_step(whole: Fit, tmp_path: Path) -> None:
    tiny.tiny_fit(tmp_path / "x.ckpt")
    steps: list[dict[str, float]] = []
    again = tiny.tiny_fit(tmp_path / "x.ckpt", resume=True, progress=steps.append)
    assert not steps
    assert _weights(again) == _weights(whole)


@pytest.mark.parametrize("fault", ["limit", "fsync", "rename", "control-c"])
def test_a_full_disk_loses_no_checkpoint(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.ckpt"
    save_checkpoint({"digest": "a", "number": 1}, path)
    before = path.read_bytes()

    def full(*arguments: object) -> None:
        raise KeyboardInterrupt if fault == "control-c" else OSError(28, "No space left on device")

    if fault in ("fsync", "control-c"):
        monkeypatch.setattr(ser_train.fitting.checkpoint.os, "fsync", full)
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


# What is shown and left behind


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
