"""The command line as users run it: in processes of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import soundfile
from program import ENVIRONMENT, PROGRAM, Result, kinds, one_sentence, parse, run, said, start, write
from tiny_model import SIX, tiny_model
from voices import silence, voice

import ser_live
from ser_live.cli import main

RATE = 16_000


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds with a pause that ends the first utterance, a voice on the left, another on the right."""
    left = np.concatenate([voice(2.5), silence(2.0), voice(1.5, seed=1)])
    right = np.concatenate([silence(2.5), silence(2.0), voice(1.5, seed=2, pitch=200)])
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.stack([left, right], axis=1))


@pytest.fixture
def refuse(
    tiny_path: Path, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run the program in this process, which is faster: for what is refused before any record is written."""

    def run_here(*arguments: str | Path, model: Path = tiny_path, file: Path = talk) -> Result:
        words = ["ser-live", "--model", model, "--file", file, "--format", "jsonl", *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, words)))
        with pytest.raises(SystemExit) as end:
            main()
        return Result(int(end.value.code or 0), *capsys.readouterr())

    return run_here


@pytest.fixture
def listen(tiny_path: Path, talk: Path) -> Callable[..., Result]:
    """Run the program on the recording with the tiny model."""
    return lambda *arguments, **how: run("--model", tiny_path, "--file", talk, *arguments, **how)


# What it says of itself


@pytest.mark.parametrize("program", [[sys.executable, "-m", "ser_live"], [sys.executable, "-m", "ser_live.cli"]])
def test_the_module_is_the_program(program: list[str]) -> None:
    if program[-1].endswith("cli"):
        program = [sys.executable, "-c", "from ser_live.cli import main; main()"]
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout == f"ser-live {ser_live.__version__}\n"


def test_help_names_every_option_of_the_contract() -> None:
    result = run("--help")
    assert result.code == 0
    for option in (
        *("file", "input-device", "device", "model", "step", "smoothing", "vad", "channels", "speed", "format"),
        *("out", "record", "duration", "list-devices", "model-info", "version"),
    ):
        assert f"--{option}" in result.out
    assert "--check" not in result.out


def test_model_info_says_what_the_model_carries(tmp_path: Path) -> None:
    corpora = [{"name": "CREMA-D", "licence": "ODbL"}, {"name": "TESS \x1b[31m", "licence": "CC BY-NC-ND"}]
    changes = {"training.corpora": corpora, "scores": [{"protocol": "speaker-disjoint", "clips": 7, "recall": 0.5}]}
    model = tiny_model(tmp_path / "m.onnx", contract=changes)
    result = run("--model-info", "--model", model)
    assert (result.code, result.err) == (0, "")
    for words in ("angry disgust fear", "16000 Hz", "ODbL", "CC BY-NC-ND", "protocol: speaker-disjoint", "0.5"):
        assert words in result.out
    assert re.search(r"sha256: [0-9a-f]{64}\n", result.out)
    assert "\x1b" not in result.out


# Records


def test_json_lines_are_those_of_the_contract(listen: Callable[..., Result]) -> None:
    result = listen("--format", "jsonl", "--channels", "left", "--step", "0.5")
    assert (result.code, result.err) == (0, "")
    session, *middle, summary = result.records
    assert list(session)[:9] == [
        *("type", "schema", "version", "model", "source", "sample_rate", "device", "step", "started"),
    ]
    assert (session["type"], session["schema"], session["step"]) == ("session", 1, 0.5)
    assert session["model"]["labels"] == list(SIX)
    assert re.fullmatch(r"[0-9a-f]{64}", session["model"]["sha256"])
    assert session["device"] == {"asked": "auto", "got": "cpu"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", session["started"])
    assert summary["type"] == "summary"
    assert (summary["ended"], summary["error"], summary["seconds"]) == ("end", None, 6.0)
    predictions = [record for record in middle if record["type"] == "prediction"]
    events = [record for record in middle if record["type"] == "event"]
    assert len(predictions) + len(events) == len(middle)
    assert summary["predictions"] == len(predictions) > 5
    for record in predictions:
        assert list(record) == [
            *("type", "start", "end", "available", "speech_seconds", "probabilities", "smoothed", "label", "state"),
        ]
        assert record["start"] < record["end"] <= record["available"] <= 6.0
        if record["state"] == "warming-up":  # later ones may be last windows, which wait for the end of a pause
            assert record["available"] - record["end"] < session["lag_seconds"] + 0.1
        for shares in (record["probabilities"], record["smoothed"]):
            assert list(shares) == list(SIX)
            assert sum(shares.values()) == pytest.approx(1, abs=1e-6)
        assert record["label"] == max(record["smoothed"], key=record["smoothed"].__getitem__)
    speech = [event for event in events if event["kind"] == "speech"]
    assert [event["end"] is None for event in speech] == [True, False, True, False]
    assert summary["speech_seconds"] == pytest.approx(sum(event["speech_seconds"] for event in speech[1::2]))


def test_plain_lines_are_the_default_without_a_terminal(listen: Callable[..., Result]) -> None:
    result = listen()
    assert (result.code, result.err) == (0, "")
    first, *lines = result.out.splitlines()
    assert first.startswith("ser-live ")
    assert re.search(r"^ +0\.\d\d s  speech ", result.out, re.MULTILINE)
    assert re.search(r"^ +\d\.\d\d s  (warming-up|provisional|committed) +\w+ +angry +\d+%", result.out, re.MULTILINE)
    assert any(line.startswith("Heard 6.0 s") for line in lines)
    assert "\x1b" not in result.out


def test_out_files_get_what_standard_output_gets(listen: Callable[..., Result], tmp_path: Path) -> None:
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    files[0].write_text("what was there before\n" * 10_000)
    result = listen("--format", "jsonl", "--out", files[0], "--out", files[1], "--overwrite")
    assert result.code == 0
    assert files[0].read_text() == files[1].read_text() == result.out


@pytest.mark.parametrize("channels", ["mix", "left", "right", "2"])
def test_channels_choose_what_is_heard(listen: Callable[..., Result], channels: str) -> None:
    events = [r for r in listen("--format", "jsonl", "--channels", channels).records if r.get("kind") == "speech"]
    assert (events[0]["start"] > 4) == (channels in ("right", "2"))


def test_the_recording_gives_the_same_records(
    listen: Callable[..., Result], tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    record = tmp_path / "heard.wav"
    live = run(
        *("--model", tiny_path, "--file", "-", "--format", "jsonl", "--record", record, "--duration", "5.2345"),
        stdin=talk.read_bytes(),
    )
    assert live.code == 0
    samples, rate = soundfile.read(record, dtype="float32")
    expected = soundfile.read(talk, dtype="float32")[0][: round(5.2345 * RATE)]
    assert rate == RATE
    assert np.array_equal(samples, expected)
    replay = run("--model", tiny_path, "--file", record, "--format", "jsonl")
    assert said(live.records) == said(replay.records)
    assert [line for line in live.out.splitlines() if '"prediction"' in line] == [
        line for line in replay.out.splitlines() if '"prediction"' in line
    ]
    assert live.records[-1]["ended"] == "duration"


def test_speed_holds_the_recording_back(listen: Callable[..., Result]) -> None:
    slow = listen("--format", "jsonl", "--speed", "4").records
    fast = listen("--format", "jsonl").records
    assert said(slow) == said(fast)
    assert 1.4 < slow[-1]["wall_seconds"] < 3
    assert fast[-1]["wall_seconds"] < slow[-1]["wall_seconds"]


# Input that is poor, but no error


def test_silence_is_told_and_is_no_error(tiny_path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "silence.wav", silence(3))
    result = run("--model", tiny_path, "--file", file, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records) == ["session", "summary"]
    assert "no speech found" in result.records[-1]["notices"]
    plain = run("--model", tiny_path, "--file", file)
    assert plain.code == 0
    assert "no speech found" in plain.out


def test_one_sample_is_a_recording(tiny_path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "one.wav", np.array([0.5], np.float32), 44_100)
    result = run("--model", tiny_path, "--file", file, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert kinds(result.records) == ["session", "summary"]


def test_a_truncated_recording_says_what_is_missing(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.wav"
    short.write_bytes(talk.read_bytes()[: 4 * RATE * 8])
    result = run("--model", tiny_path, "--file", short, "--format", "jsonl")
    assert "6.0 s" in one_sentence(result, code=0)
    assert [record["kind"] for record in result.records if record.get("kind") == "signal"] == ["signal"]
    assert result.records[-1]["seconds"] == pytest.approx(4, abs=0.01)
    assert result.records[-1]["notices"]


def test_a_stream_without_a_length_is_heard(tiny_path: Path, talk: Path) -> None:
    data = bytearray(talk.read_bytes())
    at = data.index(b"data")
    data[at + 4 : at + 8] = data[4:8] = struct.pack("<I", 0xFFFFFFFF)
    result = run("--model", tiny_path, "--file", "-", "--format", "jsonl", stdin=bytes(data))
    assert (result.code, result.err) == (0, "")
    assert result.records[-1]["seconds"] == pytest.approx(6)


# Errors: one sentence, exit code 1, nothing lost


def bad_files(folder: Path, talk: Path) -> Iterator[tuple[str, Path]]:
    yield "missing", folder / "nowhere.wav"
    yield "directory", folder
    for name, data in (
        ("empty", b""),
        ("text", b"This is no sound.\n" * 9),
        ("header alone", talk.read_bytes()[: talk.read_bytes().index(b"data") + 8]),
        ("no channels", bytes(talk.read_bytes()[:22] + b"\0\0" + talk.read_bytes()[24:])),
        ("no rate", bytes(talk.read_bytes()[:24] + b"\0\0\0\0" + talk.read_bytes()[28:])),
    ):
        path = folder / f"{name}.wav"
        path.write_bytes(data)
        yield name, path


def test_bad_files_are_told_in_one_sentence(refuse: Callable[..., Result], talk: Path, tmp_path: Path) -> None:
    for name, path in bad_files(tmp_path, talk):
        result = refuse(file=path)
        assert path.name in one_sentence(result), name
        assert result.out == "", name
    assert run("--file", tmp_path / "text.wav").err == refuse(file=tmp_path / "text.wav").err


@pytest.mark.parametrize("data", [b"", b"no sound"])
def test_a_pipe_without_a_wav_stream(tiny_path: Path, data: bytes) -> None:
    one_sentence(run("--model", tiny_path, "--file", "-", stdin=data))


def test_a_sample_that_is_no_number_ends_the_session_there(tiny_path: Path, tmp_path: Path) -> None:
    samples = voice(4)
    samples[round(2.7 * RATE) + 3] = np.nan
    file, record = write(tmp_path / "nan.wav", samples), tmp_path / "kept.wav"
    result = run("--model", tiny_path, "--file", file, "--format", "jsonl", "--record", record)
    assert "2.700 s" in one_sentence(result)
    assert result.records[-1]["type"] == "summary"
    assert (result.records[-1]["ended"], result.records[-1]["seconds"]) == ("error", 2.7)
    before = write(tmp_path / "before.wav", samples[: round(2.7 * RATE) + 3])
    assert said(result.records) == said(run("--model", tiny_path, "--file", before, "--format", "jsonl").records)
    assert np.array_equal(soundfile.read(record, dtype="float32")[0], samples[: round(2.7 * RATE) + 3])


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        (None, "no contract"),
        ("{", "not JSON"),
        ({"input.features.n_mels": 40}, "input.features"),
        ({"labels": ["angry", "sad"]}, "labels"),
        ({"input.preprocessing": ["denoise"]}, "input.preprocessing"),
        ({"outputs.logits": "elsewhere"}, "outputs.logits"),
        ({"temperature": ...}, "temperature"),
    ],
)
def test_models_whose_contract_cannot_be_met(
    contract: Any, words: str, refuse: Callable[..., Result], tmp_path: Path
) -> None:
    model = tiny_model(tmp_path / "bad.onnx", contract=contract)
    result = refuse(model=model)
    assert words in one_sentence(result)
    assert result.out == ""


@pytest.mark.parametrize("kind", ["missing", "directory", "empty", "text", "external"])
def test_models_that_are_none(kind: str, refuse: Callable[..., Result], tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    if kind == "directory":
        model.mkdir()
    elif kind == "external":
        tiny_model(model, external=True)
    elif kind != "missing":
        model.write_bytes(b"" if kind == "empty" else b"no model" * 99)
    assert "model.onnx" in one_sentence(refuse(model=model))


def test_cuda_where_there_is_none(refuse: Callable[..., Result]) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is CUDA")
    assert "onnxruntime-gpu" in one_sentence(refuse("--device", "cuda"))


@pytest.mark.parametrize("option", ["--out", "--record"])
def test_a_folder_that_is_missing_or_read_only(option: str, refuse: Callable[..., Result], tmp_path: Path) -> None:
    name = "x.jsonl" if option == "--out" else "x.wav"
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)
    read_only = folder if os.geteuid() else Path("/sys")  # root may write wherever there is a file system to write to
    for path in (tmp_path / "missing" / name, read_only / name):
        result = refuse(option, path)
        assert str(path) in one_sentence(result)
        assert result.out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_takes_one_output_and_the_others_go_on(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    full, good, record = tmp_path / "full.jsonl", tmp_path / "good.jsonl", tmp_path / "r.wav"
    full.symlink_to("/dev/full")
    result = run(
        *("--model", tiny_path, "--file", talk, "--format", "jsonl"),
        *("--out", full, "--out", good, "--record", record),
    )
    assert "full.jsonl" in one_sentence(result)
    assert kinds(result.records)[-1] == "summary"
    assert result.records[-1]["ended"] == "end"  # two others were left
    assert "full.jsonl" in result.records[-1]["error"]
    assert good.read_text() == result.out
    with Path("/dev/full").open("wb") as device:
        process = start("--model", tiny_path, "--file", talk, stdout=device)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"standard output" in err


def test_what_fits_on_a_full_disk_stays_valid(listen: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "cut.jsonl"
    result = listen("--format", "jsonl", "--out", out, limit=3000)
    assert "cut.jsonl" in one_sentence(result)
    kept = parse(out.read_text())
    assert 2000 < out.stat().st_size <= 3000
    assert kept == result.records[: len(kept)]
    assert result.records[-1]["type"] == "summary"


def test_a_recording_that_no_longer_fits(listen: Callable[..., Result], tmp_path: Path) -> None:
    record = tmp_path / "cut.wav"
    result = listen("--format", "jsonl", "--record", record, limit=100_000)
    assert "cut.wav" in one_sentence(result)
    assert result.records[-1]["type"] == "summary"
    assert len(soundfile.read(record)[0]) > 10_000


# Wrong usage: exit code 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--step", "0"],
        ["--step", "nan"],
        ["--smoothing", "-1"],
        ["--vad", "loud"],
        ["--device", "tpu"],
        ["--format", "xml"],
        ["--format", "tui"],  # no terminal
        ["--channels", "middle"],
        ["--channels", "3"],
        ["--speed", "0"],
        ["--speed", "fast"],
        ["--duration", "0"],
        ["--duration", "inf"],
        ["--input-device", "1"],  # and a file
        ["--out", "x.txt"],
        ["--record", "x.mp3"],
        # reserved for later
        ["--check"],
        ["--channels", "split"],
        *(["--out", f"x{ending}"] for ending in (".csv", ".srt", ".vtt", ".rttm", ".html")),
    ],
    ids=" ".join,
)
def test_values_that_make_no_sense(arguments: list[str], refuse: Callable[..., Result]) -> None:
    result = refuse(*arguments)
    one_sentence(result, code=2)
    assert result.out == ""


@pytest.mark.parametrize("arguments", [["--bogus"], ["--step"], ["--step", "x"], ["stray.wav"]], ids=" ".join)
def test_options_that_there_are_not(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Traceback" not in result.err
    assert "Error: " in result.err


def test_speed_is_for_files() -> None:
    assert "--file" in one_sentence(run("--speed", "2"), code=2)


@pytest.mark.parametrize("option", ["--out", "--record"])
def test_the_input_is_never_overwritten(option: str, refuse: Callable[..., Result], talk: Path, tmp_path: Path) -> None:
    file = tmp_path / ("talk.jsonl" if option == "--out" else "talk.wav")
    shutil.copy(talk, file)
    link = tmp_path / ("link.jsonl" if option == "--out" else "link.wav")
    link.symlink_to(file)
    for path in (file, link, tmp_path / "." / file.name):
        one_sentence(refuse(option, path, file=file), code=2)
    assert file.read_bytes() == talk.read_bytes()
    both = tmp_path / "both.jsonl"
    one_sentence(refuse("--out", both, "--out", both), code=2)


# Ends


def test_a_closed_output_pipe_is_told_while_a_file_is_left(tiny_path: Path, talk: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.jsonl"
    process = start("--model", tiny_path, "--file", talk, "--format", "jsonl", "--speed", "8", "--out", out)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b'{"type": "session"')
    process.stdout.close()
    assert process.stderr is not None
    told = b"ser-live: standard output was closed by its reader; the session goes on\n"
    assert (process.stderr.read(), process.wait(60)) == (told, 0)
    process.stderr.close()
    records = parse(out.read_text())
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "end")


@pytest.mark.parametrize("arguments", [["--help"], ["--model-info"], ["--format", "plain"]], ids=" ".join)
def test_head_ends_it_quietly(arguments: list[str], tiny_path: Path, talk: Path) -> None:
    program = " ".join([*PROGRAM, "--model", str(tiny_path), "--file", str(talk), *arguments])
    script = f"set -o pipefail; {program} | head -1 > /dev/null"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=ENVIRONMENT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_cleanly(
    number: signal.Signals, code: int, tiny_path: Path, talk: Path, tmp_path: Path
) -> None:
    record = tmp_path / "r.wav"
    process = start(
        *("--model", tiny_path, "--file", talk, "--format", "jsonl", "--speed", "1", "--record", record),
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    process.send_signal(number)
    rest, err = process.communicate(timeout=60)
    records = parse((b"".join(lines) + rest).decode())
    assert (process.returncode, err) == (code, b"")
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "interrupt")
    assert 0.7 < records[-1]["seconds"] < 20
    assert soundfile.info(record).duration == pytest.approx(records[-1]["seconds"], abs=1e-3)


def test_ctrl_c_before_the_stream_begins(tiny_path: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start("--model", tiny_path, "--file", pipe, "--format", "jsonl")
    writer = -1
    while writer < 0 and process.poll() is None:
        with contextlib.suppress(OSError):  # until it reads
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_ctrl_c_while_a_pipe_is_silent(tiny_path: Path, talk: Path) -> None:
    process = start("--model", tiny_path, "--file", "-", "--format", "jsonl", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(talk.read_bytes()[: 2 * RATE * 8])
    process.stdin.flush()
    lines = [process.stdout.readline() for _ in range(4)]
    time.sleep(0.3)  # all is heard: it waits for more
    process.send_signal(signal.SIGINT)
    rest, err = process.communicate(timeout=60)
    records = parse((b"".join(lines) + rest).decode())
    assert (process.returncode, err) == (130, b"")
    assert (records[-1]["type"], records[-1]["ended"]) == ("summary", "interrupt")


def on_terminal(
    *arguments: str | Path, until: bytes, number: signal.Signals | None, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run the program on a terminal of 100 x 30, send it the signal once it shows `until`; its code and output."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(child)
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**ENVIRONMENT, "TERM": "xterm-256color", **(environment or {})},
    )
    output = b""
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            if select.select([parent], [], [], 0.05)[0]:
                output += os.read(parent, 65_536)
            elif process.poll() is not None:
                break
            if number is not None and until in output:
                process.send_signal(number)
                number = None
        assert termios.tcgetattr(child) == before
    finally:
        process.kill()
        code = process.wait()
        os.close(parent)
        os.close(child)
    assert until in output
    return code, output.decode()


def test_ctrl_c_restores_the_terminal(tiny_path: Path, talk: Path) -> None:
    code, output = on_terminal("--model", tiny_path, "--file", talk, until=b"committed", number=signal.SIGINT)
    assert code == 130
    order = [output.index(text) for text in ("\x1b[?1049h", "talk.wav", "\x1b[?25h", "\x1b[?1049l", "Heard ")]
    assert order == sorted(order)
    assert "Traceback" not in output


def test_messages_and_errors_wait_for_the_screen_to_close(tiny_path: Path, tmp_path: Path) -> None:
    samples = voice(1.5)
    samples[RATE] = np.inf
    file = write(tmp_path / "nan [red].wav", samples)
    code, output = on_terminal("--model", tiny_path, "--file", file, until=b"nan [red].wav", number=None)
    assert code == 1
    assert output.index("\x1b[?1049l") < output.index("Heard ") < output.index("ser-live: the signal holds")


def test_a_dumb_terminal_gets_plain_lines(tiny_path: Path, talk: Path) -> None:
    code, output = on_terminal(
        "--model", tiny_path, "--file", talk, until=b"Heard", number=None, environment={"TERM": "dumb"}
    )
    assert code == 0
    assert "\x1b" not in output
