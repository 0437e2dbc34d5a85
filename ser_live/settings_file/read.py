"""Read a settings file, and name the line of what is wrong."""

from __future__ import annotations

import difflib
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ser_live.errors import SerLiveError, SettingsError, SourceError, shortened
from ser_live.settings_file.options import WORDS, Option

__all__ = ["Setting", "read_settings"]

_MOST_BYTES = 100_000
_BOM = b"\xef\xbb\xbf"  # Windows' Notepad begins files with it


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a file says of an option.

    Attributes:
        option: that is set.
        value: of the option's kind; a list where it may be given several times.
        line: number of the line, from 1; 0 where it cannot be told.
    """

    option: Option
    value: Any
    line: int


def read_settings(path: Path, options: Sequence[Option], others: Sequence[str] = ()) -> list[Setting]:
    """Read what a file sets.

    Args:
        path: of a TOML file.
        options: that it may set.
        others: names of options that no file may set.

    Raises:
        SerLiveError: where it cannot be read: SettingsError for what stands in it.
    """
    if sys.version_info >= (3, 11):  # here, as most calls have no file
        import tomllib
    else:
        import tomli as tomllib
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            reason = "it is not there: correct its name, or write one with `ser-live config --init`"
        elif isinstance(error, IsADirectoryError) or path.is_dir():
            reason = "it is a folder: give the name of a file in it"
        else:
            reason = f"{getattr(error, 'strerror', None) or error}: see who may read it"
        raise SourceError(f"cannot read the settings {path}: {reason}") from None
    if len(data) > _MOST_BYTES:
        raise SettingsError(f"{path} holds over {_MOST_BYTES:,} bytes: settings are shorter, give another file")
    try:
        text = data.removeprefix(_BOM).decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: this is no UTF-8 text: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = shortened(error) if isinstance(error, tomllib.TOMLDecodeError) else "too much, or too deep"
        raise SettingsError(
            f'{path} is not valid TOML ({reason}): write a line an option, like step = 0.25 or vad = "both"'
        ) from None
    known = {option.name: option for option in options}
    settings = []
    for key, value in table.items():
        line = _line(text, key)
        try:
            if key not in known:
                raise SettingsError(_unknown(key, value, list(known), others))
            settings.append(Setting(option=known[key], value=_fit(known[key], value), line=line))
        except SerLiveError as error:
            place = f"{path}, line {line}" if line else str(path)
            raise SettingsError(f"{place}: {error}") from None
    return settings


def _unknown(key: str, value: Any, known: list[str], others: Sequence[str]) -> str:
    shown = repr(shortened(key, 60))
    if key in others:
        return f"--{key} is nothing that a file can set: give it on the command line"
    if isinstance(value, dict):
        return f"[{shortened(key, 60)}] is a table, and options stand by themselves: remove the line in brackets"
    near = difflib.get_close_matches(key.lower().replace("_", "-").lstrip("-"), known, n=1, cutoff=0.6)
    if near:
        return f"there is no option {shown}: did you mean {near[0]!r}?"
    return f"there is no option {shown}: `ser-live --help` lists them, and they are written without their dashes"


def _fit(option: Option, value: Any) -> Any:
    """Return the value as the command line would give it.

    Raises:
        SettingsError: where it is of another kind.
    """
    if not option.many:
        return _fit_one(option, value)
    return [_fit_one(option, one) for one in (value if isinstance(value, list) else [value])]


def _fit_one(option: Option, value: Any) -> Any:
    kind = option.kind
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is str and number:  # input-device = 3, channels = 2, speed = 1.5
        return str(value)
    if kind is float and number and abs(value) <= sys.float_info.max:
        return float(value)
    if kind is float and isinstance(value, float) and not math.isfinite(value):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in (str, Path) and isinstance(value, str):
        if "\0" in value:
            raise SettingsError(f"{option.name} holds a character of code 0: remove it")
        return value
    a_list = "or a list of it " if option.many else ""
    raise SettingsError(f"{option.name} takes {WORDS[kind]} {a_list}here, not {_shown(value)}".replace("  ", " "))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a table"
    return shortened(repr(value) if isinstance(value, str) else str(value), 60)


def _line(text: str, key: str) -> int:
    """Return the number of the line that begins with a key, or is the head of its table; 0 where none does."""
    name = re.escape(key)
    begins = re.compile(rf"""\s*(\[+\s*)?(["']?){name}\2\s*[=.\]]""")
    for number, line in enumerate(text.split("\n"), 1):
        if begins.match(line):
            return number
    return 0
