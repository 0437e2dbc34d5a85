"""Made sessions, and the screen as text."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from ser_live.display import Desk, render
from ser_live.session import Session
from ser_live.types import Event, Prediction, State

SIX = ("angry", "disgust", "fear", "happy", "neutral", "sad")


NINE = ("angry", "bored", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")


def new_session(labels: tuple[str, ...] = SIX, *, total: float | None = 80.0, source: str = "call.wav") -> Session:
    return Session(source=source, model="ser-live.onnx", device="cpu", labels=labels, total=total)


def prediction(session: Session, label: str = "happy", share: float = 0.5, state: State = "committed") -> Prediction:
    rest = (1 - share) / (len(session.labels) - 1)
    smoothed = {name: share if name == label else rest for name in session.labels}
    at = session.elapsed
    return Prediction(
        start=at,
        end=at,
        available=at,
        speech_seconds=0.8,
        probabilities=smoothed,
        smoothed=smoothed,
        label=label,
        state=state,
    )


def hear(session: Session, seconds: float, *, speaking: bool = True, peak: float = 0.5, piece: float = 0.25) -> None:
    lane = session.lanes[0]
    for _ in range(round(seconds / piece)):
        speech = lane.speech_seconds + piece * speaking
        lane.hear(peak, piece, speaking=speaking, speech_seconds=speech)


def speak(session: Session, label: str, seconds: float, state: State = "committed", share: float = 0.5) -> None:
    session.take(prediction(session, label, share, state), 0.002)
    hear(session, seconds)


def talk(labels: tuple[str, ...] = SIX) -> Session:
    """Forty seconds with three emotions, a pause and something to tell."""
    session = new_session(labels)
    speak(session, "angry", 10)
    hear(session, 5, speaking=False)
    speak(session, "sad", 5, "uncertain")
    session.take(Event(kind="overflow", start=20.0, fields={"blocks": 3}))
    session.take(Event(kind="signal", start=20.0, fields={"message": "nothing but zeros: microphone muted?"}))
    speak(session, "happy", 20)
    return session


def text_of(session: Session, width: int, height: int, *, unicode: bool = True, desk: Desk | None = None) -> str:
    console = Console(file=StringIO(), width=width, height=height, color_system=None, legacy_windows=False)
    console.print(render(session, width=width, height=height, unicode=unicode, desk=desk), end="")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def line_with(word: str, text: str) -> str:
    (line,) = [line for line in text.splitlines() if word in line]
    return line


def strip_of(session: Session, width: int) -> str:
    """The strip, which stands over its legend."""
    lines = text_of(session, width, 18).splitlines()
    (at,) = [index for index, line in enumerate(lines) if "60 s ago" in line]
    return lines[at - 1][1:]


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
