"""The command `ser-train`: its commands, each a file of `commands`, and what they need to be installed."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import typer

from ser_live.commands.stated import missing_folder, scarcity
from ser_live.errors import SerLiveError
from ser_train.commands.corpora import corpora
from ser_train.commands.encoder import encoder
from ser_train.commands.evaluate import evaluate
from ser_train.commands.export import export
from ser_train.commands.fit import fit
from ser_train.commands.pages import model_page, papers_page, report
from ser_train.commands.paper import paper
from ser_train.commands.recipes import recipes
from ser_train.commands.streams import streams
from ser_train.commands.vad import vad

__all__ = ["app", "main"]

TORCH = ("torch==2.14.1", "torchaudio==2.11.1", "torchvision==0.29.1")
"""Releases that load together, as `[train]` of pyproject.toml pins them; another of one is another of all."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Train, measure and export speech emotion models for ser-live, with test speakers that training never hears.",
)
for command in (fit, evaluate, export, streams, vad, corpora, paper, encoder, papers_page, recipes, report, model_page):
    app.command()(command)


def _keep_matplotlib_out_of_home() -> None:
    """Give matplotlib, which writes a list of fonts, a folder that ends with this process."""
    if not os.environ.get("MPLCONFIGDIR"):
        folder = os.environ["MPLCONFIGDIR"] = tempfile.mkdtemp(prefix="ser-train-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def _torch_fault() -> str | None:
    """Import torchaudio, and torch with it; return one sentence on what is wrong, or None where both load."""
    try:
        import torchaudio  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:  # a missing symbol, or CUDA of another version
        pair = f"torch {version('torch')} and torchaudio {version('torchaudio')}"
        reason = str(error).partition("\n")[0]
        return f"{pair} do not load together ({reason}): take the set that does, pip install {' '.join(TORCH)}"
    return None


def _threads_fault() -> str | None:
    """Return one sentence where no threads may be started: OpenBLAS would end the process, as Ctrl-C does."""
    end = threading.Event()
    started = []
    try:
        for _ in range(os.cpu_count() or 1):
            started.append(threading.Thread(target=end.wait, daemon=True))
            started[-1].start()
    except RuntimeError:
        return "this user may start no further thread: end other programs, or raise the limit (ulimit -u)"
    finally:
        end.set()
    return None


def main(interrupt: Any = None) -> None:
    """Run the console script: `fit` is the default command, stated errors are one sentence and exit code 1.

    Args:
        interrupt: the handler of Ctrl-C while a command runs; None = the one that is there.
    """
    if fault := missing_folder() or _threads_fault():
        typer.echo(f"ser-train: {fault}", err=True)
        raise SystemExit(1)
    if len(sys.argv) > 1 and sys.argv[1].startswith("--") and sys.argv[1] != "--help":
        sys.argv.insert(1, "fit")
    needed = ("torch", "torchaudio", "onnx", "matplotlib", "pyroomacoustics")
    missing = [name for name in needed if find_spec(name) is None]
    asks_help = "--help" in sys.argv or len(sys.argv) == 1
    if not asks_help and "corpora" not in sys.argv[1:2]:
        if missing:
            typer.echo(f'ser-train needs {", ".join(missing)}: pip install "ser-live[train]"', err=True)
            raise SystemExit(1)
        if fault := _torch_fault():
            typer.echo(f"ser-train: {fault}", err=True)
            raise SystemExit(1)
    _keep_matplotlib_out_of_home()
    if interrupt is not None:
        signal.signal(signal.SIGINT, interrupt)
    try:
        app()
    except SerLiveError as error:
        typer.echo(f"ser-train: {error}", err=True)
        raise SystemExit(1) from None
    except (MemoryError, OSError, ImportError) as error:
        if (sentence := scarcity(error)) is None:
            raise
        typer.echo(f"ser-train: {sentence}", err=True)
        raise SystemExit(1) from None
    except SystemExit as end:
        if end.code == 130:  # typer's answer to Ctrl-C
            typer.echo("ser-train: stopped", err=True)
        raise
