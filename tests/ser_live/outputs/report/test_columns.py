"""What the page's script gets is what the records say."""

from __future__ import annotations

import base64
import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from made_call import LABELS, records_of, session_of, summary_of
from reports import Page, made_report, payload, report_of

from ser_live.errors import OutputError
from ser_live.outputs.report import Report
from ser_live.outputs.report.columns import STATES, milliseconds
from ser_live.outputs.stretches import Stretches
from ser_live.types import Prediction

LANES = ("Agent", "Customer")


def column(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_every_prediction_of_every_lane_is_there(tmp_path) -> None:
    records = made_report(tmp_path / "page.html", LANES, 120.0)
    data = payload((tmp_path / "page.html").read_text("utf-8"))
    assert [lane["name"] for lane in data["lanes"]] == list(LANES)
    for lane in data["lanes"]:
        mine = [r for r in records if isinstance(r, Prediction) and r.lane == lane["name"]]
        assert len(mine) > 50
        assert list(column(lane["ends"], "<u4")) == [round(1000 * p.end) for p in mine]
        assert list(column(lane["lengths"], "<u2")) == [round(1000 * (p.end - p.start)) for p in mine]
        assert list(column(lane["speech"], "<u2")) == [round(1000 * p.speech_seconds) for p in mine]
        said = column(lane["said"], "u1")
        assert [STATES[byte >> 4] for byte in said] == [p.state for p in mine]
        assert [LABELS[byte & 15] for byte in said] == [p.label for p in mine]
        for name, field in (("smoothed", "smoothed"), ("window", "probabilities")):
            shares = column(lane[name], "<u2").reshape(-1, len(LABELS)) / 10_000
            wanted = np.array([[getattr(p, field)[label] for label in LABELS] for p in mine])
            np.testing.assert_allclose(shares, wanted, atol=0.5e-4)
        assert list(column(lane["heardCounts"], "u1")) == [len(p.attention) for p in mine]
        heard = (column(lane["heard"], "u1") / 255) ** 2
        np.testing.assert_allclose(heard, [s for p in mine for s in p.attention], atol=0.003)


def test_utterances_and_stretches_are_those_of_the_records(tmp_path) -> None:
    records = made_report(tmp_path / "page.html", LANES, 120.0)
    fold = Stretches(session_of(LANES, 120.0))
    stretches = [s for record in records for s in fold.take(record)] + fold.close(summary_of(LANES, 120.0))
    for lane in payload((tmp_path / "page.html").read_text("utf-8"))["lanes"]:
        spoken = [
            r
            for r in records
            if not isinstance(r, Prediction) and r.kind == "speech" and r.lane == lane["name"] and r.end
        ]
        times = [t for r in spoken for t in (round(1000 * r.start), round(1000 * r.end))]
        assert list(column(lane["utterances"], "<u4")) == times
        mine = [s for s in stretches if s.lane == lane["name"]]
        assert [[s[0], s[1], LABELS[s[2]]] for s in lane["stretches"]] == [
            [milliseconds(s.start), milliseconds(s.end), s.label] for s in mine
        ]


def test_an_hour_of_two_lanes_that_both_always_speak_stays_under_three_megabytes() -> None:
    one = [r for r in records_of((), 3600.0) if isinstance(r, Prediction)]
    wanted = 2 * 3600 * 4  # predictions: a step of speech is 0.25 s
    records = [
        Prediction(**{**vars(r), "lane": lane, "start": n / 4, "end": n / 4 + 2.5, "available": n / 4 + 3})
        for n, r in zip(range(wanted // 2), one * 10, strict=False)
        for lane in LANES
    ]
    assert len(records) == wanted
    text = report_of(session_of(LANES, 3600.0), records, summary_of(LANES, 3600.0))
    assert len(text.encode()) < 3_000_000


def test_a_prediction_takes_tens_of_bytes_while_the_session_runs() -> None:
    records = list(records_of((), 4000.0))
    report = Report(Page())
    report.open(session_of((), 4000.0))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for record in records:
        report.take(record)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown / len(records) < 130


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_that_gives_no_number_is_one_sentence(value: float) -> None:
    first = next(r for r in records_of() if isinstance(r, Prediction))
    report = Report(Page())
    report.open(session_of())
    with pytest.raises(OutputError, match="the model gave a value that is not a number"):
        report.take(replace(first, smoothed={**first.smoothed, "happy": value}))


def test_values_out_of_range_are_limited() -> None:
    extreme = Prediction(
        start=-5.0,
        end=1e9,
        available=1e9,
        speech_seconds=1e6,
        probabilities=dict.fromkeys(LABELS, -0.0001),
        smoothed=dict.fromkeys(LABELS, 1.0001),
        label="angry",
        state="committed",
        attention=(1.5, -0.5) * 200,
    )
    lane = payload(report_of(session_of(), [extreme], {}))["lanes"][0]
    assert column(lane["ends"], "<u4")[0] == 0xFFFF_FFFF
    assert set(column(lane["smoothed"], "<u2")) == {10_000}
    assert set(column(lane["window"], "<u2")) == {0}
    assert set(column(lane["heard"], "u1")) == {0, 255}
    assert len(column(lane["heard"], "u1")) == column(lane["heardCounts"], "u1")[0] == 255
    assert math.isclose(column(lane["speech"], "<u2")[0], 65_535)
