"""Lanes as one object: each is what its channel alone would be, in an order that no cut changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from voices import silence, voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.errors import NonFiniteSampleError
from ser_live.lanes import Lanes, lanes_of
from ser_live.pipeline import EmotionPipeline
from ser_live.types import Event, FloatArray, Prediction

RATE = 16_000


@pytest.fixture(scope="module")
def call() -> FloatArray:
    """Two voices in turns: `(frames, 2)`."""
    agent = np.concatenate([voice(3.0), silence(5.0), voice(3.0, seed=1), silence(2.0)])
    customer = np.concatenate([silence(4.0), voice(3.0, seed=2, pitch=200.0), silence(6.0)])
    return np.stack([agent, customer], axis=1)


def hear(lanes: Lanes, signal: FloatArray, size: int = 1 << 30) -> list[Prediction | Event]:
    records = []
    for at in range(0, len(signal), size):
        records += lanes.feed(signal[at : at + size])
    return [record for _, record in records + lanes.flush()]


def split(model: Classifier, *names: str, vad: str = "both", channels: int = 2) -> Lanes:
    return Lanes(lanes_of("split", names, channels), model, channels=channels, sample_rate=RATE, vad=vad)


@pytest.mark.parametrize("size", [160, 777, 1280, 8000])
def test_cutting_changes_no_record_and_no_order(tiny: Classifier, call: FloatArray, size: int) -> None:
    whole, cut = split(tiny), split(tiny)
    assert hear(whole, call) == hear(cut, call, size)
    assert whole.call_sheet(13.0) == cut.call_sheet(13.0)
    assert whole.waveform() == cut.waveform()


def test_a_lane_is_what_its_channel_alone_would_be(tiny: Classifier, call: FloatArray) -> None:
    records = hear(split(tiny, "Agent", "Customer"), call)
    for number, name in enumerate(("Agent", "Customer")):
        pipeline = EmotionPipeline(tiny, sample_rate=RATE)
        alone = pipeline.feed(call[:, number]) + pipeline.flush()
        own = [record for record in records if record.lane == name]
        assert len(own) > 8
        assert [replace(r, lane=None) for r in own if isinstance(r, Prediction)] == [
            r for r in alone if isinstance(r, Prediction)
        ]
        for event, expected in zip(
            [r for r in own if isinstance(r, Event)], [r for r in alone if isinstance(r, Event)], strict=True
        ):
            assert replace(event, lane=None, id=expected.id) == expected
            assert event.id == f"{number + 1}-{expected.id}"


def test_records_come_in_the_order_in_which_they_became_known(tiny: Classifier, call: FloatArray) -> None:
    predictions = [record for record in hear(split(tiny), call) if isinstance(record, Prediction)]
    assert {record.lane for record in predictions} == {"left", "right"}
    times = [record.available for record in predictions]
    assert times == sorted(times)


def test_a_single_lane_is_the_pipeline(tiny: Classifier, call: FloatArray) -> None:
    lanes = Lanes(lanes_of("left", (), 2), tiny, channels=2, sample_rate=RATE)
    pipeline = EmotionPipeline(tiny, sample_rate=RATE)
    assert hear(lanes, call) == pipeline.feed(call[:, 0]) + pipeline.flush()
    sheet = lanes.call_sheet(13.0)
    assert sheet["lanes"][0]["talk_seconds"] > 5.0
    assert sheet["overlap_seconds"] == 0.0


def leaking(call: FloatArray, decibels: float, delay: float = 0.0) -> FloatArray:
    """Let the first channel be heard in the second, which has nothing of its own."""
    echo = np.zeros(len(call), np.float32)
    late = round(delay * RATE)
    echo[late:] = call[: len(call) - late, 0] * np.float32(10 ** (-decibels / 20))
    return np.stack([call[:, 0], echo], axis=1)


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.2])
@pytest.mark.parametrize("decibels", [20, 30, 45])
def test_speech_that_leaks_is_not_the_other_lanes(
    tiny: Classifier, call: FloatArray, decibels: float, delay: float
) -> None:
    alone = Lanes(lanes_of("right", (), 2), tiny, channels=2, sample_rate=RATE)
    signal = leaking(call, decibels, delay)
    assert hear(alone, signal)  # by itself it is heard as speech
    lanes = split(tiny)
    records = hear(lanes, signal)
    assert {record.lane for record in records} == {"left"}
    assert lanes.call_sheet(13.0)["lanes"][1]["talk_seconds"] == 0.0


@pytest.mark.parametrize("decibels", [0, 6, 12])
def test_a_softer_voice_at_the_same_time_is_its_own(tiny: Classifier, decibels: float) -> None:
    other = voice(4.0, seed=3, pitch=190.0) * np.float32(10 ** (-decibels / 20))
    lanes = split(tiny)
    hear(lanes, np.stack([voice(4.0), other], axis=1))
    assert lanes.call_sheet(4.0)["lanes"][1]["talk_seconds"] > 3.5


def test_without_detectors_all_sound_is_speech_in_every_lane(tiny: Classifier, call: FloatArray) -> None:
    lanes = split(tiny, vad="off")
    hear(lanes, leaking(call, 40))
    assert [lane["talk_seconds"] for lane in lanes.call_sheet(13.0)["lanes"]] == [13.0, 13.0]


def test_a_sample_that_is_no_number_takes_nothing_of_the_block(tiny: Classifier, call: FloatArray) -> None:
    lanes, clean = split(tiny), split(tiny)
    broken = call[:RATE].copy()
    broken[700, 1] = np.nan
    with pytest.raises(NonFiniteSampleError) as caught:
        lanes.feed(broken)
    assert (caught.value.index, caught.value.seconds) == (700, 700 / RATE)
    assert hear(lanes, call) == hear(clean, call)


def test_analyze_hears_lanes(tiny: Classifier, call: FloatArray) -> None:
    found = ser_live.analyze((call, RATE), model=tiny, channels="split", lane_names=("Agent", "Customer"))
    expected = [r for r in hear(split(tiny, "Agent", "Customer"), call) if isinstance(r, Prediction)]
    assert found == expected


def test_three_lanes(tiny: Classifier) -> None:
    signal: NDArray[np.float32] = np.stack([voice(2.0), silence(2.0), voice(2.0, seed=5)], axis=1)
    records = hear(split(tiny, channels=3), signal)
    assert {record.lane for record in records} == {"channel 1", "channel 3"}
