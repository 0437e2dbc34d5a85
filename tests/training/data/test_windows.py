"""Cache, metrics and recipes of the trainer: known counts, hand-worked tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from ser_train.corpora import Clip
from ser_train.corpora.labels import LABEL_MAPS, fitting_map, label_map
from ser_train.errors import TrainingError
from ser_train.evaluation.bootstrap import bootstrap_loss, bootstrap_uar
from ser_train.evaluation.metrics import confusion_matrix, expected_calibration_error, recalls, uar


def _clip(speaker: str) -> Clip:
    return Clip(path=Path("x.wav"), corpus=speaker.split("-")[0], label="sad", speaker=speaker, sex=None, text="x")


def test_label_maps() -> None:
    sizes = {name: len(label_map(name).labels) for name in LABEL_MAPS}
    assert sizes == {"four": 4, "six": 6, "seven": 7, "seven-berlin": 7, "eight": 8}
    six = label_map("six")
    assert six.labels == ("angry", "disgust", "fear", "happy", "neutral", "sad")
    assert [six.of(word) for word in ("calm", "surprise", "bored", "fear")] == ["neutral", None, None, "fear"]
    assert six.index("calm") == 4
    assert label_map("eight").of("calm") == "calm"
    own = label_map({"angry": "angry", "fear": "sad", "sad": "sad"})
    assert (own.labels, own.of("fear"), own.of("happy")) == (("angry", "sad"), "sad", None)
    assert fitting_map(("sad", "neutral")).of("calm") == "neutral"
    assert fitting_map(("sad", "calm", "neutral")).of("calm") == "calm"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sixx", "no map 'sixx'"),
        ({"angry": "angry", "mad": "sad"}, "'mad' is not known"),
        ({"sad": "sad"}, "two or more"),
    ],
)
def test_label_maps_that_cannot_be(setting: str | dict[str, str], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        label_map(setting)


def test_uar_by_hand() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2])
    said = np.array([0, 0, 0, 1, 1, -1, 0])
    matrix = confusion_matrix(truth, said, 4)
    assert matrix.tolist() == [[3, 1, 0, 0, 0], [0, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert recalls(matrix)[:3].tolist() == [0.75, 0.5, 0.0]
    assert np.isnan(recalls(matrix)[3])  # a label that does not occur has no recall
    assert uar(truth, said, 4) == pytest.approx((0.75 + 0.5 + 0.0) / 3)


def test_interval_is_over_speakers() -> None:
    truth = np.tile([0, 1], 50)
    said = np.where(np.arange(100) < 50, truth, 1 - truth)  # one speaker all right, the other all wrong
    low, high = bootstrap_uar(truth, said, ["a"] * 50 + ["b"] * 50, 2)
    assert (low, high) == (0.0, 1.0)
    assert bootstrap_uar(truth, truth, ["a"] * 50 + ["b"] * 50, 2) == (1.0, 1.0)


def test_the_interval_of_a_loss_draws_the_same_speakers_for_both() -> None:
    truth = np.tile([0, 1], 100)
    speakers = [name for name in "abcd" for _ in range(50)]
    before = np.where(np.arange(200) < 100, truth, 1 - truth)  # two speakers all right, two all wrong
    after = before.copy()
    after[::50], after[1::50] = 1 - after[::50], 1 - after[1::50]  # of each a clip of each label turns over
    low, high = bootstrap_loss(truth, before, after, speakers, 2)
    assert pytest.approx(low) == -0.04
    assert pytest.approx(high) == 0.04  # of one speaker 1 in 25; each UAR alone spans 0 to 1
    assert bootstrap_loss(truth, before, before, speakers, 2) == (0.0, 0.0)


def test_calibration_error_by_hand() -> None:
    sure = np.tile([0.8, 0.2], (10, 1))
    truth = np.array([0] * 8 + [1] * 2)
    assert expected_calibration_error(sure, truth) == pytest.approx(0.0)
    assert expected_calibration_error(sure, 1 - truth) == pytest.approx(0.6)


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


@pytest.mark.train
def test_training_windows_are_those_of_the_live_path() -> None:
    pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
    from ser_train.data.windows import live_windows

    from ser_live.config import Settings
    from ser_live.windows import SpeechWindows, Window

    settings = Settings()
    for window in (8_000, 40_000):
        for speech in (0, 100, 4_799, 4_800, 11_999, 12_000, 12_001, 16_799, 16_800, 40_000, 44_000, 100_003):
            cutter = SpeechWindows(
                window=window,
                step=round(settings.step * 16_000),
                first=round(settings.first * 16_000),
                max_pause=round(settings.max_pause * 16_000),
                min_last=round(settings.min_last * 16_000),
            )
            cut = cutter.feed(np.zeros(speech, np.float32), np.ones(speech, np.bool_)) + cutter.flush()
            expected = [(one.start, one.end) for one in cut if isinstance(one, Window)]
            assert live_windows(speech, window) == expected, (speech, window)
