# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Noise and rooms that training windows are mixed with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from no_augmentation import OFF
from spectra import esc10, hertz

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.augment import Augmentation
from ser_train.augment.sounds import load_noises, load_sounds
from ser_train.corpora.audio import read_recording
from ser_train.evaluation.conditions import conditions


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return esc10(tmp_path_factory.mktemp("esc10"))


def test_training_hears_folds_one_to_four_and_never_five(folds: Path) -> None:
    noises, recorded = load_noises([folds], 0)
    assert recorded == 4
    assert sorted(round(hertz(piece)) for piece in noises[:recorded]) == [1000, 2000, 3000, 4000]
    assert len(noises) == 104
    assert len(load_noises([], 0)[0]) == 100
    assert torch.equal(load_noises([folds], 0)[0], noises)


def test_training_noises_are_disjoint_from_the_tests(corpora: Path) -> None:
    noises, recorded = load_noises([corpora / "noise"], 0)
    assert recorded > 320  # of ESC-10 four fifths, and the backgrounds
    tests = [read_recording(path) for path in conditions([corpora / "noise"])["noise 0 dB"].paths]
    assert len(tests) == 80
    energy = {round(float(np.square(test).sum()), 3) for test in tests}
    assert not energy & {round(float(piece.square().sum()), 3) for piece in noises[:recorded]}


def test_sounds_hold_what_the_settings_ask_for(folds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ser_train.augment.sounds._ROOMS", 2)
    some = load_sounds([folds], Augmentation(**{**OFF, "room": 0.5}), 3)
    assert (some.recorded, len(some.noises), len(some.rooms)) == (4, 104, 2)
    assert len(load_sounds([folds], Augmentation(**OFF), 3).rooms) == 0
