"""Mains hum on one channel of two, as a loose plug makes it: in the mix the voice is found as without it."""

from __future__ import annotations

import numpy as np
import pytest
from voices import silence, voice

from ser_live.analysis import analyze
from ser_live.classifier import Classifier
from ser_live.types import FloatArray

RATE = 16_000


def hum(seconds: float, hertz: float, level: float) -> FloatArray:
    """Mains hum with two harmonics, `level` at its peak or below."""
    times = np.arange(round(seconds * RATE)) / RATE
    waves = [np.sin(2 * np.pi * hertz * n * times) / n for n in (1, 2, 3)]
    return (level * sum(waves) / 2).astype(np.float32)


@pytest.mark.parametrize("hertz", [50, 60])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.filterwarnings("error")
def test_a_voice_is_found_beside_hum_on_one_side(tiny: Classifier, hertz: int, side: int) -> None:
    talk = np.concatenate([silence(1.0), voice(5.0) * np.float32(0.3), silence(2.0)])
    both = np.stack([talk, talk], 1)
    clean = analyze((both, RATE), model=tiny)
    both[:, side] += hum(8.0, hertz, 0.1)
    found = analyze((both, RATE), model=tiny)
    assert abs(len(found) - len(clean)) <= 2
    assert len(found) > 10
    assert abs(found[0].start - clean[0].start) < 0.3
    assert abs(found[-1].end - clean[-1].end) < 0.5


@pytest.mark.parametrize("hertz", [50, 60])
def test_hum_on_one_side_alone_is_nobody(tiny: Classifier, hertz: int) -> None:
    both = np.stack([hum(20.0, hertz, 0.3), silence(20.0)], 1)
    assert analyze((both, RATE), model=tiny) == []


def test_hum_on_the_one_and_a_voice_on_the_other_channel(tiny: Classifier) -> None:
    talk = np.concatenate([silence(1.0), voice(5.0) * np.float32(0.3), silence(2.0)])
    alone = analyze((np.stack([talk, silence(8.0)], 1), RATE), model=tiny)
    found = analyze((np.stack([talk, hum(8.0, 50, 0.1)], 1), RATE), model=tiny)
    assert len(alone) > 10
    assert len(found) >= 0.8 * len(alone)  # the mix halves the voice; the hum's harmonics stay
