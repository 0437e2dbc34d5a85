"""Damaged JSON lines for `ser-live convert`, in every format: converted, or refused in one sentence."""

from __future__ import annotations

import random
from pathlib import Path

from attack import numbers, survives
from made_records import as_lines, two_lanes
from mutate import mutate_json, mutate_text
from program import run

from ser_live.app.convert import convert

ENDINGS = ("csv", "srt", "vtt", "TextGrid", "eaf", "rttm", "txt", "html", "jsonl")


def damaged(number: int, rng: random.Random) -> bytes:
    """Return JSON lines of a session in which a value of a record, or the text itself, is damaged."""
    data = as_lines(*two_lanes()).encode()
    if number % 2:
        return mutate_text(data, rng)
    lines = data.decode().splitlines()
    at = rng.choice([0, len(lines) - 1, rng.randrange(len(lines))])
    lines[at] = mutate_json(lines[at], rng)
    return "".join(f"{line}\n" for line in lines).encode()


def test_damaged_records(tmp_path: Path) -> None:
    for number in numbers(0.15):
        with survives("damaged_records", number, __file__) as rng:
            (tmp_path / "r.jsonl").write_bytes(damaged(number, rng))
            out = [tmp_path / f"o.{ending}" for ending in ENDINGS]
            assert convert(str(tmp_path / "r.jsonl"), out, overwrite=True) == 0


def test_the_program_on_damaged_records_says_one_sentence(tmp_path: Path) -> None:
    for number in numbers(0.006):
        data = damaged(number, random.Random(number))
        out = [f"--out={tmp_path / f'o.{ending}'}" for ending in ENDINGS]
        result = run("convert", "-", *out, "--overwrite", stdin=data)
        assert result.code in (0, 1), (number, result.err)
        assert len(result.err.splitlines()) <= 1, (number, result.err)
        assert not result.err or result.err.startswith("ser-live: "), (number, result.err)
