"""What a session counts, and what it shows when."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ser_live.session import HOLD_SECONDS, STRIP_SECONDS, Session
from ser_live.types import Event, Prediction, State

QUIET = np.zeros(100, np.float32)


@pytest.fixture
def session() -> Session:
    return Session(source="test", model="tiny", device="cpu", labels=("happy", "sad"))


def prediction(label: str = "happy", state: State = "committed") -> Prediction:
    probabilities = {"happy": 0.5, "sad": 0.5}
    return Prediction(
        start=0.0,
        end=1.0,
        available=1.2,
        speech_seconds=1.0,
        probabilities=probabilities,
        smoothed=probabilities,
        label=label,
        state=state,
    )


def hear(session: Session, seconds: float, *, speaking: bool = False, block: Any = QUIET) -> None:
    (lane,) = session.lanes
    loudness = float(np.abs(block).max(initial=0.0))
    lane.hear(loudness, seconds, speaking=speaking, speech_seconds=lane.speech_seconds + seconds * speaking)


# Counting


def test_a_new_session_has_heard_nothing(session: Session) -> None:
    assert session.lanes[0].shown is None
    assert session.notice == ""
    assert session.summary() == {
        "seconds": 0.0,
        "speech_seconds": 0.0,
        "speech_share": 0.0,
        "predictions": 0,
        "emotion_seconds": {},
        "emotion_changes": 0,
        "overflows": 0,
        "compute_ms": {"median": 0.0, "p99": 0.0},
        "notices": ["no speech found"],
    }


def test_time_and_speech_are_counted(session: Session) -> None:
    for speaking in (False, True, True, False):
        hear(session, 0.5, speaking=speaking)
    assert session.elapsed == 2.0
    assert not session.lanes[0].speaking
    summary = session.summary()
    assert (summary["seconds"], summary["speech_seconds"], summary["speech_share"]) == (2.0, 1.0, 0.5)
    assert summary["notices"] == []


def test_levels(session: Session) -> None:
    hear(session, 0.1, block=np.array([0.1, -0.7], np.float32))
    assert session.lanes[0].peak == pytest.approx(0.7)
    assert session.lanes[0].clipped_at is None
    hear(session, 0.1, block=np.array([[0.2, 0.1], [-1.0, 0.3]], np.float32))  # two channels
    assert (session.lanes[0].peak, session.lanes[0].clipped_at) == (1.0, pytest.approx(0.2))
    hear(session, 0.0001)  # the meter still stands at full scale
    hear(session, 0.4999)
    hear(session, 0.5)
    assert session.lanes[0].peak == pytest.approx(0.1)  # the meter falls by 20 dB a second
    assert session.lanes[0].clipped_at == pytest.approx(0.2)
    assert session.loudest == 1.0
    hear(session, 0.1, block=np.zeros(0, np.float32))
    assert session.loudest == 1.0


def test_predictions_and_their_cost_are_counted(session: Session) -> None:
    for milliseconds in range(1, 101):
        session.take(prediction(), milliseconds / 1000)
    summary = session.summary()
    assert summary["predictions"] == 100
    assert summary["compute_ms"] == {"median": 50.5, "p99": 99.01}
    session.take(prediction(), 0.001)  # and it goes on after a summary
    assert session.summary()["predictions"] == 101


def test_changes_of_the_committed_emotion_are_counted(session: Session) -> None:
    """The first is no change, nor is the same again after a pause; what closes an emotion counts for nothing."""
    for label in ("happy", "happy", "sad", "happy"):
        session.take(Event(kind="emotion", start=1.0, fields={"label": label}))
        session.take(Event(kind="emotion", start=1.0, end=2.0, fields={"label": label}))
    assert session.summary()["emotion_changes"] == 2


def test_overflows_are_counted_in_blocks(session: Session) -> None:
    session.take(Event(kind="overflow", start=1.0, fields={"blocks": 3}))
    session.take(Event(kind="overflow", start=2.0))
    assert session.summary()["overflows"] == 4


def test_notices_are_kept_and_the_latest_is_shown(session: Session) -> None:
    session.take(Event(kind="signal", start=3.0, fields={"message": "nothing but zeros"}))
    session.take(Event(kind="device", start=4.0, fields={"message": "the device is gone"}))
    session.take(Event(kind="speech", start=5.0))
    assert session.notice == "the device is gone"
    assert session.summary()["notices"] == ["no speech found", "nothing but zeros", "the device is gone"]


def test_the_summary_can_be_written_as_json(session: Session) -> None:
    hear(session, 0.1, speaking=True, block=np.ones(10, np.float32))
    session.take(prediction(), 0.002)
    session.take(Event(kind="emotion", start=1.0, fields={"label": "happy"}))
    session.take(Event(kind="device", start=4.0, fields={"message": "gone"}))
    hear(session, np.float64(0.1), speaking=True)  # type: ignore[arg-type]
    assert json.loads(json.dumps(session.summary(), allow_nan=False)) == session.summary()
    assert session.summary()["emotion_seconds"] == {"happy": 0.1}


# What is shown


def test_a_prediction_is_shown_until_half_a_second_after_the_last_speech(session: Session) -> None:
    hear(session, 1.0, speaking=True)
    assert session.lanes[0].shown is None
    session.take(prediction())
    assert session.lanes[0].shown == session.lanes[0].latest == prediction()
    for _ in range(4):
        hear(session, 0.125)
        assert session.lanes[0].shown is not None
    hear(session, 0.125)  # 0.625 s after
    assert session.lanes[0].shown is None
    assert session.elapsed - 1.0 > HOLD_SECONDS == 0.5


def test_speech_that_goes_on_shows_it_again(session: Session) -> None:
    hear(session, 1.0, speaking=True)
    session.take(prediction())
    hear(session, 1.0)
    assert session.lanes[0].shown is None
    hear(session, 0.1, speaking=True)
    assert session.lanes[0].shown is not None


def test_the_end_of_the_utterance_ends_it(session: Session) -> None:
    hear(session, 1.0, speaking=True)
    session.take(prediction())
    session.take(Event(kind="speech", start=0.0))
    assert session.lanes[0].shown is not None
    session.take(Event(kind="speech", start=0.0, end=1.0))
    assert session.lanes[0].shown is None


def test_seconds_are_those_for_which_a_label_was_shown(session: Session) -> None:
    hear(session, 1.0, speaking=True)  # nothing yet
    session.take(prediction("happy", "warming-up"))
    hear(session, 0.25, speaking=True)
    session.take(prediction("happy", "provisional"))
    hear(session, 0.5, speaking=True)
    session.take(prediction("sad", "committed"))
    hear(session, 0.75, speaking=True)
    session.take(prediction("happy", "provisional"))  # a rival
    hear(session, 0.125, speaking=True)
    session.take(prediction("sad", "uncertain"))
    hear(session, 0.25, speaking=True)
    hear(session, 0.5)  # still held
    hear(session, 5.0)  # no more
    assert session.summary()["emotion_seconds"] == {"uncertain": 1.125, "happy": 0.5, "sad": 0.75}


def test_what_is_shown_of_rivals_and_doubts(session: Session) -> None:
    """A label is shown while it leads: a provisional one if none is held yet, a committed one always.

    A provisional rival leaves nothing to show; the held label comes back when it leads again.
    """
    hear(session, 1.0, speaking=True)
    assert session.lanes[0].emotion is None
    steps: list[tuple[str, State, str | None]] = [
        ("sad", "warming-up", None),
        ("happy", "provisional", "happy"),
        ("sad", "provisional", None),
        ("happy", "provisional", "happy"),
        ("happy", "uncertain", None),
        ("happy", "provisional", "happy"),
        ("sad", "committed", "sad"),
        ("happy", "provisional", None),
        ("sad", "committed", "sad"),
    ]
    for label, state, shown in steps:
        session.take(prediction(label, state))
        assert session.lanes[0].emotion == shown
    hear(session, 0.6)
    assert session.lanes[0].emotion is None  # nobody speaks
    session.take(Event(kind="speech", start=0.0, end=1.0))
    hear(session, 0.1, speaking=True)
    session.take(prediction("happy", "provisional"))
    assert session.lanes[0].emotion == "happy"  # another utterance


# The strip


def test_the_strip_joins_what_is_the_same(session: Session) -> None:
    hear(session, 1.0)
    hear(session, 1.0, speaking=True)
    session.take(prediction("happy"))
    for _ in range(4):
        hear(session, 0.25, speaking=True)
    session.take(prediction("sad", "uncertain"))
    hear(session, 0.5, speaking=True)
    hear(session, 2.0)
    assert list(session.lanes[0].strip) == [(2.0, None), (3.0, "happy"), (3.5, "uncertain"), (5.5, None)]


def test_the_strip_holds_a_minute(session: Session) -> None:
    for second in range(200):
        session.take(prediction("happy" if second % 2 else "sad"))
        hear(session, 1.0, speaking=True)
    assert STRIP_SECONDS == 60.0
    assert [until for until, _ in session.lanes[0].strip] == [140.0 + i for i in range(61)]
    assert session.lanes[0].strip[-1] == (200.0, "happy")


def test_a_long_silence_is_one_entry(session: Session) -> None:
    for _ in range(1000):
        hear(session, 1.0)
    assert list(session.lanes[0].strip) == [(1000.0, None)]
