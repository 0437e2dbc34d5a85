"""The whole pipeline on signals whose records are known."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tiny_model import FEATURES, tiny_contract, tiny_model
from voices import noise, silence, tone, voice

from ser_live.classifier import Classifier
from ser_live.errors import ModelError, NonFiniteSampleError, SettingsError
from ser_live.pipeline import EmotionPipeline
from ser_live.resample import resample
from ser_live.types import Event, FloatArray, Prediction

AT_ONCE = 1e6
"""Evidence with which whatever leads is committed to."""

Record = Prediction | Event


def listen(model: Classifier, signal: NDArray[Any], sample_rate: float = 16_000, **settings: Any) -> list[Record]:
    """All records of a signal."""
    pipeline = EmotionPipeline(model, sample_rate=sample_rate, **settings)
    return pipeline.feed(signal) + pipeline.flush()


def predictions(records: list[Record]) -> list[Prediction]:
    return [record for record in records if isinstance(record, Prediction)]


def events(records: list[Record], kind: str) -> list[Event]:
    return [record for record in records if isinstance(record, Event) and record.kind == kind]


class Scripted(Classifier):
    """Says what it is told, one label after the other, whatever it hears."""

    def __init__(self, path: Path, labels: Sequence[str] = (), certainty: float = 0.9) -> None:
        super().__init__(path, "cpu")
        self.script = deque(labels)
        self.certainty = certainty
        self.heard: list[FloatArray] = []

    def probabilities(self, inputs: FloatArray) -> NDArray[np.float64]:
        self.heard.append(inputs)
        label = self.script.popleft() if self.script else self.labels[0]
        others = (1 - self.certainty) / (len(self.labels) - 1)
        return np.array([self.certainty if other == label else others for other in self.labels])


@pytest.fixture(scope="module")
def talk() -> FloatArray:
    """A second of silence, two of voice, one of silence."""
    return np.concatenate([silence(1.0), voice(2.0), silence(1.0)])


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


# Emotions


def test_emotions_open_and_close_in_order(tiny_path: Path) -> None:
    """Windows end at 0.75, 1.00, …, 3.25 s; two of `sad` are too few to commit to it, three of `fear` are not."""
    model = Scripted(tiny_path, ["happy"] * 4 + ["sad"] * 2 + ["fear"] * 5)
    records = listen(model, silence(3.25), vad="off", smoothing=0, warm_up=1.0, evidence=3.5)
    assert [(e.start, e.end, e.fields["label"]) for e in events(records, "emotion")] == [
        (1.0, None, "happy"),
        (1.0, 2.75, "happy"),
        (2.75, None, "fear"),
        (2.75, 3.25, "fear"),
    ]
    assert [p.state for p in predictions(records)] == [
        *("warming-up", "committed", "committed", "committed"),
        *("provisional", "provisional"),
        *("provisional", "provisional", "committed", "committed", "committed"),
    ]


def test_a_committed_emotion_outlasts_a_doubt(tiny_path: Path) -> None:
    """Happy leads, then sad for two windows, then happy again: the emotion goes on."""
    model = Scripted(tiny_path, ["happy"] * 4 + ["sad"] * 2 + ["happy"] * 5)
    records = listen(model, silence(3.25), vad="off", smoothing=0, warm_up=1.0, evidence=3.5)
    assert [(e.start, e.end) for e in events(records, "emotion")] == [(1.0, None), (1.0, 3.25)]


def test_an_emotion_ends_with_its_utterance_before_the_utterance_does(tiny: Classifier, talk: FloatArray) -> None:
    records = listen(tiny, np.concatenate([talk, silence(0.5), talk]), evidence=AT_ONCE)
    marks = [(r.kind, r.end is None) for r in records if isinstance(r, Event)]
    assert marks == [("speech", True), ("emotion", True), ("emotion", False), ("speech", False)] * 2
    for opened, closed in zip(events(records, "emotion")[::2], events(records, "emotion")[1::2], strict=True):
        assert (opened.start, opened.fields) == (closed.start, closed.fields)


def test_an_uncertain_model_abstains_and_commits_to_nothing(tiny_path: Path, tmp_path: Path) -> None:
    unsure = tiny_model(tmp_path / "unsure.onnx", contract={"abstention": 0.8})
    model = Scripted(unsure, ["happy"] * 20, certainty=0.79)
    records = listen(model, silence(3.0), vad="off", smoothing=0, warm_up=1.0)
    assert {p.state for p in predictions(records)} == {"warming-up", "uncertain"}
    assert not events(records, "emotion")
    sure = Scripted(unsure, ["happy"] * 20, certainty=0.81)
    assert events(listen(sure, silence(3.0), vad="off", smoothing=0), "emotion")


# Signals


@pytest.mark.parametrize("signal", [silence(3.0), noise(3.0), tone(1000, 3.0), silence(0.0), silence(1 / 16_000)])
def test_no_speech_no_records(tiny: Classifier, signal: FloatArray) -> None:
    assert listen(tiny, signal) == []


@pytest.mark.parametrize("hertz", [120, 160, 220, 300, 440])
def test_a_tone_that_sets_in_shows_no_emotion(tiny: Classifier, hertz: int) -> None:
    """Silero takes its first moments for a vowel: enough for the last window of an utterance, for no other."""
    found = predictions(listen(tiny, tone(hertz, 3.0)))
    assert len(found) <= 1
    assert all(prediction.state == "warming-up" for prediction in found)


def test_full_scale_and_clipped_speech(tiny: Classifier) -> None:
    for gain in (2.0, 20.0):
        found = predictions(listen(tiny, np.clip(voice(2.0) * np.float32(gain), -1, 1)))
        assert len(found) >= 5
        assert all(np.isfinite(list(p.probabilities.values())).all() for p in found)


def test_samples_beyond_all_reason_still_give_probabilities(tiny: Classifier) -> None:
    """Their squares would be infinite."""
    for p in predictions(listen(tiny, voice(2.0) * np.float32(1e38), vad="off")):
        assert sum(p.probabilities.values()) == pytest.approx(1.0, abs=1e-6)


def test_a_constant_offset_changes_little(tiny: Classifier, talk: FloatArray) -> None:
    plain, offset = predictions(listen(tiny, talk)), predictions(listen(tiny, talk + np.float32(0.1)))
    assert abs(len(plain) - len(offset)) <= 1
    for a, b in zip(plain, offset, strict=False):
        assert abs(a.start - b.start) <= 0.1
        assert np.abs(np.subtract([*a.probabilities.values()], [*b.probabilities.values()])).max() < 0.05


@pytest.mark.parametrize("decibel", [-20, 6])
def test_the_level_changes_little(tiny: Classifier, talk: FloatArray, decibel: int) -> None:
    plain, other = (
        predictions(listen(tiny, signal, vad="off")) for signal in (talk, talk * np.float32(10 ** (decibel / 20)))
    )
    assert len(plain) == 14
    for a, b in zip(plain, other, strict=True):
        np.testing.assert_allclose([*a.probabilities.values()], [*b.probabilities.values()], atol=2e-3)


@pytest.mark.parametrize("decibel", [-30, -20, -10, 6])
def test_quieter_speech_is_found_as_well(tiny: Classifier, talk: FloatArray, decibel: int) -> None:
    plain, other = (predictions(listen(tiny, s)) for s in (talk, talk * np.float32(10 ** (decibel / 20))))
    assert abs(len(plain) - len(other)) <= 1
    assert abs(plain[0].start - other[0].start) <= 0.1


def test_kinds_of_numbers(tiny: Classifier, talk: FloatArray) -> None:
    whole = (talk * 32768).astype(np.int16)
    exact = whole.astype(np.float32) / 32768
    records = listen(tiny, exact)
    assert predictions(records)
    assert listen(tiny, whole) == records
    assert listen(tiny, exact.astype(np.float64)) == records
    assert listen(tiny, exact[::-1][::-1]) == records


def test_what_is_fed_is_not_changed(tiny: Classifier) -> None:
    signal = voice(1.5)
    listen(tiny, signal)
    np.testing.assert_array_equal(signal, voice(1.5))


def test_a_buffer_may_be_used_again(tiny: Classifier, talk: FloatArray) -> None:
    """As a sound card's driver does: what was fed must have been copied."""
    pipeline, buffer, records = EmotionPipeline(tiny), np.empty(100, np.float32), []
    for start in range(0, len(talk), 100):
        buffer[:] = talk[start : start + 100]
        records += pipeline.feed(buffer)
        buffer[:] = np.nan
    assert records + pipeline.flush() == listen(tiny, talk)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((100, 2), np.float32), "one channel .* not 2 axes"),
        (np.float32(0.5), "not 0 axes"),
        (np.zeros(100, np.int32), "int32"),
        (np.zeros(100, np.uint8), "uint8"),
        (np.zeros(100, np.bool_), "bool"),
        (np.zeros(100, np.complex64), "complex64"),
        (np.array(["a"]), "<U1"),
    ],
)
def test_what_is_no_mono_signal_is_refused_and_nothing_taken(tiny: Classifier, array: Any, message: str) -> None:
    pipeline = EmotionPipeline(tiny)
    before = pipeline.feed(voice(1.0))
    with pytest.raises(SettingsError, match=message):
        pipeline.feed(array)
    assert before + pipeline.feed(voice(1.0)) + pipeline.flush() == listen(tiny, np.tile(voice(1.0), 2))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("index", [0, 3, 699])
