"""One table: every stage gives the same, to the last bit, however its input is cut, and forgets all when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Protocol

import numpy as np
import pytest
from numpy.typing import NDArray
from voices import noise, silence, voice

from ser_live.classifier import Classifier
from ser_live.pipeline import EmotionPipeline
from ser_live.resample import Resampler, resample
from ser_live.smoothing import Smoother
from ser_live.types import FloatArray, Prediction
from ser_live.vad import CELL, Leveller, SpeechDetector
from ser_live.windows import SpeechWindows, UtteranceEnd, Window

CHUNKS = (1, 7, 160, 509)


class Stage(Protocol):
    def feed(self, samples: FloatArray) -> list[Any]: ...
    def flush(self) -> list[Any]: ...
    def reset(self) -> None: ...


class Arrays:
    """A stage that gives arrays, as one that gives lists."""

    def __init__(self, stage: Any) -> None:
        self.stage = stage

    def feed(self, samples: FloatArray) -> list[Any]:
        outputs = self.stage.feed(samples)
        assert isinstance(outputs, np.ndarray)
        return outputs.tolist()  # type: ignore[no-any-return]

    def flush(self) -> list[Any]:
        return self.stage.flush().tolist()  # type: ignore[no-any-return]

    def reset(self) -> None:
        self.stage.reset()


class Windows:
    """`SpeechWindows` with decisions of its own: what is louder than 0.2 is speech."""

    def __init__(self) -> None:
        self.windows = SpeechWindows(window=1000, step=100, first=300, max_pause=200, min_last=50)

    def feed(self, samples: FloatArray) -> list[Any]:
        return [self._row(output) for output in self.windows.feed(samples, np.abs(samples) > 0.2)]

    def flush(self) -> list[Any]:
        return [self._row(output) for output in self.windows.flush()]

    def reset(self) -> None:
        self.windows.reset()

    @staticmethod
    def _row(output: Any) -> Any:
        if isinstance(output, Window):
            return (output.start, output.end, output.new, output.samples.tobytes())
        return output


@cache
def long_talk(sample_rate: int) -> FloatArray:
    parts = [(voice, 1.6), (silence, 0.5), (voice, 0.8), (silence, 2.4), (voice, 0.9)]
    signal = np.concatenate([part(seconds, sample_rate=sample_rate) for part, seconds in parts])
    return signal + noise(10.0, sample_rate=sample_rate, level=0.001)[: len(signal)]


def talk(count: int, sample_rate: int) -> FloatArray:
    """Speech with a short pause, then another utterance, over some noise; `count` samples."""
    signal = long_talk(sample_rate)[:count].copy()
    assert len(signal) == count
    return signal


RATES = (8000, 11_025, 12_345, 16_000, 22_050, 44_100, 48_000, 96_000)
Make = Callable[[Classifier], Stage]
STAGES: dict[str, tuple[Make, int, int]] = {
    **{f"resample-{rate}": (lambda _, rate=rate: Arrays(Resampler(rate)), rate, rate // 100) for rate in RATES},  # type: ignore[misc]
    "resample-to-8000": (lambda _: Arrays(Resampler(16_000, 8000)), 16_000, 160),
    "vad-both": (lambda _: Arrays(SpeechDetector("both")), 16_000, 160),
    "vad-webrtc": (lambda _: Arrays(SpeechDetector("webrtc")), 16_000, 480),
    "vad-silero": (lambda _: Arrays(SpeechDetector("silero")), 16_000, 512),
    "vad-off": (lambda _: Arrays(SpeechDetector("off")), 16_000, 160),
    "windows": (lambda _: Windows(), 16_000, 100),
    **{
        f"pipeline-{rate}": (lambda model, rate=rate: EmotionPipeline(model, sample_rate=rate), rate, round(rate / 50))  # type: ignore[misc]
        for rate in (8000, 12_345, 16_000, 44_100, 48_000)
    },
    "pipeline-webrtc": (lambda model: EmotionPipeline(model, vad="webrtc"), 16_000, 320),
    "pipeline-off": (lambda model: EmotionPipeline(model, vad="off", step=0.3, evidence=1e6), 16_000, 320),
}
"""Each stage, the rate of its input, and how many samples it takes at a time."""


@pytest.fixture(params=STAGES)
def named(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pieces(signal: FloatArray, size: int) -> Iterator[FloatArray]:
    for start in range(0, len(signal), size):
        yield signal[start : start + size]


def whole(stage: Stage, signal: FloatArray) -> list[Any]:
    return stage.feed(signal) + stage.flush()


def streamed(stage: Stage, signal: FloatArray, size: int) -> list[Any]:
    return [output for piece in pieces(signal, size) for output in stage.feed(piece)] + stage.flush()


def test_streaming_equals_one_shot(named: str, tiny: Classifier) -> None:
    make, rate, hop = STAGES[named]
    many = int((1.0 if "pipeline" in named else 0.2) * rate) // hop * hop  # enough for the pipeline to predict
    for count in (0, 1, hop - 1, hop, hop + 1, many - 1, many, many + 1):
        signal = talk(count, rate)
        expected = whole(make(tiny), signal)
        assert expected or count <= hop + 1
        for size in CHUNKS[2:] if abs(count - many) == 1 else CHUNKS:
            if count > 20_000 * size:
                continue  # so many calls would prove no more
            assert streamed(make(tiny), signal, size) == expected, (count, size)


def test_streaming_equals_one_shot_over_utterances(named: str, tiny: Classifier) -> None:
    make, rate, hop = STAGES[named]
    signal = talk(6 * rate, rate)
    expected = whole(make(tiny), signal)
    assert len(expected) > 10
    for size in (160, 509, 4 * hop, 7 * hop + 3, 2 * rate):
        assert streamed(make(tiny), signal, size) == expected, size
    cuts = np.sort(np.random.default_rng(0).integers(0, len(signal), 300))
    stage = make(tiny)
    outputs = [output for piece in np.split(signal, cuts) for output in stage.feed(piece)]  # some are empty
    assert outputs + stage.flush() == expected


def test_nothing_in_nothing_out(named: str, tiny: Classifier) -> None:
    make, rate, _ = STAGES[named]
    stage, nothing = make(tiny), np.zeros(0, np.float32)
    assert stage.feed(nothing) == []
    assert stage.flush() == []
    signal = talk(2 * rate, rate)
    outputs = stage.feed(nothing) + stage.feed(signal) + stage.feed(nothing) + stage.flush()
    assert outputs == whole(make(tiny), signal)


def test_reset_equals_a_new_object(named: str, tiny: Classifier) -> None:
    """In the middle of loud speech and of an uneven block."""
    make, rate, _ = STAGES[named]
    stage = make(tiny)
    stage.feed(talk(int(1.37 * rate) + 3, rate))
    stage.reset()
    signal = talk(6 * rate, rate)[rate // 2 :]
    assert whole(stage, signal) == whole(make(tiny), signal)


def test_flush_then_reuse_equals_a_new_object(named: str, tiny: Classifier) -> None:
    make, rate, _ = STAGES[named]
    stage = make(tiny)
    whole(stage, talk(int(1.37 * rate) + 3, rate))
    assert stage.flush() == []
    signal = talk(6 * rate, rate)[rate // 2 :]
    assert whole(stage, signal) == whole(make(tiny), signal)


def test_the_table_reaches_what_there_is_to_reach(tiny: Classifier) -> None:
    """Were the signal heard as silence, all of the above would hold of nothing."""
    records = whole(EmotionPipeline(tiny, evidence=1e6), talk(6 * 16_000, 16_000))
    assert sum(isinstance(record, Prediction) for record in records) > 8
    assert sum(not isinstance(record, Prediction) for record in records) >= 6
    rows = whole(Windows(), talk(6 * 16_000, 16_000))
    assert sum(isinstance(row, UtteranceEnd) for row in rows) > 3
    decisions = whole(Arrays(SpeechDetector()), talk(6 * 16_000, 16_000))
    assert 0.3 < np.mean(decisions) < 0.9


@pytest.mark.parametrize("rate", RATES)
def test_resample_is_the_resampler_in_one_go(rate: int) -> None:
    signal = talk(rate, rate)
    assert resample(signal, rate).tolist() == streamed(Arrays(Resampler(rate)), signal, 509)


def test_the_leveller_takes_whole_cells_in_any_number() -> None:
    signal = talk(600 * CELL, 16_000)
    expected = Leveller().feed(signal)
    for cells in (1, 7, 100):
        leveller = Leveller()
        levelled = np.concatenate([leveller.feed(piece) for piece in pieces(signal, cells * CELL)])
        np.testing.assert_array_equal(levelled, expected)
        leveller.reset()
        np.testing.assert_array_equal(leveller.feed(signal), expected)
    assert Leveller().feed(np.zeros(0, np.float32)).shape == (0,)


def smooth(smoother: Smoother, rows: NDArray[np.float64]) -> list[Any]:
    outputs = [smoother.feed(row, new_speech=0.25, speech=0.25 * (i + 3)) for i, row in enumerate(rows)]
    return [(average.tolist(), leader, state) for average, leader, state in outputs]


def test_a_smoother_forgets_when_it_is_reset() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(6), 20)
    settings = {"time_constant": 1.0, "warm_up": 1.0, "threshold": 0.2, "evidence": 2.0}
    used = Smoother(**settings)
    smooth(used, rows[::-1])
    used.reset()
    assert smooth(used, rows) == smooth(Smoother(**settings), rows)
