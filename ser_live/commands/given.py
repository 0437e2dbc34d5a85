"""What a settings file gives to a command: less than the command line, more than the defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import typer

from ser_live.errors import SerLiveError
from ser_live.settings_file import Option, Setting, read_settings, users_file

__all__ = ["CONFIG", "Given", "from_file", "given_to", "naming_the_file", "take_file", "yielding"]

_OF_A_FILE = ("raw", "track", "speed")  # they say how to read --file


@dataclass
class Given:
    """The settings file of this call.

    Attributes:
        options: that it may set.
        others: names of options that it may not.
        path: of the file; None without a home folder.
        asked: whether `--config` names it.
        settings: what it sets.
        error: why it cannot be used, told only where its settings are needed: `--help` works with any file.
    """

    options: Sequence[Option]
    others: Sequence[str] = ()
    path: Path | None = None
    asked: bool = False
    settings: list[Setting] = field(default_factory=list)
    error: SerLiveError | None = None

    def read(self, path: str | None) -> None:
        """Read the file that `--config` names, or the user's own where that is there."""
        self.asked = path is not None
        self.path = users_file() if path is None else Path(path)
        self.settings, self.error = [], None
        try:
            if self.path is not None and (self.asked or self.path.exists()):
                self.settings = read_settings(self.path, self.options, self.others)
        except OSError:  # the user's folder cannot be looked into
            return
        except SerLiveError as error:
            self.error = error

    @property
    def values(self) -> dict[str, Any]:
        """The values by the names of their parameters."""
        return {setting.option.parameter: setting.value for setting in self.settings}


def take_file(context: typer.Context, path: str | None) -> str | None:
    """Let the values of the file be the defaults of a command, and of `check`: what `--config` does."""
    given = context.obj
    if context.resilient_parsing or not isinstance(given, Given):  # a shell asks for completions
        return path
    if context.parent is None:
        given.read(path)
        context.default_map = {**given.values, "check": given.values}
    elif path is not None:  # given after the command's name
        given.read(path)
        context.default_map = given.values
    return path


CONFIG = typer.Option(
    "--config",
    metavar="FILE.toml",
    help="Read options from this file in place of the user's own: see ser-live config --help.",
    is_eager=True,
    callback=take_file,
)


def given_to(context: typer.Context) -> Given:
    """Return the settings file of this call.

    Raises:
        SerLiveError: where it cannot be used.
    """
    given: Given = context.obj
    if given.error is not None:
        raise given.error
    return given


def from_file(context: typer.Context, name: str) -> bool:
    """Return whether the value of a parameter is the file's."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT_MAP"


def yielding(context: typer.Context, *names: str) -> list[Any]:
    """Return the values of parameters, without those of the file that do not fit what the command line says.

    The file's microphone gives way to a recording on the command line, and the other way round. What the file says
    about a recording is nothing to a microphone, and names of lanes are nothing to one lane.
    """
    values = dict(context.params)
    weak = partial(from_file, context)
    for name, other in (("input_device", "file"), ("file", "input_device")):
        if values[other] is not None and not weak(other) and weak(name):
            values[name] = None
    for name in _OF_A_FILE:
        if values["file"] is None and weak(name):
            values[name] = None
    if values.get("channels") != "split" and weak("lane_names"):
        values["lane_names"] = None
    out = [Path(path).suffix.lower() for path in values.get("out") or []]  # older releases of typer keep texts here
    for name, ending in (("csv_predictions", ".csv"), ("embed_audio", ".html")):
        if ending not in out and weak(name):
            values[name] = False
    return [values[name] for name in names]


@contextmanager
def naming_the_file(context: typer.Context) -> Iterator[None]:
    """Add to an error that names an option where the file sets it."""
    try:
        yield
    except SerLiveError as error:
        given: Given = context.obj
        for setting in given.settings:
            name = setting.option.name
            if from_file(context, setting.option.parameter) and re.search(rf"(^|--){name}\b", str(error)):
                error.args = (f"{error} ({name} is set in {given.path}, line {setting.line})",)
        raise
