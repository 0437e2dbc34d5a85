"""Damaged recordings and pipes: heard as far as they go, or refused in one sentence."""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from attack import numbers, survives
from hypothesis import given, settings
from hypothesis import strategies as st
from mutate import mutate_bytes
from program import run
from voices import voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.sources import PipeSource, open_source, parse_raw
from ser_live.sources.base import Source
from ser_live.types import Event

SOUND = voice(0.6)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A short recording in every container that libsndfile writes."""
    folder = tmp_path_factory.mktemp("recordings")
    made = {}
    for name in sorted(soundfile.available_formats()):
        path = folder / f"a.{name.lower()}"
        if name == "RAW":
            continue
        try:
            soundfile.write(path, SOUND, 16_000, format=name)
        except (soundfile.LibsndfileError, ValueError, TypeError):  # no default encoding, or none for this rate
            continue
        made[name.lower()] = path.read_bytes()
    for subtype in ("PCM_U8", "PCM_24", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"):
        soundfile.write(path := folder / "b.wav", SOUND, 16_000, subtype=subtype)
        made[f"wav-{subtype}"] = path.read_bytes()
    assert len(made) >= 20
    return made


def hear(source: Source) -> float:
    """Read all blocks; return the seconds."""
    frames = 0
    try:
        for block in source.blocks():
            if not isinstance(block, Event):
                assert block.dtype == np.float32
                assert block.shape[1] == source.channels
                frames += len(block)
    finally:
        source.close()
    return frames / source.sample_rate


class Pieces(io.RawIOBase):
    """A pipe that gives its bytes in odd pieces."""

    def __init__(self, data: bytes, rng: random.Random) -> None:
        self._data, self._at, self._rng = data, 0, rng

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        most = len(self._data) if size < 0 else size
        part = self._data[self._at : self._at + min(most, self._rng.choice([1, 3, 7, 640, 5000, 10**6]))]
        self._at += len(part)
        return part


def test_damaged_files(recordings: dict[str, bytes], tiny: Classifier, tmp_path: Path) -> None:
    kinds, others = list(recordings), list(recordings.values())
    for number in numbers(0.4):
        with survives("damaged_files", number, __file__) as rng:
            kind = kinds[number % len(kinds)]
            path = tmp_path / f"a.{kind.split('-')[0]}"
            path.write_bytes(mutate_bytes(recordings[kind], rng, others))
            if number % 10:
                hear(open_source(path))
            else:
                ser_live.analyze(path, model=tiny)


def test_damaged_pipes(recordings: dict[str, bytes]) -> None:
    kinds = [kind for kind in recordings if kind.startswith(("wav", "rf64"))]
    for number in numbers(0.2):
        with survives("damaged_pipes", number, __file__) as rng:
            data = mutate_bytes(recordings[kinds[number % len(kinds)]], rng)
            assert hear(PipeSource(Pieces(data, rng))) < 1e5  # type: ignore[arg-type] # it reads


@pytest.mark.parametrize("ending", ["m4a", "webm", "mp4"])
def test_damaged_media(ending: str, ffmpeg: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SOUND, 8000)
    made = tmp_path / f"whole.{ending}"
    done = subprocess.run([ffmpeg, "-v", "error", "-i", tmp_path / "a.wav", made], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"this ffmpeg writes no {ending}")
    data = made.read_bytes()
    for number in numbers(0.01):
        with survives(f"damaged_media and {ending}", number, __file__) as rng:
            (tmp_path / f"a.{ending}").write_bytes(mutate_bytes(data, rng))
            hear(open_source(tmp_path / f"a.{ending}"))


def test_the_program_on_damaged_files_says_one_sentence(recordings: dict[str, bytes], tmp_path: Path) -> None:
    kinds, path = list(recordings), tmp_path / "a.dat"
    for number in numbers(0.008):
        rng = random.Random(number)
        path.write_bytes(mutate_bytes(recordings[kinds[7 * number % len(kinds)]], rng))
        result = run("--file", path, "--format", "jsonl")
        assert result.code in (0, 1), (number, result.err)
        assert "Traceback" not in result.err, (number, result.err)
        assert result.code == 0 or result.err.splitlines()[-1].startswith("ser-live: "), (number, result.err)


def parts(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    marks = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    yield from (data[start:end] for start, end in pairwise(marks))


class Cut(io.RawIOBase):
    """A pipe that gives its bytes in the given pieces, and no more at once than it is asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1) -> bytes:
        self._rest = self._rest or next(self._pieces, b"")
        part, self._rest = (self._rest[:size], self._rest[size:]) if size >= 0 else (self._rest, b"")
        return part


@settings(derandomize=True, deadline=None, max_examples=25, database=None)
@given(cuts=st.lists(st.integers(0, 10**6), max_size=40), frames=st.integers(1, 3000), raw=st.booleans())
def test_a_pipe_cut_anywhere_is_heard_whole(cuts: list[int], frames: int, raw: bool) -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, SOUND[:frames], 16_000, subtype="PCM_16", format="RAW" if raw else "WAV")
    header = parse_raw("16000,1,s16") if raw else None
    stream = Cut(parts(buffer.getvalue(), cuts))
    assert hear(PipeSource(stream, raw=header)) == frames / 16_000  # type: ignore[arg-type] # it reads
