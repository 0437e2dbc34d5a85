"""Recordings are read to the mean of their channels, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from ser_train.corpora.audio import RecordingError, read_mono, read_recording
from voices import tone


def test_channels_are_averaged_and_the_rate_becomes_16_khz(tmp_path: Path) -> None:
    left, right = tone(440.0, 1.0, sample_rate=48_000), tone(880.0, 1.0, sample_rate=48_000)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], axis=1), 48_000, subtype="FLOAT")
    samples, rate = read_mono(tmp_path / "a.wav")
    assert rate == 48_000
    np.testing.assert_allclose(samples, (left + right) / 2, atol=1e-6)
    assert read_recording(tmp_path / "a.wav").shape == (16_000,)


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(RecordingError, match=r"a.wav cannot be decoded \(.*\): replace it or remove it$"):
        read_recording(tmp_path / "a.wav")
    soundfile.write(tmp_path / "b.wav", np.full(100, np.nan, np.float32), 16_000, subtype="FLOAT")
    with pytest.raises(RecordingError, match=r"b.wav holds samples that are not numbers: replace it") as refusal:
        read_mono(tmp_path / "b.wav")
    assert refusal.value.reason == "holds samples that are not numbers"
