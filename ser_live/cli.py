"""The command line: options in, exit code out. What is heavy is imported when it is needed."""

from __future__ import annotations

import math
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from ser_live import __version__
from ser_live.commands.batch import batch
from ser_live.commands.check import check
from ser_live.commands.complete import among
from ser_live.commands.config import config as settings_file
from ser_live.commands.convert import convert
from ser_live.commands.given import CONFIG, Given, from_file, given_to, naming_the_file, yielding
from ser_live.commands.serve import serve
from ser_live.commands.stated import missing_folder, stated
from ser_live.config import Settings, VadMode
from ser_live.errors import SettingsError
from ser_live.outputs.lines import complain
from ser_live.outputs.standard import say
from ser_live.quiet_libraries import keep_linear_algebra_to_one_thread
from ser_live.settings_file import options_of
from ser_live.terminal import shows_pictures

if TYPE_CHECKING:
    from ser_live.app.messages import Format
    from ser_live.classifier import Device
    from ser_live.outputs.by_ending import Contents

__all__ = ["main"]

_HELP = """
Show, several times a second, what emotion a voice sounds like: from a microphone, a recording or a pipe.

A label is what a voice sounds like to a model, never what somebody feels. Nothing leaves this machine.

\b
Examples:
  ser-live                                         listens to the microphone
  ser-live --file call.wav                         shows a recording at its own pace
  ser-live --file call.wav --format jsonl | jq .   prints JSON lines, as fast as possible
  ser-live --record talk.wav --out talk.jsonl      also writes the sound and the results
  ser-live check                                   examines the microphone before you trust a label
  ser-live --file talk.m4a                         opens videos and voice messages where ffmpeg is installed
  ser-live convert talk.jsonl --out talk.srt       writes results that exist in another format
  ser-live batch calls --out-dir results           hears all recordings of a folder
  ser-live serve                                   opens a page and a WebSocket on this machine

\b
Exit codes: 0 done, 1 an error, 2 wrong usage, 129 the terminal was closed, 130 Ctrl-C (both after
the summary).
"""
_DEVICES = ("auto", "cpu", "cuda")
_FORMATS = ("tui", "plain", "jsonl")
_NO_SETTINGS = {"list_devices": "list-devices", "model_info": "model-info", "version": "version", "config": "config"}

_app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
_app.command()(batch)
_app.command()(check)
_app.command()(convert)
_app.command("config")(settings_file)
_app.command()(serve)


def main() -> None:
    """Run the program: what `ser-live` and `python -m ser_live` start."""
    keep_linear_algebra_to_one_thread()
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # until something is open, Ctrl-C ends the process without a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        if (gone := missing_folder()) is not None:
            complain(gone)
            raise SystemExit(1)
        options = options_of(_listen, without=_NO_SETTINGS)
        _app(_words(sys.argv[1:]), prog_name="ser-live", obj=Given(options, list(_NO_SETTINGS.values())))
    finally:
        signal.signal(signal.SIGINT, before)


def _words(words: list[str]) -> list[str]:
    """Return the command line as the parser takes it: listening has no name, and --check is the command's other one."""
    if words[:1] == ["listen"]:
        words = words[1:]
    if "--check" in words:
        return ["check", *(word for word in words if word != "--check")]
    return words


def _option(name: str, metavar: str | None, text: str, choices: Sequence[str] = ()) -> Any:
    completer = among(choices) if choices else None
    return typer.Option(name, metavar=metavar, help=text, autocompletion=completer, show_default="/" not in name)


