"""Speech and committed emotions as events: one when they begin, one when they end."""

from __future__ import annotations

from dataclasses import replace

from ser_live.types import Event, Prediction

__all__ = ["Events"]


class Events:
    """Follow utterances and predictions. Times are seconds of the stream.

    Args:
        prefix: of every event's id, so that lanes have different ones.
        lane: of every event.
    """

    def __init__(self, prefix: str = "", lane: str | None = None) -> None:
        self._prefix = prefix
        self._lane = lane
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._emotion: Event | None = None  # the committed emotion that goes on
        self._utterances = 0
        self._emotions = 0

    def begin_speech(self, start: float) -> list[Event]:
        """Return the event of an utterance that begins."""
        self._utterances += 1
        return [self._speech(start)]

    def end_speech(self, start: float, end: float, speech_seconds: float) -> list[Event]:
        """Return the events of an utterance that ends, the emotion that ends with it first."""
        spoken = replace(self._speech(start), end=end, fields={"speech_seconds": speech_seconds})
        return [*self._end_emotion(end), spoken]

    def follow(self, prediction: Prediction) -> list[Event]:
        """Return the events of a prediction: none, or that an emotion is committed, after the end of the one before."""
        if prediction.state != "committed":
            return []
        if self._emotion is not None and self._emotion.fields["label"] == prediction.label:
            return []
        ended = self._end_emotion(prediction.end)
        self._emotions += 1
        self._emotion = Event(
            kind="emotion",
            start=prediction.end,
            fields={"label": prediction.label},
            id=f"{self._prefix}emotion-{self._emotions}",
            lane=self._lane,
        )
        return [*ended, self._emotion]

    def _speech(self, start: float) -> Event:
        return Event(kind="speech", start=start, id=f"{self._prefix}speech-{self._utterances}", lane=self._lane)

    def _end_emotion(self, end: float) -> list[Event]:
        if self._emotion is None:
            return []
        ended = replace(self._emotion, end=end)
        self._emotion = None
        return [ended]
