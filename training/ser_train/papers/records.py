"""Records that are kept as JSON: a frozen dataclass is an object with a key for each field."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["Record", "key"]

_R = TypeVar("_R", bound="Record")


def key(name: str) -> Any:
    """Declare a field whose key in the JSON differs from its name."""
    return dataclasses.field(metadata={"key": name})


class Record:
    """Base of frozen dataclasses that are written as JSON objects and read back equal.

    Their fields are of kind bool, int, float, str, `Literal`, another record, or a tuple of, a mapping from texts to,
    or None beside any of them.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the object, its keys in the order of the fields."""
        return {_key(field): _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_json(cls: type[_R], value: object) -> _R:
        """Read what `to_json` gave.

        Raises:
            ValueError: for a key that is missing or unknown, or a value of another kind.
        """
        if not isinstance(value, Mapping):
            raise ValueError(f"an object was expected, not {value!r:.80}")
        names = {_key(field): field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if different := sorted(set(names) ^ set(value)):
            raise ValueError(f"the key `{different[0]}` is {'missing' if different[0] in names else 'unknown'}")
        kinds = get_type_hints(cls)
        return cls(**{name: _convert(kinds[name], value[key], key) for key, name in names.items()})


def _key(field: dataclasses.Field[Any]) -> str:
    return str(field.metadata.get("key", field.name))


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return value


def _convert(kind: Any, value: Any, name: str) -> Any:
    """A JSON value as the kind that a field has."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (rest,) = (argument for argument in arguments if argument is not NoneType)
        return None if value is None else _convert(rest, value, name)
    if isinstance(kind, type) and issubclass(kind, Record):
        return kind.from_json(value)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], part, name) for part in value)
    if origin is Mapping and isinstance(value, Mapping):
        return {part: _convert(arguments[1], value[part], name) for part in value}
    if value in arguments if origin is Literal else type(value) is kind:
        return value
    raise ValueError(f"`{name}` cannot be {value!r:.80}")