@_app.callback(help=_HELP, invoke_without_command=True)
def _listen(
    context: typer.Context,
    file: Annotated[
        str | None,
        _option(
            "--file",
            "PATH|-",
            "Recording to listen to, or - for a WAV stream on standard input; without it, the microphone.",
        ),
    ] = None,
    raw: Annotated[
        str | None,
        _option(
            "--raw",
            "RATE[,CHANNELS[,s16|f32]]",
            "What --file names has no header: samples of that rate, little endian; 1 channel and s16 if not said.",
        ),
    ] = None,
    track: Annotated[
        int | None, _option("--track", "N", "Audio track of --file, a number from 1; without it, the default one.")
    ] = None,
    input_device: Annotated[
        str | None,
        _option(
            "--input-device",
            "NAME|INDEX|loopback",
            "Microphone to use: a part of its name, or its number in --list-devices; loopback is what this computer "
            "plays.",
            ("loopback",),
        ),
    ] = None,
    reconnect: Annotated[
        bool | None,
        _option(
            "--reconnect/--no-reconnect",
            None,
            "Wait for a microphone that vanishes; the gap is silence. Without it, only the screen waits.",
        ),
    ] = None,
    channels: Annotated[
        str,
        _option(
            "--channels",
            "mix|left|right|N|split",
            "Channel to listen to: mix is the mean of all, N a number from 1, split hears each as a voice of its own.",
            ("mix", "left", "right", "split"),
        ),
    ] = "mix",
    lane_names: Annotated[
        str | None, _option("--lane-names", "A,B", "Names of the voices of --channels split, e.g. Agent,Customer.")
    ] = None,
    speed: Annotated[
        str | None,
        _option(
            "--speed",
            "1|max|X",
            "Pace of --file: 1 is as recorded, max as fast as possible. Without it, 1 on the screen, else max.",
            ("1", "max"),
        ),
    ] = None,
    duration: Annotated[float | None, _option("--duration", "SECONDS", "Stop after that much input.")] = None,
    model: Annotated[
        Path | None, _option("--model", "PATH", "Model file that ser-train wrote, instead of the shipped one.")
    ] = None,
    device: Annotated[
        str,
        _option(
            "--device", "|".join(_DEVICES), "Where the model runs; auto is CUDA if that works, else the CPU.", _DEVICES
        ),
    ] = "auto",
    step: Annotated[
        float, _option("--step", "SECONDS", "Seconds of speech from one prediction to the next.")
    ] = Settings.step,
    smoothing: Annotated[
        float,
        _option("--smoothing", "SECONDS", "Time constant of the smoothing, in seconds of speech; 0 is no smoothing."),
    ] = Settings.smoothing,
    vad: Annotated[
        str,
        _option(
            "--vad",
            "|".join(get_args(VadMode)),
            "Speech detectors that must agree; off treats all sound as speech.",
            get_args(VadMode),
        ),
    ] = Settings.vad,
    format: Annotated[
        str | None,
        _option(
            "--format",
            "|".join(_FORMATS),
            "What to print: tui is the live screen, plain is lines for people, jsonl is JSON for programs. Without it, "
            "tui on a terminal, else plain.",
            _FORMATS,
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        _option(
            "--out",
            "FILE",
            "Also write the results to this file, in the format of its ending: .jsonl, .csv, .srt, .vtt, .rttm, "
            ".TextGrid, .eaf, .txt (Audacity's labels) or .html (a report); may be given several times.",
        ),
    ] = None,
    csv_predictions: Annotated[
        bool,
        _option(
            "--csv-predictions/--no-csv-predictions",
            None,
            "Let .csv files have a line a prediction, not a line an emotion.",
        ),
    ] = False,
    embed_audio: Annotated[
        bool, _option("--embed-audio/--no-embed-audio", None, "Put the sound into the .html report: a click plays it.")
    ] = False,
    record: Annotated[Path | None, _option("--record", "FILE.wav", "Also write the sound to this file.")] = None,
    overwrite: Annotated[
        bool, _option("--overwrite/--no-overwrite", None, "Let --out and --record replace files that are not empty.")
    ] = False,
    alert: Annotated[
        list[str] | None,
        _option(
            "--alert",
            "RULE",
            'Tell when a rule holds: "angry for 10 s", "sad > 0.6 for 30 s on Customer"; may be given several times.',
        ),
    ] = None,
    on_event: Annotated[
        str | None,
        _option(
            "--on-event", "COMMAND", "Run a program for every event, without a shell; it reads the event's JSON line."
        ),
    ] = None,
    mqtt: Annotated[
        str | None,
        _option("--mqtt", "URL", "Tell an MQTT broker, such as that of Home Assistant: mqtt://[USER:PASSWORD@]HOST."),
    ] = None,
    osc: Annotated[
        str | None, _option("--osc", "HOST:PORT", "Send what is heard as OSC messages to a music or stage program.")
    ] = None,
    list_devices: Annotated[
        bool, _option("--list-devices", None, "Print the microphones with their numbers, and exit.")
    ] = False,
    model_info: Annotated[
        bool, _option("--model-info", None, "Print the labels, training and scores of the model, and exit.")
    ] = False,
    config: Annotated[str | None, CONFIG] = None,
    version: Annotated[bool, _option("--version", None, "Print the version and exit.")] = False,
) -> None:
    if context.invoked_subcommand is not None:
        _refuse_options_before_a_command(context)
        return
    if version:
        say([f"ser-live {__version__}"])
        return
    with stated(), naming_the_file(context):
        given_to(context)
        file, raw, track, speed, input_device, lane_names, csv_predictions, embed_audio = yielding(
            context, "file", "raw", "track", "speed", "input_device", "lane_names", "csv_predictions", "embed_audio"
        )
        settings = Settings(step=step, smoothing=smoothing, vad=vad)  # type: ignore[arg-type] # it checks
        _check_choice("--device", device, _DEVICES)
        kind = _format(format, asked=not from_file(context, "format"))
        pace = _speed(speed, from_file=file is not None, on_screen=kind == "tui")
        if file is not None and input_device is not None:
            raise SettingsError("--file and --input-device name two inputs: give one of them")
        if file is None and (raw is not None or track is not None):
            raise SettingsError(
                f"{'--track' if raw is None else '--raw'} says how to read --file: leave it out for a microphone"
            )
        no_microphone = file is not None or input_device == "loopback"
        if no_microphone and reconnect is not None and not from_file(context, "reconnect"):
            raise SettingsError("--reconnect is about a microphone: leave it out for a recording and for loopback")
        if duration is not None and not 0 < duration < math.inf:
            raise SettingsError(f"--duration takes seconds, more than 0, not {duration:g}")
        from ser_live.outputs.by_ending import Contents

        contents = Contents(csv_predictions=csv_predictions, embed_audio=embed_audio)
        _check_endings(out or [], record, contents)

        from ser_live.app.info import device_lines, model_lines
        from ser_live.app.run import Options, run

        if list_devices:
            say(device_lines())
        elif model_info:
            say(model_lines(model, cast("Device", device)))
        else:
            code = run(
                Options(
                    file=file,
                    raw=raw,
                    track=track,
                    input_device=input_device,
                    reconnect=kind == "tui" if reconnect is None else reconnect,
                    device=cast("Device", device),
                    model=model,
                    settings=settings,
                    channels=channels,
                    lane_names=[] if lane_names is None else lane_names.split(","),
                    speed=pace,
                    format=cast("Format", kind),
                    out=out or [],
                    contents=contents,
                    record=record,
                    overwrite=overwrite,
                    duration=math.inf if duration is None else duration,
                    alerts=alert or [],
                    on_event=on_event,
                    mqtt=mqtt,
                    osc=osc,
                )
            )
            raise typer.Exit(code)


def _check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} takes {', '.join(choices[:-1])} or {choices[-1]}, not {value!r}")


