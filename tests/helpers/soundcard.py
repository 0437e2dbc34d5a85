"""A microphone without hardware: PulseAudio's null sink, whose monitor PortAudio takes for an input.

A test module imports the fixture `card`, and its tests take it:

```python

@pytest.mark.soundcard
def test_it(card: SoundCard, tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, "-m", …], env=card.env, …)  # PortAudio asks for devices once a process
    card.play(tmp_path / "x.wav")
```

Before anything is played, and between, the microphone gives exact zeros. The server has its own home and its own
socket: it touches nothing of the user's, and several can run at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

VARIABLE = "SER_LIVE_REQUIRE_SOUNDCARD"
SINK = "virtmic"
RATE = 48_000
_START_SECONDS = 30.0
_PROBE = "import sounddevice; print(sounddevice.query_devices(kind='input')['name'])"


@dataclass
class SoundCard:
    """A running sound server with one virtual microphone, at 48 kHz and with two channels.

    Attributes:
        env: the environment in which a program hears it.
        server: the process of PulseAudio.
        command: that started it.
        log: what it says.
    """

    env: Mapping[str, str]
    server: subprocess.Popen[bytes]
    command: Sequence[str] = ()
    log: Path = Path(os.devnull)
    _players: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def play(self, path: Path, *, wait: bool = True) -> subprocess.Popen[bytes]:
        """Play a file into the microphone; return when it is over, or at once."""
        command = ["paplay", f"--device={SINK}", str(path)]
        player = subprocess.Popen(command, env=self.env, stderr=subprocess.DEVNULL)
        self._players.append(player)
        if wait and player.wait(timeout=120):
            raise RuntimeError(f"paplay ended with {player.returncode}")
        return player

    def kill(self) -> None:
        """End the server, as when a device is pulled out."""
        self.server.kill()
        self.server.wait()

    def revive(self) -> None:
        """Start the server that was ended once more, as when the device is put in again."""
        (Path(self.env["HOME"]) / "native").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(self.command, env=self.env, stdout=log, stderr=log)
        self.wait()

    def unplug(self) -> None:
        """Take the one device out of the server that goes on."""
        self.control("unload-module", "module-null-sink")

    def plug(self) -> None:
        """Put the device in again."""
        self.control("load-module", "module-null-sink", f"sink_name={SINK}", f"rate={RATE}", "channels=2")
        self.wait()

    def control(self, *words: str) -> None:
        """Ask the server for something."""
        done = _run(["pactl", *words], self.env)
        if done.returncode:
            raise RuntimeError(f"pactl {' '.join(words)}: {done.stderr}")

    def wait(self) -> None:
        """Wait until the server is there, and make the device the default one."""
        give_up = time.monotonic() + _START_SECONDS
        while _run(["pactl", "set-default-source", f"{SINK}.monitor"], self.env).returncode:
            if self.server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PulseAudio did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def freeze(self) -> None:
        """Stop the server without ending it: it gives nothing and answers nothing."""
        self.server.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """End what runs."""
        for process in (*self._players, self.server):
            process.kill()
            process.wait()


@contextmanager
def sound_card() -> Iterator[SoundCard]:
    """Start the server, and end it.

    Raises:
        FileNotFoundError: where something that it needs is not installed; the message says what.
    """
    for program in ("pulseaudio", "pactl", "paplay"):
        if shutil.which(program) is None:
            raise FileNotFoundError(f"{program} is not installed")
    with ExitStack() as stack:
        # not pytest's folder: the path of a socket has at most 107 characters
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="card-", ignore_cleanup_errors=True)))
        env = _environment(home)
        (home / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command += ["--high-priority=no", "--realtime=no", "--disable-shm=yes", "--log-target=stderr"]
        command += ["-L", f"module-native-protocol-unix socket={home}/native auth-anonymous=1"]
        command += ["-L", f"module-null-sink sink_name={SINK} rate={RATE} channels=2"]
        log = stack.enter_context((home / "log").open("wb"))
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        card = SoundCard(env, server, command, home / "log")
        stack.callback(card.close)
        card.wait()
        probe = _run([sys.executable, "-c", _PROBE], env)
        if probe.returncode:
            reason = probe.stderr.strip().splitlines()[-1]
            raise FileNotFoundError(f"PortAudio or ALSA's pulse plug-in is not installed ({reason})")
        yield card


def _environment(home: Path) -> dict[str, str]:
    foreign = ("PULSE_", "ALSA_", "DBUS_", "XDG_", "JACK_", "PIPEWIRE_", "DISPLAY", "WAYLAND_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **env,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PULSE_COOKIE": str(home / "cookie"),
        "PULSE_SERVER": f"unix:{home}/native",
    }


def _run(command: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def card() -> Iterator[SoundCard]:
    """A virtual microphone; skipped where it cannot be, failed where SER_LIVE_REQUIRE_SOUNDCARD=1 says it must."""
    with ExitStack() as stack:
        try:
            there = stack.enter_context(sound_card())
        except FileNotFoundError as error:
            if os.environ.get(VARIABLE) == "1":
                pytest.fail(f"{error}, and {VARIABLE}=1")
            pytest.skip(f"no virtual sound card: {error}")
        yield there
