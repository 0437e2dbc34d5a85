"""What the model is and is not, and with which settings the session ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ser_live.outputs.report.markup import bdi, length_text, plain, table

__all__ = ["about", "date_text", "facts", "settings"]

_DIGEST_SIGNS = 12  # of the model, in the line under the title; the settings have all of it
_LIMITS = """<p>The models of ser-live learnt from <strong>acted speech</strong>. A label says what listeners would
probably hear in a voice. It is a perception, not a fact about a person, and often wrong. Where no emotion is clear
enough, it is withheld.</p>
<p>It must not be used to infer emotions of people at work or in education: the European Union forbids that
(<abbr title="Regulation (EU) 2024/1689, Artificial Intelligence Act">EU AI Act</abbr>, Article 5(1)(f)). Elsewhere
tell people before you use it on them. Decide nothing about anybody because of this report.</p>"""


def about(session: Mapping[str, Any]) -> str:
    """Return the text on the model: its limits first, then what it was trained on and how it was measured."""
    model = _mapping(session.get("model"))
    trained = [row for row in _rows(model.get("trained_on")) if "title" in row]
    parts = [_LIMITS]
    if trained:
        rows = [
            [bdi(row["title"]), _number(row.get("clips")), _number(row.get("speakers")), bdi(row.get("licence", "–"))]
            for row in trained
        ]
        parts.append(table("What it was trained on", ["Recordings", "Clips", "Speakers", "Licence"], rows))
    scores = [row for row in _rows(model.get("scores")) if row.get("side") == "test" and "uar" in row]
    if scores:
        heads = ["Recordings", "Clips", "Speakers", "Mean recall", "95% interval"]
        rows = [
            [
                bdi(row.get("corpus", "–")),
                _number(row.get("clips")),
                _number(row.get("speakers")),
                _percent(row["uar"]),
                _interval(row.get("uar_interval")),
            ]
            for row in scores
        ]
        count = len(_rows_of_text(model.get("labels")))
        chance = f" Guessing would reach {1 / count:.0%}." if count else ""
        parts.append(table("How often it was right, on speakers that it had never heard", heads, rows))
        parts.append(f'<p class="quiet">The mean of the emotions\' recalls, a clip at a time.{chance}</p>')
    return "\n".join(parts)


def facts(session: Mapping[str, Any], seconds: float | None) -> str:
    """Return the line under the title: date, length, model."""
    model = _mapping(session.get("model"))
    items = [date_text(session.get("started")), "" if seconds is None else f"{length_text(seconds)} long"]
    if model.get("name"):
        digest = str(model.get("sha256") or "")[:_DIGEST_SIGNS]
        items.append(f"model {bdi(model['name'])}" + (f" <code>{plain(digest)}</code>" if digest else ""))
    return "".join(f"<li>{item}</li>" for item in items if item)


def settings(session: Mapping[str, Any]) -> str:
    """Return everything that a second run would need, as a list of names and values."""
    model, device = _mapping(session.get("model")), _mapping(session.get("device"))
    channels = _mapping(session.get("channels"))
    pairs = {
        "program": f"ser-live {session.get('version', '')}",
        "model": model.get("name"),
        "SHA-256 of the model": model.get("sha256"),
        "window": _with_unit(model.get("window_seconds"), "s of speech"),
        "started": session.get("started"),
        "source": session.get("source"),
        "sample rate": _with_unit(session.get("sample_rate"), "Hz"),
        "channels": _channels(session, channels),
        "compute device": device.get("got"),
        "delay of a record": _with_unit(session.get("lag_seconds"), "s"),
        **{f"setting {name}": value for name, value in _mapping(session.get("settings")).items()},
    }
    rows = (
        f"<dt>{plain(name)}</dt><dd>{bdi(value)}</dd>\n" for name, value in pairs.items() if value not in (None, "")
    )
    return f"<dl>\n{''.join(rows)}</dl>"


def date_text(started: object) -> str:
    """Write a time of day for a reader, or as it is where it is none.

    Example:
        >>> date_text("2026-12-01T04:44:18.991+00:00")
        '1 December 2026, 04:44'
    """
    try:
        moment = datetime.fromisoformat(str(started).replace("Z", "+00:00"))  # Python 3.10 knows no Z
    except ValueError:
        return "" if started is None else bdi(started)
    months = "January February March April May June July August September October November December"
    return f"{moment.day} {months.split()[moment.month - 1]} {moment.year}, {moment:%H:%M}"


def _channels(session: Mapping[str, Any], channels: Mapping[str, Any]) -> str | None:
    lanes = [f"{row.get('channel')}: {row['name']}" for row in _rows(session.get("lanes")) if "name" in row]
    if lanes:
        return ", ".join(lanes)
    return f"{channels['source']}, heard: {channels.get('heard')}" if "source" in channels else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, (list, tuple)) else []


def _rows_of_text(value: object) -> list[str]:
    return [row for row in value if isinstance(row, str)] if isinstance(value, (list, tuple)) else []


def _with_unit(value: object, unit: str) -> str | None:
    return f"{value:g} {unit}" if isinstance(value, (int, float)) else None


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "–"


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, (int, float)) else "–"


def _interval(value: object) -> str:
    if isinstance(value, Sequence) and len(value) == 2:
        return f"{_percent(value[0])} to {_percent(value[1])}"
    return "–"
