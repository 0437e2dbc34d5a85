"""Dataclasses of results to JSON and back: names of fields are keys, and what does not fit is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ser_train.errors import TrainingError

__all__ = ["ADDED", "FLAT", "from_json", "key", "to_json"]

ADDED = "added"
"""Metadata of a field, None by default, that older files do not have: it is left out where it is None."""

FLAT = "flat"
"""Metadata of a field: a dataclass whose keys stand among those of its owner."""

_KEY_METADATA = "key"

_T = TypeVar("_T")

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def key(name: str) -> Any:
    """Declare a field whose key in the JSON differs from its name."""
    return field(metadata={_KEY_METADATA: name})


def to_json(record: Any) -> dict[str, Any]:
    """Return a dataclass as what `json` writes, keys in the order of the fields."""
    values: dict[str, Any] = {}
    for each in fields(record):
        value = _plain(getattr(record, each.name))
        if value is None and ADDED in each.metadata:
            continue
        values |= value if _is_flat(each) else {_key(each): value}
    return values


def from_json(kind: type[_T], value: object, where: str, remedy: str = "") -> _T:
    """Build a dataclass from what `json` read; numbers stay as they were written, 0 and 0.0.

    Args:
        kind: the dataclass; its fields are of kind bool, int, float, str, `Literal`, `Any`, dataclass, tuple, `Mapping`
            from text, or one of these or None.
        value: the JSON object.
        where: what it is called in messages.
        remedy: end of the messages, what the user can do; may be empty.

    Raises:
        TrainingError: for a key that the dataclass does not have, a missing one, or a value of another kind.
    """
    try:
        return _record(kind, value, where)
    except TrainingError as error:
        raise TrainingError(f"{error}: {remedy}" if remedy else str(error)) from None


def _record(kind: type[_T], value: object, where: str) -> _T:
    if not isinstance(value, Mapping):
        raise TrainingError(f"{where} must be a JSON object, not {_short(value)}")
    unknown = [key for key in value if key not in _keys(kind)]
    if unknown:
        raise TrainingError(f"{where}: `{unknown[0]}` is not known")
    return _build(kind, value, where)


def _build(kind: type[_T], values: Mapping[str, Any], where: str) -> _T:
    hints, arguments = get_type_hints(kind), {}
    for each in fields(kind):  # type: ignore[arg-type]
        hint, key = hints[each.name], _key(each)
        if _is_flat(each):
            arguments[each.name] = _build(hint, values, where)
        elif key in values:
            arguments[each.name] = _read(hint, values[key], f"{where}: `{key}`")
        elif each.default is MISSING:
            raise TrainingError(f"{where}: `{key}` is missing")
    return kind(**arguments)


def _read(hint: Any, value: Any, where: str) -> Any:
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        (other,) = [part for part in parts if part is not NoneType]
        return None if value is None else _read(other, value, where)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, value, where)
    if kind is Literal:
        if value not in parts:
            raise TrainingError(f"{where} must be one of {', '.join(map(str, parts))}, not {_short(value)}")
        return value
    if kind is tuple:
        return _tuple(parts, value, where)
    if kind in _KINDS:
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise TrainingError(f"{where} must be {_KINDS[kind]}, not {_short(value)}")
        return value
    if not isinstance(value, Mapping):
        raise TrainingError(f"{where} must be a JSON object, not {_short(value)}")
    return {key: _read(parts[1], part, f"{where}: `{key}`") for key, part in value.items()}


def _tuple(parts: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TrainingError(f"{where} must be an array, not {_short(value)}")
    parts = parts[:1] * len(value) if parts[1:] == (...,) else parts
    if len(parts) != len(value):
        raise TrainingError(f"{where} must hold {len(parts)} values, not {len(value)}")
    return tuple(_read(part, item, where) for part, item in zip(parts, value, strict=True))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_json(value)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _keys(kind: Any) -> set[str]:
    hints = get_type_hints(kind)
    return {key for each in fields(kind) for key in (_keys(hints[each.name]) if _is_flat(each) else {_key(each)})}


def _key(each: Field[Any]) -> str:
    return str(each.metadata.get(_KEY_METADATA, each.name))


def _is_flat(each: Field[Any]) -> bool:
    return bool(each.metadata.get(FLAT))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