def test_a_sample_that_is_no_number_is_named_and_nothing_taken(tiny: Classifier, value: float, index: int) -> None:
    signal = voice(2.0, sample_rate=8000)
    spoilt = signal[10_007:10_707].copy()
    spoilt[index] = value
    spoilt[index + 1 :] = np.nan
    pipeline = EmotionPipeline(tiny, sample_rate=8000)
    records = pipeline.feed(signal[:10_007])
    with pytest.raises(NonFiniteSampleError) as caught:
        pipeline.feed(spoilt)
    assert caught.value.index == index
    assert f"at {(10_007 + index) / 8000:.3f} s" in str(caught.value)
    assert records + pipeline.feed(signal[10_007:]) + pipeline.flush() == listen(tiny, signal, 8000)


def test_a_double_beyond_float32_is_no_number(tiny: Classifier) -> None:
    with pytest.raises(NonFiniteSampleError) as caught:
        EmotionPipeline(tiny).feed(np.array([0.0, 1e300]))
    assert caught.value.index == 1


# Real speech


@pytest.mark.corpora
def test_acted_clips_get_predictions(tiny: Classifier, corpora: Path) -> None:
    """Of CREMA-D, half of whose clips hold less than 1.62 s of speech. Measured: 58 of 60."""
    paths = sorted((corpora / "cremad" / "AudioWAV").iterdir())[::250]
    assert len(paths) == 30
    heard = 0
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        records = listen(tiny, samples, rate)
        heard += bool(predictions(records))
        assert all(p.end <= p.available <= round(len(samples) / rate, 6) for p in predictions(records))
    assert heard >= 27


