"""Events of speech and emotion, on predictions made by hand."""

from __future__ import annotations

from dataclasses import replace

from ser_live.events import Events
from ser_live.types import Event, Prediction, State


def prediction(end: float, label: str, state: State = "committed") -> Prediction:
    return Prediction(
        start=0.0,
        end=end,
        available=end,
        speech_seconds=1.0,
        probabilities={label: 1.0},
        smoothed={label: 1.0},
        label=label,
        state=state,
    )


def test_an_emotion_begins_when_it_is_committed_and_ends_with_the_next_or_with_speech() -> None:
    events = Events()
    assert events.begin_speech(0.5) == [Event(kind="speech", start=0.5, id="speech-1")]
    assert events.follow(prediction(1.0, "sad", "provisional")) == []
    sad = Event(kind="emotion", start=1.25, fields={"label": "sad"}, id="emotion-1")
    assert events.follow(prediction(1.25, "sad")) == [sad]
    assert events.follow(prediction(1.5, "sad")) == []
    assert events.follow(prediction(1.75, "happy", "uncertain")) == []
    happy = Event(kind="emotion", start=2.0, fields={"label": "happy"}, id="emotion-2")
    assert events.follow(prediction(2.0, "happy")) == [
        replace(sad, end=2.0),
        happy,
    ]
    assert events.end_speech(0.5, 3.0, 2.25) == [
        replace(happy, end=3.0),
        Event(kind="speech", start=0.5, end=3.0, fields={"speech_seconds": 2.25}, id="speech-1"),
    ]
    assert events.begin_speech(4.0) == [Event(kind="speech", start=4.0, id="speech-2")]
    assert events.end_speech(4.0, 5.0, 1.0) == [
        Event(kind="speech", start=4.0, end=5.0, fields={"speech_seconds": 1.0}, id="speech-2")
    ]


def test_the_events_of_a_lane_carry_its_name_and_ids_of_its_own() -> None:
    events = Events("2-", "Customer")
    assert events.begin_speech(0.0) == [Event(kind="speech", start=0.0, id="2-speech-1", lane="Customer")]
    (emotion,) = events.follow(prediction(1.0, "sad"))
    assert (emotion.id, emotion.lane) == ("2-emotion-1", "Customer")


def test_reset_forgets_the_emotion_that_goes_on() -> None:
    events = Events()
    events.follow(prediction(1.0, "sad"))
    events.reset()
    assert len(events.end_speech(0.0, 2.0, 1.0)) == 1
