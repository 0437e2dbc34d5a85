"""The cache of speech holds what the live path cuts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ser_train.corpora import Clip


def _clip(speaker: str) -> Clip:
    return Clip(path=Path("x.wav"), corpus=speaker.split("-")[0], label="sad", speaker=speaker, sex=None, text="x")


def test_cache_holds_the_speech_the_live_path_cuts(tmp_path: Path) -> None:
    from ser_train.data.speech_cache import build_cache
    from voices import silence, voice

    from ser_live.resample import resample
    from ser_live.vad import CELL, SpeechDetector

    signal = np.concatenate(
        [silence(0.5, sample_rate=44_100), voice(1.5, sample_rate=44_100), silence(0.5, sample_rate=44_100)]
    )
    good, quiet, broken = (tmp_path / f"1001_{name}_ANG_XX.wav" for name in ("DFA", "IEO", "IOM"))
    soundfile.write(good, signal, 44_100, subtype="PCM_16")
    soundfile.write(quiet, silence(1.0), 16_000)
    broken.write_bytes(b"RIFF nothing")
    clips = [replace(_clip("cremad-1001"), path=path) for path in (good, quiet, broken)]
    told: list[tuple[int, int]] = []
    cache = build_cache(clips, tmp_path / "cache", lambda done, of: told.append((done, of)), workers=1)
    assert [clip.path for clip in cache.clips] == [good]
    assert cache.faulty[quiet.stem] == "holds no speech"
    assert cache.faulty[broken.stem].startswith("cannot be decoded")
    assert told[-1] == (3, 3)
    read, _ = soundfile.read(good, dtype="float32")
    at_16k = resample(read, 44_100)
    detector = SpeechDetector("both")
    decisions = np.concatenate([detector.feed(at_16k), detector.flush()])
    expected = at_16k[np.repeat(decisions, CELL)[: len(at_16k)]]
    np.testing.assert_allclose(cache.speech(0), expected, atol=1 / 32768)
    again = build_cache(clips, tmp_path / "cache", lambda done, of: pytest.fail("cut twice"), workers=1)
    assert np.array_equal(again.speech(0), cache.speech(0))
