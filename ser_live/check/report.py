"""What an examination found: a line each for people, one JSON object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ser_live.outputs.lines import printable

__all__ = ["NAMES", "Finding", "Light", "exit_code", "line", "report", "unmeasured", "verdict"]

Light = Literal["green", "yellow", "grey", "red"]

SCHEMA: Final = 1
"""Of the JSON; fields may be added to it, none is renamed without another number."""
NAMES: Final = (
    *("portaudio", "device", "timing", "file"),
    *("sound", "noise", "speech", "clipping", "offset", "hum", "band", "channels"),
    *("model", "card", "speed", "disk"),
)
"""Every examination, in the order of the report."""
WORDS: Final[Mapping[Light, str]] = {"green": "ok", "yellow": "improve", "grey": "unclear", "red": "fails"}
SIGNS: Final[Mapping[Light, str]] = {"green": "✔", "yellow": "!", "grey": "?", "red": "✘"}
_PLAIN_SIGNS: Final[Mapping[Light, str]] = {"green": "+", "yellow": "!", "grey": "?", "red": "x"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one examination found.

    Attributes:
        name: one of `NAMES`.
        light: green: good; yellow: works, and could be better; grey: cannot be told; red: does not work.
        text: what was measured.
        advice: the one thing to do, None where nothing need be done.
        values: what was measured, for programs; names end in their unit.
        measured: False where there was nothing to examine; people are not told.
    """

    name: str
    light: Light
    text: str
    advice: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    measured: bool = True


def unmeasured(name: str, reason: str) -> Finding:
    """Return the finding of an examination that had nothing to examine."""
    return Finding(name=name, light="grey", text=f"not measured: {reason}", measured=False)


def line(finding: Finding, *, unicode: bool = True) -> tuple[str, Light]:
    """Return the finding's line without control characters, and its colour."""
    sign = (SIGNS if unicode else _PLAIN_SIGNS)[finding.light]
    advice = "" if finding.advice is None else f": {finding.advice}"
    text = printable(f"{sign} {WORDS[finding.light]:<7}  {finding.name:<9}  {finding.text}{advice}")
    return text if unicode else text.replace("…", "...").encode("ascii", "replace").decode(), finding.light


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 where something does not work, else 0."""
    return int(any(finding.light == "red" for finding in findings))


def verdict(findings: Iterable[Finding]) -> str:
    """Return the last line: what all of it comes to."""
    lights = [finding.light for finding in findings if finding.measured]
    if "red" in lights:
        return "It cannot work yet: see what fails."
    if "grey" in lights:
        return "It works, but not everything could be told: see what is unclear."
    return "It works; it could be better." if "yellow" in lights else "All is well."


def report(findings: Iterable[Finding], version: str) -> str:
    """Return the JSON object, in one line; every examination is in it, measured or not."""
    by_name = {finding.name: finding for finding in findings}
    checks = [by_name.get(name) or unmeasured(name, "there was nothing to examine") for name in NAMES]
    rows = [
        {
            "name": check.name,
            "light": check.light,
            "measured": check.measured,
            "text": check.text,
            "advice": check.advice,
            "values": dict(check.values),
        }
        for check in checks
    ]
    fields = {"type": "check", "schema": SCHEMA, "version": version, "works": not exit_code(checks), "checks": rows}
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)
