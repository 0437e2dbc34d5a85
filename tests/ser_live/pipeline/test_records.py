"""Which records the pipeline gives on signals whose records are known, when, and what they hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from records import events, listen, predictions
from voices import silence, voice

from ser_live.classifier import Classifier
from ser_live.pipeline import EmotionPipeline
from ser_live.resample import resample
from ser_live.types import Event, FloatArray


# When predictions come
def test_a_prediction_every_quarter_second_of_speech_from_three_quarters_on(tiny: Classifier) -> None:
    found = predictions(listen(tiny, voice(4.0), vad="off"))
    assert [p.end for p in found] == [0.75 + 0.25 * i for i in range(14)]
    assert [p.start for p in found] == [max(0.0, p.end - 2.5) for p in found]
    assert [p.speech_seconds for p in found] == [min(p.end, 2.5) for p in found]


def test_the_same_of_speech_that_was_found_in_silence(tiny: Classifier, talk: FloatArray) -> None:
    records = listen(tiny, talk)
    opened, closed = events(records, "speech")
    assert (opened.end, closed.start) == (None, opened.start)
    assert closed.end is not None
    assert 0.7 <= opened.start <= 1.0
    assert 3.0 <= closed.end <= 3.5
    assert closed.fields["speech_seconds"] == pytest.approx(closed.end - closed.start)
    found = predictions(records)
    steps = int((closed.end - opened.start - 0.75) / 0.25 + 1e-9) + 1
    assert [round(p.end - opened.start, 6) for p in found[:steps]] == [0.75 + 0.25 * i for i in range(steps)]
    assert len(found) == steps  # less than 0.3 s are left
    assert all(p.start == opened.start for p in found)


def test_what_is_left_at_the_end_makes_a_last_prediction_if_it_is_enough(tiny: Classifier) -> None:
    """Windows at 0.75 and 1.75 s; then 0.25 or 0.3 s of speech that no window held."""
    assert [p.end for p in predictions(listen(tiny, voice(2.0), vad="off", step=1.0))] == [0.75, 1.75]
    assert [p.end for p in predictions(listen(tiny, voice(2.05), vad="off", step=1.0))] == [0.75, 1.75, 2.05]


@pytest.mark.parametrize("vad", ["both", "webrtc", "silero", "off"])
def test_available_is_the_decisions_lag_after_the_end(tiny: Classifier, vad: Any) -> None:
    """The window's last cell of 10 ms is decided `lag` after it began, and input is taken in blocks of 80 ms."""
    pipeline = EmotionPipeline(tiny, vad=vad)
    found = predictions(pipeline.feed(voice(3.0)))
    assert len(found) >= 8
    for prediction in found:
        wait = prediction.available - prediction.end - (pipeline.lag_seconds - 0.01)
        assert -1e-9 <= wait < 0.08
        assert prediction.available * 50 == pytest.approx(round(prediction.available * 50))


@pytest.mark.parametrize("rate", [8000, 11_025, 12_345, 22_050, 44_100, 48_000, 96_000])
def test_times_are_those_of_the_input_at_any_rate(tiny: Classifier, rate: int) -> None:
    signal = np.concatenate([f(t, sample_rate=rate) for f, t in ((silence, 1.0), (voice, 2.0), (silence, 0.3))])
    records = listen(tiny, signal, rate)
    found = predictions(records)
    assert 6 <= len(found) <= 8
    assert 0.7 <= found[0].start <= 1.0
    assert all(p.available >= p.end > p.start for p in found)
    assert [p.available for p in found] == sorted(p.available for p in found)
    assert found[-1].available <= round(len(signal) / rate, 6)
    closed = events(records, "speech")[-1]
    assert closed.end is not None
    assert 3.0 <= closed.end <= round(len(signal) / rate, 6)


@pytest.mark.parametrize(("rate", "count"), [(44_100, 44_102), (48_000, 50_000), (96_000, 96_005), (11_025, 22_052)])
def test_no_time_lies_beyond_the_end(tiny: Classifier, rate: int, count: int) -> None:
    """At 16 kHz these lengths are rounded up, to 16 001, 16 667, 16 001 and 32 003 samples."""
    assert len(resample(np.zeros(count, np.float32), rate)) / 16_000 > count / rate
    records = listen(tiny, voice(count / rate, sample_rate=rate), rate, vad="off", min_last=0.0)
    assert predictions(records)[-1].end == predictions(records)[-1].available == round(count / rate, 6)
    assert events(records, "speech")[-1].end == round(count / rate, 6)


