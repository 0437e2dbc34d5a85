"""The call sheet of made conversations, with the values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ser_live.lanes.talk import Talk


def sheet(seconds: float, *lanes: list[tuple[float, float]], piece: int = 100_000) -> dict[str, Any]:
    """Feed speech from `(start, end)` in seconds, with a power of 0.01."""
    speech = np.zeros((len(lanes), round(seconds * 100)), np.bool_)
    for row, spoken in zip(speech, lanes, strict=True):
        for start, end in spoken:
            row[round(start * 100) : round(end * 100)] = True
    talk = Talk(len(lanes))
    power = np.full(speech.shape, 0.01, np.float32)
    for at in range(0, speech.shape[1], piece):
        talk.feed(speech[:, at : at + piece], power[:, at : at + piece])
    return talk.fields([f"lane {i}" for i in range(len(lanes))], seconds)


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_talk_silence_and_overlap(piece: int) -> None:
    found = sheet(20.0, [(1, 5), (10, 12)], [(4, 9), (15, 16)], piece=piece)
    assert (found["silence_seconds"], found["overlap_seconds"]) == (9.0, 1.0)
    first, second = found["lanes"]
    assert (first["name"], first["talk_seconds"], first["talk_share"]) == ("lane 0", 6.0, 0.3)
    assert (second["talk_seconds"], second["talk_share"]) == (6.0, 0.3)
    assert first["level_dbfs"] == second["level_dbfs"] == -20.0


def test_an_interruption_comes_in_the_middle_and_goes_on() -> None:
    once = sheet(20.0, [(0, 10)], [(3, 6)])
    assert [lane["interruptions"] for lane in once["lanes"]] == [0, 1]
    short = sheet(20.0, [(0, 10)], [(3, 3.9)])  # "mm-hm"
    assert [lane["interruptions"] for lane in short["lanes"]] == [0, 0]
    early = sheet(20.0, [(0, 10)], [(0.9, 6)])  # both began at nearly the same time
    assert [lane["interruptions"] for lane in early["lanes"]] == [0, 0]
    after = sheet(20.0, [(0, 3)], [(3, 6)])  # no overlap
    assert [lane["interruptions"] for lane in after["lanes"]] == [0, 0]
    breath = sheet(20.0, [(0, 2.9), (3.05, 8)], [(3.5, 6)])  # a pause of 150 ms does not end the other's speech
    assert [lane["interruptions"] for lane in breath["lanes"]] == [0, 1]


def test_responses_are_the_silences_between_two_voices() -> None:
    found = sheet(60.0, [(0, 2), (5, 6), (6.5, 8), (30, 31)], [(2.5, 4), (9, 10)])
    first, second = (lane["responses"] for lane in found["lanes"])
    assert second == {"count": 2, "median_seconds": 0.75, "p90_seconds": 0.95}  # 0.5 and 1.0
    assert first == {"count": 1, "median_seconds": 1.0, "p90_seconds": 1.0}  # 20 s later is no response
    assert sheet(5.0, [(0, 1), (2, 3)])["lanes"][0]["responses"]["count"] == 0
    overlap = sheet(20.0, [(0, 4)], [(3, 6)])  # it began before the other had ended
    assert overlap["lanes"][1]["responses"]["count"] == 0


def test_nobody_speaks() -> None:
    (lane,) = sheet(3.0, [])["lanes"]
    assert (lane["talk_seconds"], lane["level_dbfs"], lane["responses"]["median_seconds"]) == (0.0, None, None)
    assert Talk(1).fields([None], 0.0)["lanes"][0]["talk_share"] == 0.0
