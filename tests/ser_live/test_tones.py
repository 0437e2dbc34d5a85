"""The tones of telephones are no emotions, and speech between them is found as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from program import ROOT
from telephone_tones import TONES, mu_law, tones

from ser_live import EmotionPipeline, Event, Prediction
from ser_live.classifier import Classifier
from ser_live.tones import ToneMeter
from ser_live.types import FloatArray
from ser_live.vad import CELL, SpeechDetector

RATE = 8000


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


def hear(signal: FloatArray, classifier: Classifier) -> list[Prediction | Event]:
    pipeline = EmotionPipeline(classifier, sample_rate=RATE)
    return pipeline.feed(signal) + pipeline.flush()


def speech() -> FloatArray:
    """Ten seconds of a real speaker, at 8 kHz."""
    samples, rate = soundfile.read(ROOT / "examples" / "call.wav", dtype="float32")
    return np.ascontiguousarray(samples[: 10 * rate : 2, 0])


@pytest.mark.parametrize("name", TONES)
def test_no_emotion_is_committed_in_a_tone(name: str, classifier: Classifier) -> None:
    noise = np.random.default_rng(0).normal(0, 1e-4, 15 * RATE)
    for decibels in (-6.0, -35.0):
        loud = tones(name, 15.0) * 10 ** (decibels / 20)
        for signal in (loud, mu_law(loud)):
            records = hear((signal + noise).astype(np.float32), classifier)
            assert not [r for r in records if isinstance(r, Prediction) and r.state == "committed"]
            assert not [r for r in records if isinstance(r, Event) and r.kind == "emotion"]


@pytest.mark.parametrize("name", ["us reorder", "de busy", "de reorder", "ru busy", "jp busy", "us dial"])
def test_speech_between_tones_is_found_as_before(name: str, classifier: Classifier) -> None:
    pause = np.zeros(2 * RATE, np.float32)
    tone = (tones(name, 8.0) * 0.1).astype(np.float32)
    alone = [r for r in hear(np.concatenate([pause, speech(), pause]), classifier) if isinstance(r, Prediction)]
    within = hear(np.concatenate([tone, pause, speech(), pause, tone]), classifier)
    begin, end = len(tone) / RATE, (len(tone) + 2 * len(pause) + len(speech())) / RATE
    between = [r for r in within if isinstance(r, Prediction) and begin <= r.start and r.end <= end]
    assert len(alone) > 10
    assert abs(len(between) - len(alone)) <= 1
    assert between[0].start - begin == pytest.approx(alone[0].start, abs=0.05)
    assert between[-1].end - begin == pytest.approx(alone[-1].end, abs=0.05)


def test_the_decisions_do_not_depend_on_how_the_signal_is_cut() -> None:
    signal = np.repeat(tones("de reorder", 3.0).astype(np.float32), 2)[: 160 * 250]
    whole = ToneMeter(CELL).feed(signal)
    assert any(whole)
    assert not all(whole)
    meter = ToneMeter(CELL)
    pieces = [flag for piece in np.split(signal, [0, 160, 320, 8000]) for flag in meter.feed(piece)]
    assert pieces == whole
    meter.feed(signal[:1600])
    meter.reset()
    assert meter.feed(signal) == whole


def test_acted_speech_loses_next_to_nothing(corpora: Path) -> None:
    """Of 92,079 cells of 390 clips one was lost when this was made."""
    from ser_live.resample import resample

    clips = sorted((corpora / "emodb" / "wav").glob("*"))[::9]
    found = lost = 0
    for clip in clips:
        samples, rate = soundfile.read(clip, dtype="float32")
        signal = resample(samples, rate)
        with_tones, without = SpeechDetector(), SpeechDetector()
        without._tone_meter.feed = lambda block: [False] * (len(block) // CELL)  # type: ignore[method-assign]
        kept = np.concatenate([with_tones.feed(signal), with_tones.flush()])
        all_of_it = np.concatenate([without.feed(signal), without.flush()])
        found += int(all_of_it.sum())
        lost += int((all_of_it & ~kept).sum())
    assert found > 5_000
    assert lost <= 0.003 * found
