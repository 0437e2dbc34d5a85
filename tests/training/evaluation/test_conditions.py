# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Conditions of the robustness table: which noise, how loud, which line and rooms; the length stays."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from spectra import esc10, hertz, power
from voices import noise, silence, tone, voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from pyroomacoustics.experimental import measure_rt60
from ser_train.augment.room import room_bank
from ser_train.evaluation.active_speech import speaking
from ser_train.evaluation.conditions import conditions

RATE = 16_000


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return esc10(tmp_path_factory.mktemp("esc10"))


def test_conditions_are_named_by_their_noise(folds: Path) -> None:
    common = {"clean", "telephone µ-law", "room", "gain +20 dB", "gain -20 dB", "clipping"}
    assert set(conditions([folds])) == common | {f"noise {snr} dB" for snr in (20, 10, 5, 0)}
    assert set(conditions([])) == common | {f"pink noise {snr} dB" for snr in (20, 10, 5, 0)}
    added = conditions([folds])["noise 0 dB"](voice(2.0), 0) - voice(2.0)
    assert round(hertz(added)) == 5000  # of fold 5, whose silent recording is passed over


@pytest.mark.parametrize("name", list(conditions([])))
def test_conditions_keep_length_and_kind(name: str) -> None:
    condition = conditions([])[name]
    assert pickle.loads(pickle.dumps(condition))(voice(0.5), 3).tobytes() == condition(voice(0.5), 3).tobytes()
    for signal in (silence(0), silence(0.5), voice(1.0)[:1], voice(0.7)[:11_003]):
        kept = signal.copy()
        changed = condition(signal, 1)
        assert changed.shape == signal.shape
        assert changed.dtype == np.float32
        assert np.isfinite(changed).all()
        np.testing.assert_array_equal(signal, kept)


def test_clean_is_the_recording_itself() -> None:
    np.testing.assert_array_equal(conditions([])["clean"](voice(1.0), 5), voice(1.0))


@pytest.mark.parametrize("snr_db", [20, 10, 5, 0])
def test_condition_noise_stands_at_its_ratio_to_the_speech_alone(folds: Path, snr_db: int) -> None:
    speech = np.concatenate([silence(2.0), voice(2.0), silence(2.0)])
    for found, name in (([folds], "noise"), ([], "pink noise")):
        added = conditions(found)[f"{name} {snr_db} dB"](speech, 7) - speech
        heard = speech[2 * RATE : 4 * RATE]
        ratio = 10 * np.log10(np.mean(heard**2) / np.mean(added**2))
        assert ratio == pytest.approx(snr_db, abs=1.0)  # the pauses between syllables do not count
        quarter = np.mean(added[: len(added) // 4] ** 2) / np.mean(added**2)
        assert 0.7 < quarter < 1.4  # throughout, also where the file of the noise is padded


def test_pink_noise_falls_by_three_decibels_an_octave() -> None:
    speech = voice(20.0)
    added = conditions([])["pink noise 0 dB"](speech, 0) - speech
    for low in (100, 400, 1600):
        assert power(added, low, 2 * low) == pytest.approx(power(added, 2 * low, 4 * low), rel=0.15)


def test_speaking_is_told_from_the_background() -> None:
    signal = np.concatenate([silence(1.0), tone(300.0, 1.0), silence(1.0)]) + noise(3.0, level=0.01)
    active = speaking(signal)
    assert active[RATE : 2 * RATE].all()
    assert active.mean() == pytest.approx(1 / 3, abs=0.02)
    assert speaking(tone(300.0, 1.0)).all()
    assert speaking(silence(1.0)).all()  # nothing is louder than the rest


def test_condition_telephone_and_room() -> None:
    white = noise(2.0)
    line = conditions([])["telephone µ-law"](white, 0)
    assert power(line, 4000, 8000) < 1e-3 * power(white, 4000, 8000)
    click = silence(1.0)
    click[100] = 1.0
    heard = [conditions([])["room"](click, seed) for seed in range(12)]
    responses = {one.tobytes() for one in heard}
    assert 1 < len(responses) <= 4  # a few rooms, chosen by the clip
    assert all(0.35 < measure_rt60(one[100:], RATE, decay_db=20) < 0.65 for one in heard)
    test_rooms, training_rooms = room_bank(4, 2**32, 0.4, 0.6), room_bank(6, 3)
    assert not any(torch.equal(one, other) for one in test_rooms for other in training_rooms)


def test_condition_gain_is_that_of_a_16_bit_recorder() -> None:
    speech = voice(1.0)
    loud, quiet = (conditions([])[f"gain {sign}20 dB"](speech, 0) for sign in "+-")
    assert loud.max() == np.float32(32767 / 32768)
    assert loud.min() == -1.0
    unclipped = np.abs(speech) < 0.09
    np.testing.assert_allclose(loud[unclipped], 10 * speech[unclipped], atol=1e-4)
    steps = quiet * 32768
    np.testing.assert_array_equal(steps, np.round(steps))
    np.testing.assert_allclose(quiet, 0.1 * speech, atol=0.51 / 32768)


def test_condition_clipping_flattens_a_tenth_of_the_speech() -> None:
    speech = np.concatenate([silence(2.0), voice(2.0)])
    cut = conditions([])["clipping"](speech, 0)
    level = np.abs(cut).max()
    flat = np.mean(np.abs(cut[speaking(speech)]) >= level * 0.9999)
    assert flat == pytest.approx(0.1, abs=0.002)
    np.testing.assert_array_equal(cut, np.clip(speech, -level, level))
