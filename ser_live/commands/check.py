"""`ser-live check`: the microphone doctor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ser_live.commands.complete import among
from ser_live.commands.given import CONFIG, given_to, naming_the_file, yielding
from ser_live.commands.stated import stated
from ser_live.errors import SettingsError

if TYPE_CHECKING:
    from ser_live.app.run import Device

__all__ = ["check"]

_DEVICES = ("auto", "cpu", "cuda")
_LONGEST = 3600.0  # seconds: all of it is held in memory


def check(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="PATH|-", help="Examine this recording's sound in place of a microphone."),
    ] = None,
    input_device: Annotated[
        str | None, typer.Option("--input-device", metavar="NAME|INDEX", help="Microphone to examine.")
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            "--device", metavar="|".join(_DEVICES), help="Where the model is to run.", autocompletion=among(_DEVICES)
        ),
    ] = "auto",
    model: Annotated[Path | None, typer.Option("--model", metavar="PATH", help="Model to examine.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", metavar="SECONDS", help="How long to listen; 7 to a microphone, 60 to a recording."),
    ] = None,
    config: Annotated[str | None, CONFIG] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Examine microphone, model and machine before you trust a label.

    Takes ten seconds and asks for a sentence. Each line says ok, improve, unclear or fails, and what to do.
    Exit codes: 0 it works, 1 it cannot work.
    """
    with stated(), naming_the_file(context):
        given_to(context)
        file, input_device = yielding(context, "file", "input_device")
        if device not in _DEVICES:
            raise SettingsError(f"--device takes auto, cpu or cuda, not {device!r}")
        if file is not None and input_device is not None:
            raise SettingsError("--file and --input-device name two inputs: give one of them")
        if input_device == "loopback":
            raise SettingsError("loopback is no microphone, and check examines one: give --input-device another name")
        if seconds is not None and not 0 < seconds <= _LONGEST:
            value = "inf" if math.isinf(seconds) else f"{seconds:g}"
            raise SettingsError(f"--seconds takes more than 0 and at most {_LONGEST:g}, not {value}")
        from ser_live.check.examine import Request
        from ser_live.check.run import run

        request = Request(
            file=file, input_device=input_device, device=cast("Device", device), model=model, seconds=seconds
        )
        code = run(request, as_json=as_json)
    raise typer.Exit(code)
