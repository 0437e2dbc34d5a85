"""`ser-live check` as a person and as a program meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fresh_process import PROGRAM as SCRIPT
from fresh_process import fresh
from program import ENVIRONMENT, PROGRAM, Result, one_sentence, run, write
from soundcard import SoundCard
from soundcard import card as card
from voices import voice

SCHEMA = {
    "portaudio": [],
    "device": [],
    "timing": [],
    "file": ["name", "rate_hz", "channels", "seconds", "examined_seconds"],
    "sound": ["seconds", "zero_share"],
    "noise": ["noise_dbfs"],
    "speech": ["speech_dbfs", "snr_db", "peak_dbfs"],
    "clipping": ["clipped_share", "limit_dbfs"],
    "offset": ["offset"],
    "hum": ["mains_hz", "hum_dbfs"],
    "band": ["band_hz", "sample_rate_hz"],
    "channels": ["channels", "correlation", "mix_loss_db", "balance_db"],
    "model": ["path", "sha256", "labels"],
    "card": ["trained_on", "scores"],
    "speed": ["device_asked", "device_got", "load_seconds", "window_ms", "slowest_ms", "share_of_step"],
    "disk": ["folder", "free_bytes", "hours", "writable"],
}
LIVE = {
    "device": ["index", "name", "host_api", "is_default", "native_rate_hz", "native_channels", "rate_hz", "channels"],
    "timing": ["blocks", "lost_blocks", "block_ms", "jitter_ms", "longest_ms"],
}


def parsed(result: Result) -> dict[str, Any]:
    """The one JSON object on standard output."""
    assert result.out.count("\n") == 1
    found: dict[str, Any] = json.loads(result.out)
    return found


def checks(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in found["checks"]}


def test_json_keeps_its_names(talk: Path, tiny_path: Path) -> None:
    result = run("check", "--file", talk, "--model", tiny_path, "--device", "cpu", "--json")
    assert (result.code, result.err) == (0, "")
    found = parsed(result)
    assert list(found) == ["type", "schema", "version", "works", "checks"]
    assert (found["type"], found["schema"], found["works"]) == ("check", 1, True)
    assert {check["name"]: list(check["values"]) for check in found["checks"]} == SCHEMA
    assert all(list(check) == ["name", "light", "measured", "text", "advice", "values"] for check in found["checks"])
    assert checks(found)["device"]["measured"] is False
    assert checks(found)["speed"]["values"]["device_got"] == "cpu"


def test_the_option_means_the_command(talk: Path, tiny_path: Path) -> None:
    lines = run("--check", "--file", talk, "--model", tiny_path)
    assert lines.code == 0
    first, *_, last = lines.out.splitlines()
    assert first == "✔ ok       file       talk.wav, 16000 Hz, 2 channels"
    assert last in ("It works; it could be better.", "It works, but not everything could be told: see what is unclear.")
    assert "\x1b" not in lines.out
    assert run("--file", talk, "--model", tiny_path, "--check", "--json").code == 0


def test_plain_signs_where_the_terminal_knows_no_others(talk: Path, tiny_path: Path) -> None:
    result = run("check", "--file", talk, "--model", tiny_path, env={"PYTHONIOENCODING": "ascii"})
    assert result.out.isascii()
    assert result.out.startswith("+ ok       file ")


def test_what_cannot_work_exits_with_1(talk: Path, tiny_path: Path, tmp_path: Path) -> None:
    missing = run("check", "--file", tmp_path / "none.wav", "--model", tiny_path, "--json")
    assert (missing.code, parsed(missing)["works"]) == (1, False)
    assert "none.wav" in checks(parsed(missing))["file"]["text"]
    model = run("check", "--file", talk, "--model", tmp_path / "none.onnx")
    assert model.code == 1
    assert "✘ fails    model      there is no model at" in model.out
    assert "It cannot work yet" in model.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--device", "tpu"],
        ["--seconds", "0"],
        ["--seconds", "nan"],
        ["--seconds", "1e9"],
        ["--file", "a.wav", "--input-device", "1"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str]) -> None:
    one_sentence(run("check", *arguments), code=2)


def test_nothing_is_written(short_call: Path, tmp_path: Path) -> None:
    assert fresh(tmp_path / "home", SCRIPT, "check", "--file", short_call).files == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("colour", [True, False])
def test_colours_on_a_terminal_unless_they_are_not_wanted(colour: bool, talk: Path, tiny_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {**ENVIRONMENT, "TERM": "xterm-256color", "COLUMNS": "60"}
    env = {name: value for name, value in env.items() if name not in ("NO_COLOR", "CI", "FORCE_COLOR")}
    command = [*PROGRAM, "check", "--file", str(talk), "--model", str(tiny_path)]
    program = subprocess.Popen(command, stdout=theirs, env=env if colour else {**env, "NO_COLOR": "1"})
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 65536):
            seen += piece
    except OSError:  # how a pseudo-terminal ends on Linux
        pass
    finally:
        os.close(ours)
    assert program.wait(timeout=60) == 0
    text = seen.decode()
    assert ("\x1b[32m✔ ok" in text) is colour
    assert "✔" in text
    assert "sha256" in text


# --- with a real PortAudio -------------------------------------------------------------------------------------------
def doctor(card: SoundCard, *arguments: str | Path) -> subprocess.Popen[str]:
    env = {**card.env, **{name: ENVIRONMENT[name] for name in ("PYTHONPATH", "PYTHONWARNINGS")}}
    command = [*PROGRAM, "check", *map(str, arguments)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.soundcard
def test_a_silent_virtual_microphone_is_grey(card: SoundCard, tiny_path: Path) -> None:
    out, err = (program := doctor(card, "--model", tiny_path, "--seconds", "2", "--json")).communicate(timeout=60)
    assert program.returncode == 0, err
    found = json.loads(out)
    assert found["works"] is True
    assert checks(found)["sound"]["light"] == "grey"
    assert {name: list(checks(found)[name]["values"]) for name in LIVE} == LIVE
    assert err == "ser-live: Say a sentence now, as you usually speak; then be quiet until the 2 s are over.\n"


@pytest.mark.soundcard
def test_a_sentence_is_measured(card: SoundCard, tiny_path: Path, tmp_path: Path) -> None:
    hiss = np.random.default_rng(0).normal(0, 0.0005, (12 * 16_000, 1))
    hiss[2 * 16_000 : 5 * 16_000, 0] += voice(3.0)
    hiss[7 * 16_000 : 10 * 16_000, 0] += voice(3.0)
    player = card.play(write(tmp_path / "said.wav", hiss.astype(np.float32)), wait=False)
    time.sleep(0.5)
    out, err = (program := doctor(card, "--model", tiny_path, "--seconds", "6")).communicate(timeout=60)
    player.kill()
    assert (program.returncode, err) == (0, "")
    assert "Say a sentence now" in out
    lines = [line.split()[1:3] for line in out.splitlines() if "dBFS" in line and "left" not in line]
    assert ["ok", "speech"] in lines
    assert "✔ ok       device" in out
    assert "6 s were heard" in out
    assert [line.split()[0] for line in out.splitlines() if "s left" in line] == ["5", "4", "3", "2", "1", "0"]


@pytest.mark.soundcard
def test_no_device_at_all_exits_with_1(card: SoundCard, tiny_path: Path) -> None:
    card.kill()
    out, err = (program := doctor(card, "--model", tiny_path)).communicate(timeout=60)
    assert (program.returncode, err) == (1, "")
    assert "✘ fails    device     no microphone was found" in out
    assert "ok       model" in out
