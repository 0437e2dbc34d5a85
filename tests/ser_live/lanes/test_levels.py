"""Power and peak of every 10 ms, and the waveform made of the peaks."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from ser_live.lanes.envelope import Envelope
from ser_live.lanes.levels import CellLevels


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_chunked_equals_whole_and_every_cell_is_there(rate: int) -> None:
    rng = np.random.default_rng(rate)
    signals = [rng.normal(size=rate).astype(np.float32) for _ in range(2)]
    power, peak = CellLevels(rate, 2).feed(signals)
    assert power.shape == peak.shape == (2, 100)
    edges = np.ceil(np.arange(101) * rate / 100).astype(int)
    first = signals[1][edges[40] : edges[41]]
    assert power[1, 40] == pytest.approx(np.mean(first**2), rel=1e-5)
    assert peak[1, 40] == np.abs(first).max()
    levels, parts = CellLevels(rate, 2), []
    at = 0
    while at < rate:
        size = int(rng.integers(1, 2_000))
        parts.append(levels.feed([signal[at : at + size] for signal in signals]))
        at += size
    assert np.array_equal(np.concatenate([part for part, _ in parts], axis=1), power)
    assert np.array_equal(np.concatenate([part for _, part in parts], axis=1), peak)


def peaks_of(envelope: Envelope) -> tuple[float, np.ndarray]:
    fields = envelope.fields(["a"])
    return fields["bin_seconds"], np.frombuffer(base64.b64decode(fields["lanes"][0]["peaks"]), np.uint8)


def test_the_waveform_stays_in_its_bins_for_any_length() -> None:
    envelope = Envelope(1)
    assert [len(part) for part in (peaks_of(envelope)[1],)] == [0]
    peaks = np.zeros((1, 100_000), np.float32)
    peaks[0, 54_321] = 0.25
    for at in range(0, 100_000, 777):
        envelope.feed(peaks[:, at : at + 777])
    seconds, bins = peaks_of(envelope)
    assert seconds == 0.64
    assert len(bins) == -(-100_000 // 64) <= 2048
    assert np.flatnonzero(bins).tolist() == [54_321 // 64]
    assert bins.max() == round(255 * 0.25**0.5)
    whole = Envelope(1)
    whole.feed(peaks)
    assert np.array_equal(peaks_of(whole)[1], bins)
