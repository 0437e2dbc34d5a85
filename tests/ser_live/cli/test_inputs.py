"""What `--file`, `--raw`, `--track` and `--channels` hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from media import encode
from program import RATE, Result, one_sentence, run, said, start, write
from voices import voice


def kept(path: Path, *arguments: str, stdin: bytes = b"", model: Path) -> Result:
    return run("--model", model, "--file", path, "--format", "jsonl", *arguments, stdin=stdin)


@pytest.mark.parametrize("encoding", ["s16", "f32"])
def test_raw_sound_is_heard_as_that_of_a_wav(tiny_path: Path, tmp_path: Path, encoding: str) -> None:
    samples = (np.round(voice(3.0) * 32768) / 32768).astype(np.float32)
    expected = kept(write(tmp_path / "x.wav", samples), model=tiny_path)
    data = (samples * 32768).astype("<i2") if encoding == "s16" else samples
    result = kept(Path("-"), "--raw", f"{RATE},1,{encoding}", stdin=data.tobytes(), model=tiny_path)
    assert said(result.records) == said(expected.records)
    assert (result.code, result.err) == (0, "")
    assert (result.records[0]["source"], result.records[0]["seconds"]) == ("standard input", None)
    (tmp_path / "x.raw").write_bytes(data.tobytes() + b"!")
    result = kept(tmp_path / "x.raw", "--raw", f"{RATE},1,{encoding}", model=tiny_path)
    assert said(result.records) == said(expected.records)
    assert result.records[0]["seconds"] == 3.0
    assert "x.raw: 1 bytes at the end are left out" in result.err


def test_raw_sound_that_is_no_number(tiny_path: Path) -> None:
    samples = voice(2.0)
    samples[RATE] = np.nan
    result = kept(Path("-"), "--raw", f"{RATE},1,f32", stdin=samples.tobytes(), model=tiny_path)
    assert "not a number at 1.000 s" in one_sentence(result)
    assert result.records[-1]["seconds"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--raw", "16k"], "--raw takes RATE"),
        (["--raw", "16000,1,u8"], "--raw takes RATE"),
        (["--track", "0"], "--track 0 does not fit: talk.wav has 1 audio track"),
        (["--track", "2"], "--track 2 does not fit: talk.wav has 1 audio track"),
        (["--raw", "16000", "--track", "1"], "pipes and raw sound have one"),
        (["--track", "1", "--file", "-"], "pipes and raw sound have one"),
    ],
    ids=" ".join,
)
def test_wrong_usage(refuse: Callable[..., Result], arguments: list[str], sentence: str) -> None:
    assert sentence in one_sentence(refuse(*arguments), code=2)


@pytest.mark.parametrize("arguments", [["--raw", "16000"], ["--track", "1"]], ids=" ".join)
def test_a_microphone_has_neither(arguments: list[str]) -> None:
    assert f"{arguments[0]} says how to read --file" in one_sentence(run(*arguments), code=2)


def test_a_decoder_says_nothing_of_its_own(tiny_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    soundfile.write(path, voice(6.0), RATE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    path.write_bytes(data)
    result = kept(path, model=tiny_path)
    assert "x.mp3: damaged in 1 place from " in one_sentence(result, code=0)
    assert result.records[-1]["ended"] == "end"


def test_a_track_of_a_video(tiny_path: Path, tmp_path: Path, ffmpeg: str) -> None:
    for n in range(2):
        soundfile.write(tmp_path / f"{n}.wav", voice(3.0, seed=n), RATE, subtype="PCM_16")
    film = tmp_path / "film.mkv"
    encode(film, "-i", tmp_path / "0.wav", "-i", tmp_path / "1.wav", "-map", "0", "-map", "1", "-c:a", "flac")
    result = kept(film, model=tiny_path)
    assert "film.mkv has 2 audio tracks, number 1 is heard" in one_sentence(result, code=0)
    (event,) = (record for record in result.records if record.get("kind") == "signal")
    assert (event["tracks"], event["track"], event["start"]) == (2, 1, 0.0)
    for n in range(2):
        result = kept(film, "--track", str(n + 1), model=tiny_path)
        assert result.err == ""
        assert said(result.records) == said(kept(tmp_path / f"{n}.wav", model=tiny_path).records)


def test_channels_that_cancel_live_and_in_replay(tiny_path: Path, tmp_path: Path) -> None:
    talk, record = voice(4.0), tmp_path / "kept.wav"
    file = write(tmp_path / "x.wav", np.stack([0.9 * talk, -talk], axis=1))
    pieces = {}
    with start("--model", tiny_path, "--file", "-", "--format", "jsonl", "--record", record, stdin=-1) as program:
        assert program.stdin is not None
        data = file.read_bytes()
        for at in range(0, len(data), 10_007):
            program.stdin.write(data[at : at + 10_007])
            program.stdin.flush()
        out, err = program.communicate(timeout=60)
    assert err.decode().count("from 1.0 s on channel 2 alone is heard") == 1
    pieces["live"] = out.decode()
    for name, path, how in (("file", file, []), ("replay", record, []), ("slow", file, ["--speed", "20"])):
        pieces[name] = kept(path, *how, model=tiny_path).out
    events = {
        name: [line for line in text.splitlines() if '"type":"session"' not in line.replace(" ", "")]
        for name, text in pieces.items()
    }
    told = {name: lines[:-1] for name, lines in events.items()}
    assert told["live"] == told["file"] == told["replay"] == told["slow"]
    assert sum('"channel"' in line for line in told["live"]) == 1
    alone = kept(file, "--channels", "right", model=tiny_path)
    assert said(alone.records)[-1] == said(kept(file, model=tiny_path).records)[-1]


def test_a_number_that_is_none_after_the_mix_is_left(tiny_path: Path, tmp_path: Path) -> None:
    talk = voice(3.0)
    signal = np.stack([talk, -talk], axis=1)
    signal[round(2.51 * RATE), 0] = np.inf
    result = kept(write(tmp_path / "x.wav", signal), model=tiny_path)
    assert "not a number at 2.510 s" in result.err
    cut = kept(write(tmp_path / "y.wav", signal[: round(2.51 * RATE)]), model=tiny_path)
    assert said(result.records) == said(cut.records)