def _format(value: str | None, *, asked: bool) -> str:
    terminal = shows_pictures(sys.stdout)
    if value is None:
        return "tui" if terminal else "plain"
    _check_choice("--format", value, _FORMATS)
    if value == "tui" and not terminal and not asked:  # a settings file is of many calls, also of those into a pipe
        return "plain"
    if value == "tui" and not terminal:
        raise SettingsError("--format tui needs a terminal on standard output: use plain or jsonl")
    return value


def _speed(value: str | None, *, from_file: bool, on_screen: bool) -> float:
    """Return the seconds of the recording to play in a second; infinite = as fast as it can."""
    if value is None:
        return 1.0 if from_file and on_screen else math.inf
    if not from_file:
        raise SettingsError("--speed sets the pace of --file, and a microphone cannot be sped up: leave it out")
    if value == "max":
        return math.inf
    try:
        speed = float(value)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise SettingsError(f"--speed takes max or a number above 0, not {value!r}")
    return speed


def _check_endings(out: Sequence[Path], record: Path | None, contents: Contents) -> None:
    from ser_live.app.paths import check_outputs

    check_outputs(out, contents)
    if record is not None and record.suffix.lower() != ".wav":
        raise SettingsError(f"--record writes a file that ends in .wav, not {str(record)!r}")


def _refuse_options_before_a_command(context: typer.Context) -> None:
    """Refuse options of listening before the name of another command, where they would do nothing."""
    for parameter in context.command.params:
        if parameter.name == "config" and context.invoked_subcommand in ("check", "config"):
            continue
        source = context.get_parameter_source(str(parameter.name))
        if source is not None and source.name == "COMMANDLINE":
            with stated():
                raise SettingsError(
                    f"{parameter.opts[0]} is an option of listening, not of {context.invoked_subcommand}: "
                    f"leave it out, or give the options of {context.invoked_subcommand} after its name"
                )
