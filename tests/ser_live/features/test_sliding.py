"""Frames that are kept from window to window are those that a window computed alone would have."""

from __future__ import annotations

import numpy as np
import pytest
from voices import voice

from ser_live.contract import FeatureSettings
from ser_live.features.from_contract import make_front_end
from ser_live.features.front_end import FrontEnd, LogMel
from ser_live.features.sliding import SlidingFrontEnd

RATE = 16_000


def _front_end(*, hop: int = 250, center: bool = False) -> FrontEnd:
    settings = FeatureSettings(
        n_fft=1024,
        win_length=1024,
        hop_length=hop,
        n_mels=64,
        f_min=50.0,
        f_max=8000.0,
        mel_scale="htk",
        floor=1e-14,
        center=center,
    )
    return make_front_end(settings, sample_rate=RATE, window_seconds=2.5, range_db=80.0)


def _windows(ends: list[int]) -> list[tuple[int, int, int]]:
    """Start, end and how much is new, of windows of at most 40,000 samples that end there."""
    return [(max(0, end - 40_000), end, end - before) for before, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("hop", [250, 256, 4000])
@pytest.mark.parametrize(
    "ends",
    [
        [12_000 + 4000 * i for i in range(12)],  # as live, growing and then moving on
        [12_000, 16_000, 20_100, 24_100],  # an end that is no whole number of hops away
        [500, 900, 5000],  # shorter than a frame
        [12_000, 60_000, 64_000],  # nothing in common with the window before
        [40_000, 40_000, 44_000],  # the same once more
    ],
)
def test_a_window_among_others_is_the_window_alone(ends: list[int], hop: int, center: bool) -> None:
    speech = voice(5.0)
    alone = _front_end(hop=hop, center=center)
    sliding = SlidingFrontEnd(alone)
    for start, end, new in _windows(ends):
        found = sliding.feed(speech[start:end], new)
        np.testing.assert_array_equal(found, alone(speech[start:end]))
        assert found.dtype == np.float32


def test_only_new_frames_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    compute = LogMel.__call__

    def count(self: LogMel, samples: np.ndarray) -> np.ndarray:
        features = compute(self, samples)
        computed.append(len(features))
        return features

    monkeypatch.setattr(LogMel, "__call__", count)
    sliding = SlidingFrontEnd(_front_end())
    speech = voice(5.0)
    for start, end, new in _windows([36_000, 40_000, 44_000, 48_000]):
        sliding.feed(speech[start:end], new)
    assert computed == [140, 16, 16, 16]


def test_reset_is_a_new_object() -> None:
    sliding = SlidingFrontEnd(_front_end())
    sliding.feed(voice(1.0), RATE)
    sliding.reset()
    other = voice(1.0, seed=1)
    np.testing.assert_array_equal(sliding.feed(other, RATE), _front_end()(other))
