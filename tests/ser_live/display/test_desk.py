"""Keys: what each does to the session, and what the picture then shows."""

from __future__ import annotations

import pytest
from sessions import SIX, hear, new_session, speak, talk, text_of

from ser_live.display import Desk
from ser_live.keyboard import ENTER, ERASE, ESCAPE
from ser_live.session import LaneState, Session
from ser_live.types import Event


def press(desk: Desk, keys: str) -> None:
    for key in keys:
        desk.press(key)


def test_a_note_is_kept_at_the_moment_of_its_key() -> None:
    session = talk()
    desk = Desk(session, live=True)
    press(desk, "ma laugz" + ERASE + "h")
    assert "a laugh_" in desk.prompt
    hear(session, 3)
    assert desk.due() == []
    press(desk, ENTER)
    (mark,) = desk.due()
    assert (mark.kind, mark.start, mark.end, mark.fields) == ("mark", 40.0, 40.0, {"note": "a laugh"})
    assert (desk.prompt, desk.due()) == ("", [])


def test_a_note_that_is_dropped_leaves_nothing_and_its_keys_do_nothing() -> None:
    ended: list[bool] = []
    desk = Desk(talk(), live=True, quit=lambda: ended.append(True))
    press(desk, "mquit 1 s ?" + ESCAPE)
    assert (desk.due(), desk.prompt, desk.saves, desk.help, ended) == ([], "", 0, False, [])


def test_a_note_has_an_end() -> None:
    desk = Desk(talk(), live=True)
    press(desk, "m" + "x" * 5000 + ENTER)
    assert desk.due()[0].fields["note"] == "x" * 200


def test_a_correction_names_the_stretch_that_was_heard() -> None:
    session = talk()
    desk = Desk(session, live=True)
    press(desk, "l")
    assert "happy at 20 s was really: 1 angry  2 disgust" in desk.prompt
    press(desk, "z6")
    (mark,) = desk.due()
    heard = session.lanes[0].latest
    assert heard is not None
    assert (mark.kind, mark.start, mark.end) == ("mark", heard.start, heard.end)
    assert mark.fields == {"label": "sad", "heard": "happy"}


def test_a_correction_of_silence_is_refused_in_a_sentence() -> None:
    session = new_session()
    desk = Desk(session, live=True)
    press(desk, "l1")
    assert (desk.prompt, desk.due()) == ("", [])
    assert "nothing was recognised yet" in session.notice


def test_a_pause_of_a_microphone_is_an_event_with_its_end() -> None:
    session = talk()
    desk = Desk(session, live=True)
    press(desk, " ")
    (begun,) = desk.due()
    hear(session, 2, speaking=False)
    assert desk.due() == []
    press(desk, " ")
    (ended,) = desk.due()
    assert (begun.start, begun.end, ended.start, ended.end) == (40.0, None, 40.0, 42.0)
    assert begun.id == ended.id == "pause-1"
    assert ended.fields == {"paused": True, "message": "the session goes on after 2.0 s of pause"}


def test_a_recording_is_held_and_has_no_gap() -> None:
    desk = Desk(talk(), live=False)
    press(desk, " ")
    assert (desk.paused, desk.due()) == (True, [])


def test_q_quits() -> None:
    ended: list[bool] = []
    press(Desk(talk(), live=True, quit=lambda: ended.append(True)), "q")
    assert ended == [True]


def lanes() -> Session:
    session = Session(
        source="call.wav",
        model="m.onnx",
        device="cpu",
        labels=SIX,
        lanes=(LaneState(name="Agent"), LaneState(name="Customer")),
    )
    for lane in session.lanes:
        lane.hear(0.1, 1.0, speaking=False, speech_seconds=0.0)
    return session


def test_a_number_shows_one_voice_large_and_nought_shows_all() -> None:
    session = lanes()
    desk = Desk(session, live=True)

    def shown() -> list[str]:
        return [name for name in ("Agent", "Customer") if name in text_of(session, 100, 30, desk=desk)]

    assert shown() == ["Agent", "Customer"]
    press(desk, "2")
    assert shown() == ["Customer"]
    press(desk, "9")
    assert desk.lane is None
    press(desk, "10")
    assert shown() == ["Agent", "Customer"]


def test_numbers_do_nothing_where_there_is_one_voice() -> None:
    desk = Desk(talk(), live=True)
    press(desk, "1")
    assert desk.lane is None


@pytest.mark.parametrize("size", [(60, 18), (100, 30), (250, 70), (20, 5), (1, 1)])
def test_the_keys_fit_every_screen(size: tuple[int, int]) -> None:
    session = talk()
    for keys in ("?", "mlong words " + "of a note " * 30, "l", " "):
        desk = Desk(session, live=True)
        press(desk, keys)
        lines = text_of(session, *size, desk=desk).splitlines()
        assert len(lines) <= size[1]
        assert max(map(len, lines), default=0) <= size[0]


def test_the_picture_names_the_keys_only_where_there_are_some() -> None:
    desk = Desk(talk(), live=True)
    assert "Ctrl-C ends" in text_of(talk(), 100, 30, desk=desk)
    desk.there = True
    assert "? shows the keys" in text_of(talk(), 100, 30, desk=desk)
    press(desk, "?")
    shown = text_of(talk(), 100, 30, desk=desk)
    assert all(word in shown for word in ("pause", "mark", "really", "SVG", "large", "quit"))
    press(desk, ESCAPE)
    assert not desk.help


def test_a_prompt_shows_the_end_of_what_is_written() -> None:
    desk = Desk(talk(), live=True)
    press(desk, "m" + "word " * 39 + "last")
    assert text_of(talk(), 60, 18, desk=desk).splitlines()[-1].rstrip().endswith("word last_")


def test_speech_that_is_over_can_still_be_corrected() -> None:
    session = new_session()
    speak(session, "angry", 2)
    heard = session.lanes[0].latest
    assert heard is not None
    session.take(Event(kind="speech", start=0.0, end=2.0, id="speech-1"))
    desk = Desk(session, live=True)
    press(desk, "l5")
    (mark,) = desk.due()
    assert (mark.end, mark.fields["label"]) == (heard.end, "neutral")
