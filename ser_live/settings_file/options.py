"""The options that a settings file may set, read from the command itself, so that no list of them gets stale."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

__all__ = ["Option", "options_of"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option of a command.

    Attributes:
        name: as on the command line, without its dashes.
        parameter: name of the function's parameter.
        kind: type of a value: `bool`, `int`, `float`, `str` or `Path`.
        many: whether it may be given several times, a list in the file.
        default: None where there is none.
        metavar: what stands for the value in the help.
        help: what it does.
    """

    name: str
    parameter: str
    kind: type
    many: bool
    default: Any
    metavar: str | None
    help: str


def options_of(command: Callable[..., Any], *, without: Collection[str] = ()) -> list[Option]:
    """Return the options of a command, in their order.

    Args:
        command: a function whose parameters are annotated with `typer.Option`.
        without: names of parameters to leave out.
    """
    hints = get_type_hints(command, include_extras=True)
    options = []
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        if get_origin(hint) is Union:  # Python 3.10 adds None, around the rest, where that is the default
            hint = get_args(hint)[0]
        if get_origin(hint) is not Annotated or parameter.name in without:
            continue
        kind, option = get_args(hint)
        if get_origin(kind) is types.UnionType:
            kind = next(one for one in get_args(kind) if one is not types.NoneType)
        many = get_origin(kind) is list
        names = (option.default, *(option.param_decls or ()))  # in Annotated, typer's first argument is a name too
        options.append(
            Option(
                name=next(one for one in names if str(one).startswith("--")).partition("/")[0][2:],
                parameter=parameter.name,
                kind=get_args(kind)[0] if many else kind,
                many=many,
                default=None if parameter.default is inspect.Parameter.empty else parameter.default,
                metavar=option.metavar,
                help=option.help,
            )
        )
    return options


WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: 'text in "quotes"'}
"""What a value of a kind is, in a sentence; a path is text."""
WORDS[Path] = WORDS[str]
