"""Turn tables of TOML into settings dataclasses; unknown keys, wrong kinds and wrong words are refused at once."""

from __future__ import annotations

import dataclasses
import difflib
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ser_live.errors import SerLiveError
from ser_train.errors import TrainingError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["at_least", "fill", "near_miss", "positive", "read_toml", "shares"]

_T = TypeVar("_T")

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", tuple: "an array"}


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a file of TOML.

    Args:
        path: of the file.
        what: name of the file in messages, such as "the recipe".

    Raises:
        FileNotFoundError: if it is not there.
        TrainingError: if it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML, 5,000 digits
        raise TrainingError(f"{what} {path} cannot be read: {error}") from None


def fill(kind: type[_T], raw: Mapping[str, Any], where: str) -> _T:
    """Build a settings dataclass from a table.

    Args:
        kind: the dataclass; its fields are of kind bool, int, float, str, `Literal`, tuple, `Any` or dataclass. A class
            variable `removed` holds the settings that it had once, each with the value that switched it off, or with
            `...` where any value may be passed over.
        raw: the table; it may still hold removed settings that are switched off.
        where: name of the table in messages.

    Raises:
        TrainingError: for a key that the dataclass does not have, a missing one, or a value that does not fit.
    """
    hints = get_type_hints(kind)
    raw = _without_removed(raw, getattr(kind, "removed", {}), where)
    for key in raw:
        if key not in hints:
            raise TrainingError(f"{where}: `{key}` is not a setting; {near_miss(key, hints)}")
    values = {key: _convert(hints[key], value, where, key) for key, value in raw.items()}
    missing = [f.name for f in dataclasses.fields(kind) if _required(f) and f.name not in values]  # type: ignore[arg-type]
    if missing:
        raise TrainingError(f"{where}: `{missing[0]}` is missing")
    try:
        return kind(**values)
    except SerLiveError as error:
        raise TrainingError(f"{where}: {error}") from None


def _without_removed(raw: Mapping[str, Any], removed: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Drop removed settings that are switched off; refuse others."""
    for key, off in removed.items():
        if off is not ... and raw.get(key, off) != off:
            raise TrainingError(
                f"{where}: `{key}` is no longer a setting, and only {off}, which switched it off, can still be read, "
                f"not {raw[key]!r}: delete it, or use an earlier release"
            )
    return {key: value for key, value in raw.items() if key not in removed}


def near_miss(word: object, known: Iterable[str]) -> str:
    """Return the end of a message: the known word that is nearest to the wrong one, or all of them."""
    known = list(known)
    near = difflib.get_close_matches(str(word), known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}"


def at_least(settings: object, low: int, *names: str) -> None:
    """Refuse numbers (or numbers of tuples) under `low`, and those that are infinite or no number.

    Raises:
        TrainingError: naming the first.
    """
    for name, value in _numbers(settings, names):
        if not low <= value < math.inf:
            raise TrainingError(f"`{name}` must be {low} or more, not {value:g}")


def positive(settings: object, *names: str) -> None:
    """Refuse numbers that are not above 0.

    Raises:
        TrainingError: naming the first.
    """
    for name, value in _numbers(settings, names):
        if not 0 < value < math.inf:
            raise TrainingError(f"`{name}` must be more than 0, not {value:g}")


def shares(settings: object, *names: str) -> None:
    """Refuse numbers outside of 0 to 1.

    Raises:
        TrainingError: naming the first.
    """
    for name, value in _numbers(settings, names):
        if not 0 <= value <= 1:
            raise TrainingError(f"`{name}` must be from 0 to 1, not {value:g}")


def _numbers(settings: object, names: Iterable[str]) -> Iterator[tuple[str, float]]:
    for name in names:
        value = getattr(settings, name)
        for number in value if isinstance(value, tuple) else (value,):
            yield name, number


def _required(setting: dataclasses.Field[Any]) -> bool:
    return setting.default is dataclasses.MISSING and setting.default_factory is dataclasses.MISSING


def _convert(expected: Any, value: Any, where: str, key: str) -> Any:
    """Convert a TOML value to the setting's kind: whole numbers to floats, arrays to tuples, tables to dataclasses."""
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        if not isinstance(value, dict):
            raise TrainingError(f"{where}: `{key}` must be a table, not {value!r}")
        return fill(expected, value, f"{where}: [{key}]")
    if get_origin(expected) is Literal:
        if value not in get_args(expected):
            raise TrainingError(f"{where}: `{key}` is {value!r}; {near_miss(value, map(str, get_args(expected)))}")
        return value
    if get_origin(expected) is tuple and isinstance(value, list):
        return _tuple(get_args(expected), value, where, key)
    kind = get_origin(expected) or expected
    if kind is float and type(value) is int:
        return float(value)
    if kind in _KINDS and type(value) is not kind:
        raise TrainingError(f"{where}: `{key}` must be {_KINDS[kind]}, not {value!r}")
    return value


def _tuple(kinds: tuple[Any, ...], value: list[Any], where: str, key: str) -> tuple[Any, ...]:
    if kinds[1:] == (...,):
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise TrainingError(f"{where}: `{key}` must hold {len(kinds)} values, not {len(value)}")
    return tuple(_convert(kind, item, where, key) for kind, item in zip(kinds, value, strict=True))
