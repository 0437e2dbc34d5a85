"""What a session and a summary look like in JSON: checked before anything is made of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

__all__ = ["SESSION", "SUMMARY", "are_numbers", "fault", "is_number"]

NUMBER: Final = "a number"
TEXT: Final = "text"
TRUTH: Final = "true or false"
COUNT: Final = "a whole number"

_SHARES = {...: NUMBER}
SESSION: Final = {
    "version": TEXT,
    "model": {
        "name": TEXT,
        "sha256": TEXT,
        "labels": [TEXT],
        "window_seconds": NUMBER,
        "trained_on": [{"title": TEXT, "clips": NUMBER, "speakers": NUMBER, "licence": TEXT}],
        "scores": [
            {"corpus": TEXT, "side": TEXT, "clips": NUMBER, "speakers": NUMBER, "uar": NUMBER, "uar_interval": [NUMBER]}
        ],
    },
    "source": TEXT,
    "sample_rate": NUMBER,
    "device": {"asked": TEXT, "got": TEXT},
    "step": NUMBER,
    "started": TEXT,
    "channels": {"source": COUNT, "heard": TEXT},
    "seconds": NUMBER,
    "live": TRUTH,
    "settings": {"max_pause": NUMBER},
    "lag_seconds": NUMBER,
    "lanes": [{"name": TEXT, "channel": COUNT}],
}
"""Shape of the session record: an object's known fields, a list of one kind, `...` for every other key, or a word."""
SUMMARY: Final = {
    "seconds": NUMBER,
    "speech_seconds": NUMBER,
    "speech_share": NUMBER,
    "predictions": COUNT,
    "emotion_seconds": _SHARES,
    "emotion_changes": COUNT,
    "overflows": COUNT,
    "compute_ms": _SHARES,
    "notices": [TEXT],
    "ended": TEXT,
    "error": TEXT,
    "real_time_factor": NUMBER,
    "wall_seconds": NUMBER,
    "call": {
        "silence_seconds": NUMBER,
        "overlap_seconds": NUMBER,
        "lanes": [
            {
                "name": TEXT,
                "talk_seconds": NUMBER,
                "talk_share": NUMBER,
                "interruptions": COUNT,
                "responses": {"count": COUNT, "median_seconds": NUMBER, "p90_seconds": NUMBER},
                "level_dbfs": NUMBER,
                "emotion_seconds": _SHARES,
                "quarters": [_SHARES],
            }
        ],
    },
    "waveform": {"bin_seconds": NUMBER, "lanes": [{"name": TEXT, "peaks": TEXT}]},
}
"""Shape of the summary record."""

_NUMBERS = frozenset({int, float})
_MOST = 1e9  # what a number of a session may be: thirty years in seconds


def is_number(value: object) -> bool:
    """Return whether this is a finite number of a size that a session can have."""
    return type(value) in (int, float) and -_MOST <= value <= _MOST  # type: ignore[operator] # it is a number


def are_numbers(values: Collection[Any]) -> bool:
    """Return whether all of them are such numbers (none is NaN, which JSON has not); fast, for there are millions."""
    return not values or (_NUMBERS.issuperset(map(type, values)) and min(values) >= -_MOST and max(values) <= _MOST)


def fault(value: Any, shape: Any, name: str = "") -> str | None:
    """Return what is wrong with a value: which field, and what was expected. Unknown fields and null are right.

    >>> fault({"seconds": "x"}, SUMMARY)
    'seconds is not a number'
    """
    if value is None:
        return None
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            return f"{name or 'the record'} is not an object"
        other = shape.get(...)
        fields = (
            fault(each, shape.get(key, other), f"{name}.{key}" if name else str(key))
            for key, each in value.items()
            if key in shape or other is not None
        )
        return next((words for words in fields if words is not None), None)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{name} is not a list"
        parts = (
            fault(each, shape[0], f"{name}[{index}]") if each is not None else f"{name}[{index}] is missing"
            for index, each in enumerate(value)
        )
        return next((words for words in parts if words is not None), None)
    right = {
        NUMBER: is_number(value),
        COUNT: type(value) is int and is_number(value) and value >= 0,
        TEXT: isinstance(value, str),
        TRUTH: isinstance(value, bool),
    }[shape]
    return None if right else f"{name} is not {shape}"
