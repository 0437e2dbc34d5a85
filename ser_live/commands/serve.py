"""`ser-live serve`: a page that listens, a socket that answers."""

from __future__ import annotations

import math
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from ser_live.commands.stated import stated
from ser_live.config import Settings, VadMode
from ser_live.errors import SettingsError

if TYPE_CHECKING:
    from ser_live.classifier import Device

__all__ = ["serve"]

_DEVICES = ("auto", "cpu", "cuda")


def _option(name: str, metavar: str, text: str, **more: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=text, **more)


def serve(
    host: Annotated[
        str, _option("--host", "ADDRESS", "Address to listen at; any but this machine's own needs --token.")
    ] = "127.0.0.1",
    port: Annotated[int, _option("--port", "N", "Port to listen at; 0 takes a free one.")] = 8765,
    token: Annotated[
        str | None,
        _option(
            "--token", "TOKEN", "Word that clients must know; better given as a variable.", envvar="SER_LIVE_TOKEN"
        ),
    ] = None,
    certfile: Annotated[Path | None, _option("--certfile", "FILE", "Certificate (PEM), for https and wss.")] = None,
    keyfile: Annotated[Path | None, _option("--keyfile", "FILE", "Key of the certificate, where it is apart.")] = None,
    record_dir: Annotated[
        Path | None,
        _option("--record-dir", "DIR", "Store the sound of every stream in this folder; clients are told."),
    ] = None,
    events: Annotated[
        Path | None,
        _option("--events", "FILE.jsonl", "Show a session of this machine: the file that its --out writes."),
    ] = None,
    max_sessions: Annotated[int, _option("--max-sessions", "N", "Streams at once.")] = 64,
    max_queue_seconds: Annotated[
        float, _option("--max-queue-seconds", "SECONDS", "Sound of a stream that may wait to be heard.")
    ] = 30.0,
    max_message: Annotated[int, _option("--max-message", "BYTES", "Size of one message.")] = 1 << 20,
    model: Annotated[Path | None, _option("--model", "PATH", "Model file instead of the shipped one.")] = None,
    device: Annotated[str, _option("--device", "|".join(_DEVICES), "Where the model runs.")] = "auto",
    step: Annotated[
        float, _option("--step", "SECONDS", "Seconds of speech from one prediction to the next.")
    ] = Settings.step,
    smoothing: Annotated[
        float, _option("--smoothing", "SECONDS", "Time constant of the smoothing; 0 is none.")
    ] = Settings.smoothing,
    vad: Annotated[
        str, _option("--vad", "|".join(get_args(VadMode)), "Speech detectors that must agree.")
    ] = Settings.vad,
) -> None:
    """Serve a page that listens with the browser's microphone, and a WebSocket that answers with records.

    Only this machine is answered, and nothing is stored, unless you ask for it.
    """
    with stated():
        settings = Settings(step=step, smoothing=smoothing, vad=vad)  # type: ignore[arg-type] # it checks
        if device not in _DEVICES:
            raise SettingsError(f"--device takes auto, cpu or cuda, not {device!r}")
        _check_number("--port", port, 0, 65535)
        _check_number("--max-sessions", max_sessions, 1, 10_000)
        _check_number("--max-message", max_message, 1024, 1 << 30)
        if not 1 <= max_queue_seconds < math.inf:
            raise SettingsError(f"--max-queue-seconds takes seconds, 1 or more, not {max_queue_seconds:g}")
        if token is not None and not re.fullmatch(r"[A-Za-z0-9_-]{16,200}", token):
            raise SettingsError("--token takes 16 to 200 letters, digits, - and _: make one that nobody guesses")
        if record_dir is not None and not record_dir.is_dir():
            raise SettingsError(f"--record-dir takes a folder that exists, not {str(record_dir)!r}")
        if missing := [name for name in ("starlette", "uvicorn", "websockets") if find_spec(name) is None]:
            raise SettingsError(f'serve needs {missing[0]}: install it with pip install "ser-live[serve]"')
        from ser_live.classifier import Classifier
        from ser_live.serve.app import Limits, Server
        from ser_live.serve.run import run

        server = Server(
            classifier=Classifier(model, cast("Device", device)),
            device=device,
            model=model,
            settings=settings,
            limits=Limits(sessions=max_sessions, queue_seconds=max_queue_seconds, message=max_message),
            token=token,
            record_dir=record_dir,
            events=events,
        )
        code = run(server, host, port, certfile, keyfile)
    raise typer.Exit(code)


def _check_number(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise SettingsError(f"{name} takes a number from {least} to {most}, not {value}")
