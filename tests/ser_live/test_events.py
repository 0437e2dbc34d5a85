"""Events of speech and emotion, on predictions made by hand."""

from __future__ import annotations

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
    assert events.begin_speech(0.5) == [Event(kind="speech", start=0.5)]
    assert events.follow(prediction(1.0, "sad", "provisional")) == []
    sad = Event(kind="emotion", start=1.25, fields={"label": "sad"})
    assert events.follow(prediction(1.25, "sad")) == [sad]
    assert events.follow(prediction(1.5, "sad")) == []
    assert events.follow(prediction(1.75, "happy", "uncertain")) == []
    happy = Event(kind="emotion", start=2.0, fields={"label": "happy"})
    assert events.follow(prediction(2.0, "happy")) == [
        Event(kind="emotion", start=1.25, end=2.0, fields={"label": "sad"}),
        happy,
    ]
    assert events.end_speech(0.5, 3.0, 2.25) == [
        Event(kind="emotion", start=2.0, end=3.0, fields={"label": "happy"}),
        Event(kind="speech", start=0.5, end=3.0, fields={"speech_seconds": 2.25}),
    ]
    assert events.end_speech(4.0, 5.0, 1.0) == [
        Event(kind="speech", start=4.0, end=5.0, fields={"speech_seconds": 1.0})
    ]


def test_reset_forgets_the_emotion_that_goes_on() -> None:
    events = Events()
    events.follow(prediction(1.0, "sad"))
    events.reset()
    assert len(events.end_speech(0.0, 2.0, 1.0)) == 1
