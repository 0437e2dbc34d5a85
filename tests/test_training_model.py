# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Augmentation, network, fit and export of the trainer, on voices made here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from voices import noise, tone, voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_live import analyze
from ser_live.classifier import make_front_end
from training.augment import add_noise, coloured_noise, filter_and_room, gain, mask_spectrum, mixup, speed
from training.export import read_contract
from training.features import TorchFrontEnd
from training.recipe import load_recipe
from training.splits import LABELS

RATE = 16_000


def _generator(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def _power(samples: Any, low: float, high: float) -> float:
    spectrum = torch.fft.rfft(samples).abs().square()
    hertz = torch.fft.rfftfreq(samples.shape[-1], 1 / RATE)
    return float(spectrum[..., (hertz >= low) & (hertz < high)].sum())


def test_torch_features_equal_numpys() -> None:
    recipe = load_recipe("default")
    front_end = make_front_end(
        recipe.features, sample_rate=RATE, window_seconds=recipe.window_seconds, range_db=recipe.range_db
    )
    twin = TorchFrontEnd(front_end)
    for length in (40_000, 30_000, 12_345, 1024):
        signal = voice(2.5)[:length] + noise(2.5, level=1e-3)[:length]
        padded = torch.zeros(1, 40_000)
        padded[0, :length] = torch.from_numpy(signal)
        padded[0, length:] = 0.3  # what stands right of the window's end must not matter
        features, frames = twin(padded, torch.tensor([length]))
        np.testing.assert_allclose(features[0].numpy(), front_end(signal), atol=1e-3)
        assert int(frames[0]) == front_end.log_mel.frames(length)


def test_noise_comes_at_the_stated_ratio() -> None:
    speech = torch.from_numpy(np.stack([voice(2.5)] * 16))
    lengths = torch.full((16,), 30_000)
    noises = coloured_noise(20, 80_000, _generator())
    noisy = add_noise(speech, lengths, noises, _generator(), share=1.0, snr_db=(10.0, 10.0))
    added = (noisy - speech)[:, :30_000]
    ratio = 10 * torch.log10(speech[:, :30_000].square().mean(1) / added.square().mean(1))
    assert torch.allclose(ratio, torch.tensor(10.0), atol=0.05)
    assert torch.equal(add_noise(speech, lengths, noises, _generator(), share=0.0, snr_db=(0.0, 0.0)), speech)


def test_gain_changes_the_level_alone() -> None:
    speech = torch.from_numpy(0.01 * voice(1.0))[None]
    louder = gain(speech, _generator(3), largest_db=12.0)
    factor = louder[0, 5000] / speech[0, 5000]
    assert torch.allclose(louder, speech * factor, atol=1e-7)
    assert 10 ** (-12 / 20) <= float(factor) <= 10 ** (12 / 20)
    assert float(gain(speech * 1e4, _generator(), largest_db=0.0).abs().max()) == 1.0


def test_band_takes_away_what_lies_outside() -> None:
    white = torch.from_numpy(noise(2.0))[None]
    kept = [filter_and_room(white, _generator(seed), band=1.0, room=0.0) for seed in range(20)]
    highest = [_power(x, 7800, 8000) / _power(white, 7800, 8000) for x in kept]
    lowest = [_power(x, 20, 45) / _power(white, 20, 45) for x in kept]
    middle = [_power(x, 900, 1100) / _power(white, 900, 1100) for x in kept]
    assert np.median(highest) < 1e-3  # most low-passes lie well below
    assert np.median(lowest) < 0.1
    assert all(0.5 < ratio < 2 for ratio in middle)  # the tilt turns around 1 kHz
    untouched = filter_and_room(white, _generator(), band=0.0, room=0.0)
    assert torch.allclose(untouched, white, atol=1e-5)


def test_room_adds_a_decaying_tail() -> None:
    click = torch.zeros(1, RATE)
    click[0, 100] = 1.0
    heard = filter_and_room(click, _generator(1), band=0.0, room=1.0)[0]
    assert float(heard[:100].abs().max()) < 1e-3  # nothing before the sound
    assert float(heard[100]) == pytest.approx(1.0, abs=0.05)
    early, late = heard[200:1600].square().sum(), heard[6000:7400].square().sum()
    assert float(early) > 0.001
    assert float(late) < 0.5 * float(early)


def test_speed_moves_pitch_and_length_together() -> None:
    signal = torch.from_numpy(tone(1000.0, 2.5))[None].repeat(4, 1)
    changed, lengths = speed(signal, torch.full((4,), 20_000), _generator(5), largest=0.12)
    for row, length in zip(changed, lengths.tolist(), strict=True):
        count = min(length, 20_000)
        peak = float(torch.fft.rfftfreq(count, 1 / RATE)[torch.fft.rfft(row[:count]).abs().argmax()])
        assert peak == pytest.approx(1000.0 * 20_000 / length, rel=0.005)
    assert len(set(lengths.tolist())) > 1


def test_spectrum_masks_stay_within_their_share() -> None:
    features = torch.ones(8, 153, 64)
    masked = mask_spectrum(features, torch.full((8,), 100), _generator(), share=0.1)
    bands = (masked == 0).all(1).sum(1)
    frames = (masked[:, :, :] == 0).all(2).sum(1)
    assert int(bands.max()) <= 2 * 7
    assert 0 < int(frames.max()) <= 2 * 11
    assert not (masked[:, 100:] == 0).all(2).any()  # frames of padding are not what is masked


def test_mixup_mixes_features_and_targets_alike() -> None:
    features = torch.eye(6)[:, None, :].repeat(1, 3, 1)
    mixed, targets = mixup(features, torch.eye(6), _generator(), alpha=0.5)
    assert torch.allclose(mixed[:, 0], targets)
    assert torch.allclose(targets.sum(1), torch.ones(6))
    assert mixup(features, torch.eye(6), _generator(), alpha=0.0)[0] is features


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CREMA-D by its names: twelve actors of all sides, six emotions told apart by the pitch of a made voice."""
    folder = tmp_path_factory.mktemp("corpus")
    codes = ("ANG", "DIS", "FEA", "HAP", "NEU", "SAD")
    from training.splits import _PUBLIC

    actors = [
        name.split("-")[1]
        for side, count in (("train", 6), ("validation", 3), ("test", 3))
        for name in [n for n, s in _PUBLIC.items() if s == side and n.startswith("cremad")][:count]
    ]
    for n, actor in enumerate(actors):
        for k, code in enumerate(codes):
            soundfile.write(folder / f"{actor}_DFA_{code}_XX.wav", voice(1.3, seed=n, pitch=80 + 45 * k), RATE)
    return folder


@pytest.fixture(scope="module")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    text = (Path(__file__).parent.parent / "training" / "recipes" / "default.toml").read_text()
    lines = [
        line for line in text.splitlines() if not line.startswith(("corpora", "channels", "lstm", "epochs", "batch"))
    ]
    text = 'corpora = ["cremad"]\n' + "\n".join(lines)
    text = text.replace("[model]", "[model]\nchannels = [4, 8]\nlstm = [16, 8]")
    text = text.replace("[optimisation]", "[optimisation]\nepochs = 3\nbatch = 12")
    path.write_text(text)
    return path


def _train(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from training.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_one_command_trains_measures_and_exports(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    common = ("--data", small_corpus, "--recipe", small_recipe, "--device", "cpu", "--cache", tmp_path / "cache")
    _train(*common, "--out", out)
    contract = read_contract(out)
    assert contract.labels == LABELS
    sides = {(score["side"], score["corpus"]) for score in contract.scores}
    assert sides == {("validation", "cremad"), ("validation", "pooled"), ("test", "cremad"), ("test", "pooled")}
    assert all(score["clips"] == 18 and score["speakers"] == 3 for score in contract.scores)
    assert contract.temperature > 0
    card = out.with_suffix(".md").read_text()
    assert "Open Database License" in card
    assert "5(1)(f)" in card
    assert len(out.with_name("test-openings.jsonl").read_text().splitlines()) == 1
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert len(out.with_suffix(".history.csv").read_text().splitlines()) == 4
    assert analyze((voice(2.0), RATE), model=out)[-1].label in LABELS

    # The same seed gives the same weights, also when the run is cut after an epoch and resumed.
    twice = tmp_path / "twice.onnx"
    _train(*common, "--out", twice, "--no-test")
    assert _weights(twice) == _weights(out)
    assert not any(score["side"] == "test" for score in read_contract(twice).scores)


def _weights(path: Path) -> list[bytes]:
    import onnx

    return [tensor.raw_data for tensor in onnx.load(path).graph.initializer]


def test_a_killed_run_resumes_to_the_same_weights(small_corpus: Path, small_recipe: Path, tmp_path: Path) -> None:
    common = ("--data", small_corpus, "--recipe", small_recipe, "--device", "cpu", "--cache", tmp_path / "cache")
    whole, broken = tmp_path / "whole.onnx", tmp_path / "broken.onnx"
    _train(*common, "--out", whole, "--no-test")
    process = subprocess.Popen(
        [sys.executable, "-c", "from training.cli import main; main()", *map(str, [*common, "--out", broken])],
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    while process.poll() is None and not broken.with_suffix(".ckpt").exists():
        pass
    process.kill()
    process.wait()
    assert broken.with_suffix(".ckpt").exists()
    assert not broken.exists()
    other = ("--out", broken, "--seed", "1", "--resume")
    assert "belongs to another recipe" in _train(*common, *other, code=1)
    _train(*common, "--out", broken, "--no-test", "--resume")
    assert _weights(broken) == _weights(whole)
    broken.with_suffix(".ckpt").write_bytes(b"not a checkpoint")
    assert "cannot be read" in _train(*common, "--out", broken, "--resume", code=1)


def test_refusals_come_before_the_work(small_corpus: Path, tmp_path: Path) -> None:
    data = ("--data", small_corpus)
    assert "does not exist" in _train(*data, "--out", tmp_path / "no" / "x.onnx", code=1)
    assert "must name an .onnx file" in _train(*data, "--out", tmp_path / "x.pt", code=1)
    assert "there is no recipe" in _train(*data, "--out", tmp_path / "x.onnx", "--recipe", "nothing", code=1)
    assert "no clip of" in _train("--data", tmp_path, "--out", tmp_path / "x.onnx", code=1)
    assert "there is no checkpoint" in _train(*data, "--out", tmp_path / "x.onnx", "--resume", code=1)
    if not torch.cuda.is_available():
        assert "torch finds no such device" in _train(*data, "--out", tmp_path / "x.onnx", "--device", "cuda", code=1)