# What they hold
def test_a_prediction_is_the_models_word_on_its_samples(tiny: Classifier) -> None:
    signal = voice(4.0)
    for p in predictions(listen(tiny, signal, vad="off")):
        expected = tiny(signal[round(p.start * 16_000) : round(p.end * 16_000)])
        np.testing.assert_allclose(list(p.probabilities.values()), expected, atol=1e-7)


def test_probabilities_sum_to_one_and_the_label_is_the_largest(tiny: Classifier, talk: FloatArray) -> None:
    found = predictions(listen(tiny, talk))
    assert found
    for p in found:
        assert tuple(p.probabilities) == tuple(p.smoothed) == tiny.labels
        assert sum(p.probabilities.values()) == pytest.approx(1.0, abs=1e-6)
        assert sum(p.smoothed.values()) == pytest.approx(1.0, abs=1e-6)
        assert p.smoothed[p.label] == max(p.smoothed.values())


def test_smoothed_is_the_exponential_average(tiny: Classifier) -> None:
    found = predictions(listen(tiny, voice(3.0), vad="off", smoothing=0.5))
    average = np.array(list(found[0].probabilities.values()))
    for p in found[1:]:
        average += (1 - math.exp(-0.25 / 0.5)) * (np.array(list(p.probabilities.values())) - average)
        np.testing.assert_allclose(list(p.smoothed.values()), average, atol=1e-6)
    assert found[-1].smoothed != found[-1].probabilities


def test_the_last_window_moves_the_average_by_what_is_new_in_it(tiny: Classifier) -> None:
    """Windows at 0.75, 1.75 and 2.05 s of speech."""
    first, second, last = predictions(listen(tiny, voice(2.05), vad="off", smoothing=0.5, step=1.0))
    for before, after, new in ((first, second, 1.0), (second, last, 0.3)):
        for label, average in after.smoothed.items():
            moved = (1 - math.exp(-new / 0.5)) * (after.probabilities[label] - before.smoothed[label])
            assert average == pytest.approx(before.smoothed[label] + moved, abs=1e-6)


def test_without_smoothing_both_are_the_same(tiny: Classifier) -> None:
    assert all(p.smoothed == p.probabilities for p in predictions(listen(tiny, voice(2.0), smoothing=0)))


# Utterances
def test_utterances_far_apart_share_nothing(tiny: Classifier) -> None:
    records = listen(tiny, np.concatenate([voice(2.0), silence(2.5), voice(2.0, seed=5)]), smoothing=0.5, warm_up=1.0)
    first, second = (event for event in events(records, "speech") if event.end is not None)
    assert first.end is not None
    assert first.end < 2.5
    assert second.start > 4.0
    found = predictions(records)
    assert all(p.end <= first.end or p.start >= second.start for p in found)
    begun = next(p for p in found if p.start >= second.start)
    assert begun.speech_seconds == 0.75
    assert begun.smoothed == begun.probabilities  # the average starts anew
    assert begun.state == "warming-up"


def test_a_short_pause_is_cut_out_of_the_window(tiny: Classifier) -> None:
    records = listen(tiny, np.concatenate([voice(0.8), silence(1.3), voice(0.8, seed=5)]))
    (closed,) = (event for event in events(records, "speech") if event.end is not None)
    last = predictions(records)[-1]
    assert last.start == closed.start
    assert last.end - last.start > 2.7
    assert last.speech_seconds < 2.5


def test_speech_is_counted_and_shown_while_it_lasts(tiny: Classifier, talk: FloatArray) -> None:
    pipeline = EmotionPipeline(tiny)
    spoken = []
    for start in range(0, len(talk), 1600):
        pipeline.feed(talk[start : start + 1600])
        spoken.append(pipeline.speaking)
    assert not any(spoken[:9])
    assert all(spoken[12:30])
    assert not any(spoken[36:])
    (closed,) = [event for event in listen(tiny, talk)[-1:] if isinstance(event, Event)]
    assert pipeline.speech_seconds == pytest.approx(closed.fields["speech_seconds"])
    pipeline.flush()
    assert pipeline.speech_seconds == 0.0
    pipeline.feed(talk[:32_000])
    assert pipeline.speaking
    pipeline.flush()
    assert not pipeline.speaking
