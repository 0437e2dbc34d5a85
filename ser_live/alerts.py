"""Alerts: rules without code over the records of a session.

A rule is a text such as `angry for 10 s`, `sad > 0.6 for 30 s` or `angry for 10 s on Customer`. The first kind counts
for how long a label is committed, the second for how long its smoothed probability is above a number, within one
utterance. Times are those of the stream, so that an alert is the same live and in replay.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ser_live.errors import SettingsError, shortened
from ser_live.types import Event, Prediction

__all__ = ["Alerts", "Rule", "parse_rule"]

_WORD = re.compile(r"\s*([^\s>]+|>)")
_FORM = "LABEL for N s, or LABEL > P for N s, and then perhaps: on LANE"
_LONGEST = 86_400.0  # seconds


@dataclass(frozen=True)
class Rule:
    """When to alert.

    Attributes:
        text: as it was written.
        label: whose.
        above: smoothed probability, None where the label must be committed.
        seconds: for how long.
        lane: of which lane, None for every one.
    """

    text: str
    label: str
    above: float | None
    seconds: float
    lane: str | None


def parse_rule(text: str, labels: Collection[str], lanes: Sequence[str | None]) -> Rule:
    """Read a rule.

    Args:
        text: the rule.
        labels: of the model.
        lanes: names of the session's lanes, None for a lane without a name.

    Raises:
        SettingsError: saying where it cannot be read, and what was expected there.

    Example:
        >>> parse_rule("sad > 0.6 for 30 s", ("angry", "sad"), (None,)).above
        0.6
    """
    words = _Words(text)
    label = words.take("a label")
    if label not in labels:
        raise words.fault(f"a label of the model ({', '.join(labels)})")
    above: float | None = None
    if words.next == ">":
        words.take(">")
        above = words.number("a probability from 0 to 1", 0.0, 1.0)
    words.word("for")
    seconds = words.number("seconds", 0.0, _LONGEST)
    if words.next in ("s", "seconds", "second"):
        words.take("s")
    lane = None
    if words.next is not None:
        words.word("on")
        lane = words.rest("the name of a lane")
        if lane not in lanes:
            named = [name for name in lanes if name is not None]
            raise words.fault(
                f"the name of a lane ({', '.join(named)})" if named else "nothing: lanes are made by --channels split"
            )
    return Rule(text=" ".join(text.split()), label=label, above=above, seconds=seconds, lane=lane)


class _Words:
    """The words of a rule, in order, with their places for messages."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._place = 0

    @property
    def next(self) -> str | None:
        found = _WORD.match(self._text, self._at)
        return found[1] if found else None

    def take(self, expected: str) -> str:
        found = _WORD.match(self._text, self._at)
        self._place = found.start(1) if found else len(self._text.rstrip())
        if found is None:
            raise self.fault(expected)
        self._at = found.end()
        return found[1]

    def word(self, expected: str) -> None:
        if self.take(f"the word {expected}") != expected:
            raise self.fault(f"the word {expected}")

    def number(self, expected: str, low: float, high: float) -> float:
        word = self.take(expected)
        if word.endswith("s") and expected == "seconds":
            word = word[:-1]
        try:
            value = float(word)
        except ValueError:
            raise self.fault(expected) from None
        if not low < value <= high:
            raise self.fault(f"{expected}, more than {low:g} and at most {high:g}")
        return value

    def rest(self, expected: str) -> str:
        self.take(expected)
        text, self._at = self._text[self._place :].strip(), len(self._text)
        return text

    def fault(self, expected: str) -> SettingsError:
        there = self._text[self._place :].split()
        got = shortened(repr(there[0]), 40) if there else "its end"
        return SettingsError(
            f"--alert {shortened(repr(self._text), 80)}: at character {self._place + 1} {expected} was expected, not "
            f"{got}: write {_FORM}"
        )


class Alerts:
    """Follow the records; give an event when a rule has held for long enough, and one when it does not hold any more.

    Args:
        rules: to follow.
        lanes: names of the session's lanes.
    """

    def __init__(self, rules: Sequence[Rule], lanes: Sequence[str | None]) -> None:
        self._watches = [_Watch(rule, lane) for rule in rules for lane in lanes if rule.lane in (None, lane)]
        self._count = 0

    def take(self, record: Prediction | Event) -> list[Event]:
        """Take a record; return the events of the alerts that begin or end with it."""
        found = []
        for watch in self._watches:
            if watch.lane == record.lane:
                for event in watch.take(record):
                    if event.id is None:
                        self._count += 1
                        watch.alert = event = replace(event, id=f"alert-{self._count}")
                    found.append(event)
        return found


class _Watch:
    """One rule on one lane."""

    def __init__(self, rule: Rule, lane: str | None) -> None:
        self.rule = rule
        self.lane = lane
        self.alert: Event | None = None  # that goes on
        self._since: float | None = None  # the rule holds

    def take(self, record: Prediction | Event) -> list[Event]:
        rule = self.rule
        if isinstance(record, Prediction):
            if rule.above is not None:
                if record.smoothed.get(rule.label, 0.0) > rule.above:
                    self._since = record.end if self._since is None else self._since
                else:
                    return self._end(record.end)
            return self._look(record.end)
        if record.kind == "emotion" and rule.above is None and record.fields.get("label") == rule.label:
            if record.end is None:
                self._since = record.start
                return []
            return [*self._look(record.end), *self._end(record.end)]
        if record.kind == "speech" and record.end is not None:
            return self._end(record.end)
        return []

    def _look(self, now: float) -> list[Event]:
        """Begin the alert if the rule has held for long enough."""
        if self._since is None or self.alert is not None or now - self._since < self.rule.seconds - 1e-6:
            return []
        where = "" if self.lane is None else f", {self.lane}"
        fields = {"rule": self.rule.text, "label": self.rule.label, "message": f"alert: {self.rule.text}{where}"}
        self.alert = Event(kind="alert", start=self._since, fields=fields, lane=self.lane)
        return [self.alert]

    def _end(self, now: float) -> list[Event]:
        """End the alert if one goes on; the rule does not hold any more."""
        self._since = None
        ended, self.alert = self.alert, None
        if ended is None:
            return []
        fields = {name: value for name, value in ended.fields.items() if name != "message"}
        return [replace(ended, end=now, fields=fields)]