@pytest.mark.corpora
def test_a_meeting(tiny: Classifier, corpora: Path) -> None:
    """Half a minute, in which people speak for 15.5 s: about a prediction for every 0.25 s of it."""
    samples, rate = soundfile.read(corpora / "meetings" / "dev01.flac", dtype="float32")
    records = listen(tiny, samples, rate)
    spoken = sum(event.fields.get("speech_seconds", 0.0) for event in events(records, "speech"))
    assert 11 <= spoken <= 18
    utterances = len(events(records, "speech")) // 2
    assert utterances >= 2
    # an utterance's first prediction comes after 0.75 s, or at its end from 0.3 s on
    assert spoken / 0.25 - 3 * utterances <= len(predictions(records)) <= spoken / 0.25


# Settings and models


def test_settings_reach_their_stages(tiny: Classifier) -> None:
    found = predictions(
        listen(tiny, voice(4.0), vad="off", first=1.5, step=0.5, min_last=0.0, warm_up=0.0, evidence=AT_ONCE)
    )
    assert [p.end for p in found] == [1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert {p.state for p in found} == {"committed"}
    assert predictions(listen(tiny, voice(1.0), vad="off", evidence=AT_ONCE, warm_up=1.0))[0].state == "warming-up"
    assert predictions(listen(tiny, voice(1.0), vad="off", evidence=AT_ONCE, warm_up=0.5))[0].state == "committed"
    parted = np.concatenate([voice(1.0), silence(1.0), voice(1.0)])
    assert len(events(listen(tiny, parted), "speech")) == 2
    assert len(events(listen(tiny, parted, max_pause=0.3), "speech")) == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stepp": 0.5}, "unknown setting: .*'stepp'"),
        ({"window_seconds": 3.0}, "unknown setting: .*'window_seconds'"),
        ({"step": 0.01}, "step must be between 0.05 and 10 seconds, not 0.01"),
        ({"smoothing": -1.0}, "smoothing"),
        ({"smoothing": float("nan")}, "smoothing"),
        ({"vad": "energy"}, "vad must be one of both, webrtc, silero, off, not 'energy'"),
        ({"warm_up": 1.5}, "warm_up"),
        ({"sample_rate": 0}, "sample rate must be positive"),
        ({"sample_rate": -8000}, "sample rate must be positive"),
        ({"sample_rate": float("nan")}, "sample_rate"),
        ({"sample_rate": float("inf")}, "sample_rate"),
    ],
)
def test_a_setting_that_is_none_is_refused(tiny: Classifier, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        EmotionPipeline(tiny, **settings)


def test_a_path_will_do_for_a_model(tiny: Classifier, tiny_path: Path, talk: FloatArray) -> None:
    assert EmotionPipeline(tiny_path, device="cpu").feed(talk) == EmotionPipeline(tiny).feed(talk)
    with pytest.raises(ModelError, match="no model at"):
        EmotionPipeline(tiny_path.with_name("other.onnx"))


@pytest.mark.parametrize(("window", "ends"), [(0.5, [0.5, 0.75, 1.0, 1.25]), (3.0, [0.75, 1.0, 1.25])])
def test_the_window_is_the_models(tmp_path: Path, window: float, ends: list[float]) -> None:
    model = Classifier(tiny_model(tmp_path / "model.onnx", window_seconds=window), "cpu")
    found = predictions(listen(model, voice(4.0), vad="off"))
    assert [p.end for p in found[: len(ends)]] == ends
    assert [p.speech_seconds for p in found] == [min(p.end, window) for p in found]


def test_a_model_at_another_rate_gets_its_window_resampled(tmp_path: Path) -> None:
    contract = tiny_contract(sample_rate=8000, features=replace(FEATURES, n_fft=256, win_length=256, hop_length=128))
    model = Classifier(tiny_model(tmp_path / "model.onnx", contract=contract), "cpu")
    signal = voice(3.0)
    found = predictions(listen(model, signal, vad="off"))
    assert len(found) == 10
    for p in found:
        window = signal[round(p.start * 16_000) : round(p.end * 16_000)]
        expected = model(resample(window, 16_000, 8000))
        np.testing.assert_allclose(list(p.probabilities.values()), expected, atol=1e-7)
    heard: list[int] = []

    class Recorder(Classifier):
        def __call__(self, samples: FloatArray) -> NDArray[np.float64]:
            heard.append(len(samples))
            return super().__call__(samples)

    listen(Recorder(model.path, "cpu"), signal, vad="off")
    assert heard == [round(p.speech_seconds * 8000) for p in found]


def test_a_model_that_asks_for_centring(tmp_path: Path) -> None:
    contract = tiny_contract(features=replace(FEATURES, center=True))
    model = Classifier(tiny_model(tmp_path / "model.onnx", contract=contract), "cpu")
    signal = voice(2.0)
    found = predictions(listen(model, signal, vad="off"))
    np.testing.assert_allclose(list(found[0].probabilities.values()), model(signal[:12_000]), atol=1e-7)


def test_pipelines_that_share_a_model_do_not_meet(tiny: Classifier, talk: FloatArray) -> None:
    other = np.concatenate([voice(3.0, seed=9), silence(1.0)])
    first, second = EmotionPipeline(tiny), EmotionPipeline(tiny)
    records: tuple[list[Record], list[Record]] = ([], [])
    for start in range(0, len(talk), 1600):
        records[0].extend(first.feed(talk[start : start + 1600]))
        records[1].extend(second.feed(other[start : start + 1600]))
    assert records[0] + first.flush() == listen(tiny, talk)
    assert records[1] + second.flush() == listen(tiny, other)


def kept(thing: Any) -> int:
    """Numbers kept in a thing and in all that it holds."""
    if isinstance(thing, np.ndarray):
        return thing.size
    if isinstance(thing, (list, tuple, deque)):
        return 1 + sum(map(kept, thing))
    if isinstance(thing, dict):
        return 1 + sum(map(kept, thing.values()))
    if type(thing).__module__.startswith("ser_live") and not isinstance(thing, Classifier):
        return 1 + sum(map(kept, vars(thing).values()))
    return 1


@pytest.mark.parametrize("vad", ["both", "off"])
def test_a_long_stream_keeps_no_more_than_a_short_one(tiny: Classifier, talk: FloatArray, vad: Any) -> None:
    pipeline = EmotionPipeline(tiny, vad=vad)
    signal = np.tile(talk, 2)
    sizes = []
    for _ in range(12):
        pipeline.feed(signal)
        sizes.append(kept(pipeline))
    assert max(sizes[6:]) <= max(sizes[:6])
    assert max(sizes) < 150_000  # the window's samples and positions, and little else
