"""Fixtures that many tests share, and the way to their helpers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parent / "helpers"))  # the helpers: `from tiny_model import tiny_model`

from browser import Browser
from tiny_model import tiny_model

from ser_live.classifier import Classifier

for name in ("XDG_CONFIG_HOME", "APPDATA"):  # whoever runs the tests may have settings of their own
    os.environ[name] = tempfile.mkdtemp(prefix="ser-live-no-settings-")

collect_ignore_glob = ["helpers/*"]  # no tests; pytest would look for doctests in them, and some import torch


def _absent(what: str, variable: str) -> NoReturn:
    """Skip the test that needs what is absent, or fail it where the variable says that it must be there."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{what}, and {variable}=1")
    pytest.skip(what)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of recordings; absent on a user's machine."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    if not folder.is_dir():
        _absent(f"no recordings at {folder}", "SER_LIVE_REQUIRE_DATA")
    return folder


@pytest.fixture(scope="session")
def short_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first five seconds of the example: enough for the shipped model to say something."""
    samples, rate = soundfile.read(Path(__file__).parent.parent / "examples" / "call.wav", stop=5 * 16_000)
    path = tmp_path_factory.mktemp("call") / "call.wav"
    soundfile.write(path, samples, rate)
    return path


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A page of a headless Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        _absent("no chromium", "SER_LIVE_REQUIRE_BROWSER")
    with Browser(program, tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture(scope="session")
def strace() -> list[str]:
    """The command that lists a process's connections, and those of its children."""
    command = ["strace", "-f", "-qq", "-e", "trace=socket,connect"]
    path = shutil.which("strace")
    if path is None or subprocess.run([*command, "-o", os.devnull, "true"], capture_output=True).returncode:
        _absent("strace is not there, or may not trace", "SER_LIVE_REQUIRE_STRACE")
    return command


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The path of the MQTT broker."""
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if path is None:
        _absent("no mosquitto", "SER_LIVE_REQUIRE_BROKER")
    return path


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The path of ffmpeg; ffprobe stands beside it."""
    path = shutil.which("ffmpeg")
    if path is None or shutil.which("ffprobe") is None:
        _absent("ffmpeg or ffprobe is not there", "SER_LIVE_REQUIRE_FFMPEG")
    return path


@pytest.fixture(scope="session")
def pyav() -> None:
    """PyAV, of the extra `[media]`."""
    try:
        import_module("av")
    except ImportError as error:
        _absent(f"this test needs `ser-live[media]`: {error}", "SER_LIVE_REQUIRE_PYAV")


def pytest_configure() -> None:
    """Let programs that tests start hear signals; where torch must be there, its absence is an error, not a skip."""
    for number, default in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup; children would inherit it
            signal.signal(number, default)
    if os.environ.get("SER_LIVE_REQUIRE_TRAIN") == "1":
        import torch  # noqa: F401
        import torchaudio  # noqa: F401


_NEEDS = {"train": ("torch", "torchaudio"), "papers": ("librosa", "scipy"), "ray": ("ray",)}
"""Marks of tests, and what they cannot do without; the extra `[train]` brings all of it."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests of an extra where it is not installed."""
    for mark, modules in _NEEDS.items():
        if item.get_closest_marker(mark) is None:
            continue
        try:
            for module in modules:
                import_module(module)
        except ImportError as error:
            variable = "SER_LIVE_REQUIRE_RAY" if mark == "ray" else "SER_LIVE_REQUIRE_TRAIN"
            _absent(f"this test needs `ser-live[{mark}]`: {error}", variable)


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with six labels and windows of 2.5 s."""
    return tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> Classifier:
    """The tiny model, opened once."""
    return Classifier(tiny_path, "cpu")
