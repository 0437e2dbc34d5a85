"""`ser-live batch`: many recordings and folders, with tables of all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from ser_live.commands.stated import stated
from ser_live.config import Settings, VadMode
from ser_live.errors import SettingsError

if TYPE_CHECKING:
    from ser_live.classifier import Device

__all__ = ["batch"]

_DEVICES = ("auto", "cpu", "cuda")


def batch(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH ...", help="Recordings, folders, URLs, @LIST with a path a line, or - for a list."
        ),
    ] = None,
    out_dir: Annotated[Path | None, typer.Option("--out-dir", metavar="DIR", help="Folder to write to.")] = None,
    formats: Annotated[
        str,
        typer.Option(
            "--formats",
            metavar="A,B",
            help="Formats to write beside the JSON lines: csv, srt, vtt, rttm, TextGrid, eaf, txt, html.",
        ),
    ] = "html",
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", help="Processes; without it, one a processor core.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="local|ADDRESS",
            help="Hear on a Ray cluster: one in this machine, or that at HOST:PORT. Without it, in processes.",
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern", metavar="GLOB", help="Take the files of folders whose names fit, such as 'call*.wav'."
        ),
    ] = None,
    newest_first: Annotated[
        bool, typer.Option("--newest-first", help="Begin with what was changed last, not with the longest.")
    ] = False,
    channels: Annotated[
        str,
        typer.Option(
            "--channels", metavar="mix|left|right|N|split", help="Channel to hear; split hears each as a voice."
        ),
    ] = "mix",
    lane_names: Annotated[
        str | None, typer.Option("--lane-names", metavar="A,B", help="Names of the voices of --channels split.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="PATH", help="Model file instead of the shipped one.")
    ] = None,
    device: Annotated[str, typer.Option("--device", metavar="|".join(_DEVICES), help="Where the model runs.")] = "auto",
    step: Annotated[
        float, typer.Option("--step", metavar="SECONDS", help="Seconds of speech from one prediction to the next.")
    ] = Settings.step,
    smoothing: Annotated[
        float, typer.Option("--smoothing", metavar="SECONDS", help="Time constant of the smoothing; 0 is none.")
    ] = Settings.smoothing,
    vad: Annotated[
        str, typer.Option("--vad", metavar="|".join(get_args(VadMode)), help="Speech detectors that must agree.")
    ] = Settings.vad,
) -> None:
    """Hear many recordings, and write results of each, tables of all, and a page that lists them.

    The same command goes on where it was stopped: what is done is not done again. Exit codes: 0 done, also where some
    recordings failed (failed.csv tells which), 1 an error or all failed, 130 Ctrl-C.
    """
    with stated():
        if not paths:
            raise SettingsError("batch needs recordings or folders: for example ser-live batch calls --out-dir results")
        if out_dir is None:
            raise SettingsError("batch needs --out-dir DIR, the folder to write to")
        if device not in _DEVICES:
            raise SettingsError(f"--device takes auto, cpu or cuda, not {device!r}")
        if jobs is not None and not 1 <= jobs <= 1024:
            raise SettingsError(f"--jobs takes a number from 1 to 1024, not {jobs}")
        settings = Settings(step=step, smoothing=smoothing, vad=vad)  # type: ignore[arg-type] # it checks
        from ser_live.archive import Request, run
        from ser_live.lanes import lanes_of
        from ser_live.outputs.by_ending import FORMATS

        endings = _endings(formats, {ending.lower(): ending for ending in FORMATS})
        names = [] if lane_names is None else lane_names.split(",")
        if channels == "split" and names:
            lanes_of(channels, names, len(names))  # before thousands of recordings tell it one by one
        code = run(
            Request(
                paths=paths,
                out=out_dir,
                formats=endings,
                jobs=jobs,
                pattern=pattern,
                newest_first=newest_first,
                channels=channels,
                lane_names=names,
                model=model,
                device=cast("Device", device),
                settings=settings,
                ray=ray,
            )
        )
    raise typer.Exit(code)


def _endings(formats: str, known: Mapping[str, str]) -> list[str]:
    """Return the endings of a list such as `csv,html`."""
    endings = []
    for name in filter(None, (part.strip() for part in formats.split(","))):
        ending = f".{name.lstrip('.').lower()}"
        if ending not in known:
            words = ", ".join(each.lstrip(".") for each in known.values())
            raise SettingsError(f"--formats takes some of {words}, not {name!r}")
        endings.append(known[ending])
    return endings
