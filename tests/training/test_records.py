"""Results of dataclasses: written and read back, equal; what does not fit is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from ser_train.errors import TrainingError
from ser_train.records import FLAT, from_json, key, to_json


@dataclass(frozen=True, kw_only=True)
class Origin:
    model: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Point:
    share: float
    within: float = key("within_1.5")


@dataclass(frozen=True, kw_only=True)
class Result:
    kind: Literal["a", "b"]
    origin: Origin = field(metadata={FLAT: True})
    ends: tuple[float | None, float | None] | None
    points: tuple[Point, ...]
    by_name: Mapping[str, Point | None]
    met: bool
    note: str = ""


TEXT = (
    '{"kind": "a", "model": "m", "seed": 0, "ends": [0, null], "points": [{"share": 1, "within_1.5": 0.5}], '
    '"by_name": {"x": {"share": 1.0, "within_1.5": 0}, "y": null}, "met": true, "note": "n"}'
)


def test_what_is_read_is_written_back_as_it_was() -> None:
    result = from_json(Result, json.loads(TEXT), "r")
    assert result.origin == Origin(model="m", seed=0)
    assert result.points == (Point(share=1, within=0.5),)
    assert result.by_name["x"] == Point(share=1.0, within=0)
    assert json.dumps(to_json(result)) == TEXT


def test_a_field_with_a_default_may_be_missing() -> None:
    values = json.loads(TEXT)
    del values["note"]
    assert from_json(Result, values, "r").note == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"more": 1}, "r: `more` is not known"),
        ({"kind": "c"}, "r: `kind` must be one of a, b, not 'c'"),
        ({"seed": 0.5}, "r: `seed` must be a whole number, not 0.5"),
        ({"seed": True}, "r: `seed` must be a whole number, not True"),
        ({"model": None}, "r: `model` must be a text, not None"),
        ({"ends": [1]}, "r: `ends` must hold 2 values, not 1"),
        ({"ends": "12"}, "r: `ends` must be an array, not '12'"),
        ({"points": [1]}, "r: `points` must be a JSON object, not 1"),
        ({"points": [{"share": 1}]}, "r: `points`: `within_1.5` is missing"),
        ({"by_name": []}, r"r: `by_name` must be a JSON object, not \[\]"),
        ({"by_name": {"x": {"share": "much" * 20}}}, "r: `by_name`: `x`: `share` must be a number, not 'much.{32}"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainingError, match=f"^{message}"):
        from_json(Result, json.loads(TEXT) | change, "r")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(TrainingError, match="r must be a JSON object"):
        from_json(Result, [], "r")


def test_the_remedy_ends_the_message() -> None:
    with pytest.raises(TrainingError, match=r"^r: `note` must be a text, not 1: make it again$"):
        from_json(Result, json.loads(TEXT) | {"note": 1}, "r", "make it again")
