"""`ser-live config`: which settings file is read, and one to begin with."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ser_live.commands.given import Given, given_to
from ser_live.commands.stated import stated
from ser_live.errors import OutputError, SettingsError
from ser_live.outputs.standard import say
from ser_live.settings_file import template

__all__ = ["config"]


def config(
    context: typer.Context,
    init: Annotated[
        bool, typer.Option("--init", help="Write the file: every option, commented, sets nothing.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Let --init replace a file that is there.")] = False,
) -> None:
    """Show which settings file is read and what it sets, or write one with --init.

    The file is TOML: a line an option, with the names of ser-live --help without their dashes, as in step = 0.5.
    Listening and check read it; the command line goes before it. ser-live --config FILE.toml config is about FILE.toml.
    Nothing is written without --init.
    """
    with stated():
        given: Given = context.obj
        if overwrite and not init:
            raise SettingsError("--overwrite says what --init may do: give --init too, or leave it out")
        if given.path is None:
            raise SettingsError("there is no home folder to keep settings in: set HOME, or give --config FILE.toml")
        if init:
            _write(given.path, template(given.options), overwrite=overwrite, folders=not given.asked)
            say([f"{given.path} is written: every option is in it, commented; edit it with any editor"])
        else:
            say(_lines(given_to(context), given.path))


def _lines(given: Given, path: Path) -> list[str]:
    if not given.asked and not path.exists():
        return [f"{path} is not there, so every option has its default; `ser-live config --init` writes it"]
    if not given.settings:
        return [f"{path} is read; it sets nothing"]
    rows = [f"{one.option.name} = {json.dumps(one.value, ensure_ascii=False)}" for one in given.settings]
    width = max(map(len, rows))
    told = [f"  {row:{width}}  (line {one.line})" for row, one in zip(rows, given.settings, strict=True)]
    return [f"{path} is read; it sets", *told]


def _write(path: Path, text: str, *, overwrite: bool, folders: bool) -> None:
    from ser_live.outputs.files import OutputFile, why_not
    from ser_live.outputs.replacement import Replacement

    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        with closing(OutputFile(path, overwrite=overwrite)) as file:
            if not file.regular:
                raise SettingsError(f"{path} is no file on a disk: choose another name with --config")
            with closing(Replacement(file)) as new:
                new.write(text.encode())
    except OSError as error:
        raise OutputError(f"cannot write {os.fsdecode(path)}: {why_not(error)}") from None
