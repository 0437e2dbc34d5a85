"""The summary at the end of a session."""

from __future__ import annotations

from sessions import hear, new_session, speak, talk

from ser_live.display import summary_lines
from ser_live.types import Event


def test_summary_for_a_person() -> None:
    session = talk()
    session.take(Event(kind="emotion", start=1.0, fields={"label": "angry"}))
    session.take(Event(kind="emotion", start=2.0, fields={"label": "happy"}))
    speak(session, "happy", 50)
    assert summary_lines(session.summary()) == [
        "Heard 01:30, of which 01:25 of speech (94%).",
        "Time per emotion:",
        "  happy        01:10   82%",
        "  angry       10.5 s   12%",
        "  uncertain    5.0 s    6%",
        "The committed emotion changed once.",
        "Compute time per window: 2.0 ms (p99 2.0 ms); windows: 4.",
        "Overflows: 3; input was lost because the computer could not keep up.",
        "! nothing but zeros: microphone muted?",
    ]


def test_summary_without_speech_or_with_too_little() -> None:
    session = new_session()
    assert summary_lines(session.summary()) == ["Heard 0.0 s: no speech found."]
    hear(session, 3, speaking=False)
    assert summary_lines(session.summary()) == ["Heard 3.0 s: no speech found."]
    hear(session, 0.25)
    assert summary_lines(session.summary()) == [
        "Heard 3.2 s, of which 0.2 s of speech (8%).",
        "Too little speech for a prediction.",
    ]


def test_summary_is_harmless_text() -> None:
    session = new_session()
    session.take(Event(kind="device", start=0.0, fields={"message": "Gerät\x1b[2J weg"}))
    assert summary_lines(session.summary())[-1] == "! Gerät?[2J weg"
    assert summary_lines(session.summary(), unicode=False)[-1] == "! Ger?t?[2J weg"
