"""Rules and the alerts that they give, on records made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ser_live.alerts import Alerts, Rule, parse_rule
from ser_live.errors import SettingsError
from ser_live.types import Event, Prediction

LABELS = ("angry", "sad")
LANES = ("Agent", "Big Customer")


def prediction(end: float, sad: float = 0.2, lane: str | None = None) -> Prediction:
    shares = {"angry": 1 - sad, "sad": sad}
    return Prediction(
        start=max(0.0, end - 2.5),
        end=end,
        available=end + 0.3,
        speech_seconds=2.5,
        probabilities=shares,
        smoothed=shares,
        label="sad" if sad > 0.5 else "angry",
        state="committed",
        lane=lane,
    )


def emotion(label: str, start: float, end: float | None = None, lane: str | None = None) -> Event:
    return Event(kind="emotion", start=start, end=end, fields={"label": label}, id=f"emotion-{start}", lane=lane)


def told(rules: list[Rule], records: list[Any], lanes: tuple[str | None, ...] = (None,)) -> list[Event]:
    alerts = Alerts(rules, lanes)
    return [event for record in records for event in alerts.take(record)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("angry for 10 s", ("angry", None, 10.0, None)),
        ("  sad > 0.6   for 30s on Agent ", ("sad", 0.6, 30.0, "Agent")),
        ("sad>0.6 for 0.5 seconds on Big Customer", ("sad", 0.6, 0.5, "Big Customer")),
        ("angry for 10", ("angry", None, 10.0, None)),
    ],
)
def test_rules_are_read(text: str, expected: tuple[object, ...]) -> None:
    rule = parse_rule(text, LABELS, LANES)
    assert (rule.label, rule.above, rule.seconds, rule.lane) == expected


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("", 1, "a label"),
        ("angri for 10 s", 1, "a label of the model (angry, sad)"),
        ("angry 10 s", 7, "the word for"),
        ("angry for ten s", 11, "seconds"),
        ("angry for", 10, "seconds"),
        ("angry for 0 s", 11, "seconds, more than 0"),
        ("angry for nan s", 11, "seconds, more than 0"),
        ("angry for 99999999 s", 11, "seconds, more than 0 and at most 86400"),
        ("sad > x for 3 s", 7, "a probability"),
        ("sad > 1.5 for 3 s", 7, "a probability from 0 to 1, more than 0 and at most 1"),
        ("angry for 3 s in Agent", 15, "the word on"),
        ("angry for 3 s on", 17, "the name of a lane"),
        ("angry for 3 s on Nobody", 18, "the name of a lane (Agent, Big Customer)"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, place: int, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_rule(text, LABELS, LANES)
    assert f"at character {place} {expected}" in str(caught.value)
    assert str(caught.value).endswith("on LANE")


def test_a_lane_needs_lanes() -> None:
    with pytest.raises(SettingsError, match="lanes are made by --channels split"):
        parse_rule("angry for 3 s on Agent", LABELS, (None,))


def test_a_committed_label_alerts_once_and_ends_with_its_emotion() -> None:
    rule = parse_rule("angry for 2 s", LABELS, (None,))
    records = [emotion("angry", 1.0), *(prediction(end) for end in (1.5, 2.9, 3.0, 4.0)), emotion("angry", 1.0, 5.0)]
    begun, ended = told([rule], records)
    assert (begun.kind, begun.start, begun.end, begun.id) == ("alert", 1.0, None, "alert-1")
    assert begun.fields == {"rule": "angry for 2 s", "label": "angry", "message": "alert: angry for 2 s"}
    assert (ended.start, ended.end, ended.id) == (1.0, 5.0, "alert-1")
    assert "message" not in ended.fields
    assert told([rule], [emotion("angry", 1.0), prediction(2.9), emotion("angry", 1.0, 2.9)]) == []
    assert told([rule], [emotion("sad", 1.0), prediction(9.0), emotion("sad", 1.0, 9.0)]) == []


def test_an_emotion_that_was_long_enough_alerts_at_its_end_at_the_latest() -> None:
    rule = parse_rule("angry for 2 s", LABELS, (None,))
    events = told([rule], [emotion("angry", 1.0), emotion("angry", 1.0, 3.5)])
    assert [(event.start, event.end) for event in events] == [(1.0, None), (1.0, 3.5)]


def test_a_probability_must_stay_above_within_one_utterance() -> None:
    rule = parse_rule("sad > 0.6 for 1 s", LABELS, (None,))
    over = Event(kind="speech", start=0.0, end=2.0, fields={"speech_seconds": 2.0}, id="speech-1")
    assert told([rule], [prediction(1.0, 0.7), prediction(1.5, 0.5), prediction(2.2, 0.7)]) == []
    assert told([rule], [prediction(1.0, 0.7), over, prediction(2.5, 0.7)]) == []
    events = told([rule], [prediction(1.0, 0.7), prediction(2.0, 0.8), prediction(2.5, 0.6)])
    assert [(event.start, event.end) for event in events] == [(1.0, None), (1.0, 2.5)]


def test_a_rule_holds_for_its_lane_or_for_each() -> None:
    one = parse_rule("sad > 0.6 for 1 s on Agent", LABELS, LANES)
    each = parse_rule("sad > 0.6 for 1 s", LABELS, LANES)
    records = [prediction(end, 0.7, lane) for end in (1.0, 2.0) for lane in LANES]
    assert [event.lane for event in told([one], records, LANES)] == ["Agent"]
    events = told([each], records, LANES)
    assert [(event.lane, event.id) for event in events] == [("Agent", "alert-1"), ("Big Customer", "alert-2")]
    assert events[1].fields["message"] == "alert: sad > 0.6 for 1 s, Big Customer"
