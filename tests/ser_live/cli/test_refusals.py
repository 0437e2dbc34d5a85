"""What the program refuses: one sentence and exit code 1, or 2 for wrong usage; nothing is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import soundfile
from program import RATE, Result, kinds, one_sentence, parse, run, said, start, write
from tiny_model import tiny_model
from voices import voice


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
    assert (result.records[-1]["ended"], result.records[-1]["seconds"]) == ("error", 2.700188)
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
        ["--channels", "9" * 5000],
        ["--channels", "split", "--lane-names", "a,b,c"],
        ["--channels", "split", "--lane-names", "a,a"],
        ["--lane-names", "a,b"],
        ["--speed", "0"],
        ["--speed", "fast"],
        ["--duration", "0"],
        ["--duration", "inf"],
        ["--input-device", "1"],  # and a file
        ["--out", "x.doc"],
        ["--csv-predictions"],  # and no CSV file
        ["--out", "x.srt", "--csv-predictions"],
        ["--record", "x.mp3"],
    ],
    ids=lambda words: " ".join(words)[:60],
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


def test_reconnect_is_about_a_microphone(refuse: Callable[..., Result]) -> None:
    assert "--reconnect is about a microphone" in one_sentence(refuse("--reconnect"), code=2)
    assert "--reconnect is about a microphone" in one_sentence(refuse("--no-reconnect"), code=2)
