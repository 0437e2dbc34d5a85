"""Speech and committed emotions as events: one when they begin, one when they end."""

from __future__ import annotations

from ser_live.types import Event, Prediction

__all__ = ["Events"]


class Events:
    """Follow utterances and predictions. Times are seconds of the stream."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Return to the state of a new object."""
        self._emotion: Event | None = None  # the committed emotion that goes on

    def begin_speech(self, start: float) -> list[Event]:
        """Return the event of an utterance that begins."""
        return [Event(kind="speech", start=start)]

    def end_speech(self, start: float, end: float, speech_seconds: float) -> list[Event]:
        """Return the events of an utterance that ends, the emotion that ends with it first."""
        spoken = Event(kind="speech", start=start, end=end, fields={"speech_seconds": speech_seconds})
        return [*self._end_emotion(end), spoken]

    def follow(self, prediction: Prediction) -> list[Event]:
        """Return the events of a prediction: none, or that an emotion is committed, after the end of the one before."""
        if prediction.state != "committed":
            return []
        if self._emotion is not None and self._emotion.fields["label"] == prediction.label:
            return []
        ended = self._end_emotion(prediction.end)
        self._emotion = Event(kind="emotion", start=prediction.end, fields={"label": prediction.label})
        return [*ended, self._emotion]

    def _end_emotion(self, end: float) -> list[Event]:
        if self._emotion is None:
            return []
        ended = Event(kind="emotion", start=self._emotion.start, end=end, fields=self._emotion.fields)
        self._emotion = None
        return [ended]
