# ruff: noqa: E402 - what imports matplotlib comes after the skip where there is none
"""The page of an evaluation stands alone, is well formed and says what the figures stand on."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from made_results import made_scores

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import matplotlib.image
from ser_train.reporting.html import evaluation_page
from ser_train.reporting.plots import evaluation_picture
from ser_train.splits import SHARED

_VOID = {"meta", "source", "img"}


class _Reader(HTMLParser):
    """Tags that are open, everything that is fetched, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in ("src", "srcset", "href")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_fetches_nothing() -> None:
    page = evaluation_page(
        "m.onnx", {"validation": {"made": made_scores(), "other": made_scores(), "pooled": made_scores()}}
    )
    reader = _read(page)
    assert len(reader.fetched) == 6  # light and dark of three
    assert all(address.startswith("data:image/png;base64,") for address in reader.fetched)
    assert "http" not in page
    assert not re.search(r"<(script|link|iframe)|@import|url\(", page)
    for address in reader.fetched[:2]:
        assert base64.b64decode(address.partition(",")[2], validate=True).startswith(b"\x89PNG")


def test_the_page_says_protocol_clips_and_speakers() -> None:
    words = _read(
        evaluation_page("m.onnx", {"validation": {"made": made_scores(notes=("a note",)), "pooled": made_scores()}})
    ).words
    assert "Made up. a note." in words
    assert "6 clips of 3 speakers" in words
    assert "validation made" in words
    assert "validation pooled" not in words  # the same as the one corpus
    assert SHARED not in words.lower()


def test_shared_speakers_are_marked_at_every_figure() -> None:
    shared = made_scores(speakers_shared=True)
    words = _read(evaluation_page("m", {"test": {"made": shared, "pooled": shared}})).words
    assert words.count("6 clips of 3 speakers") == words.count(f"count as wrong: 1. {SHARED.capitalize()}")
    assert f"({SHARED})" in words


def test_names_cannot_steer_the_page() -> None:
    hostile = made_scores(notes=("<script>alert(1)</script>",))
    page = evaluation_page("<b>&", {"validation": {'"><i>': hostile, "pooled": hostile}})
    _read(page)
    assert "<script" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_are_readable_in_light_and_dark(dark: bool) -> None:
    pixels = matplotlib.image.imread(BytesIO(evaluation_picture(made_scores(), "made", dark=dark)), format="png")
    assert pixels.shape[0] > 300
    assert pixels.shape[1] > 1000
    corner = float(pixels[0, 0, :3].mean())  # the paper
    assert corner < 0.2 if dark else corner > 0.9
    ink = pixels[..., :3].mean(axis=2)
    assert (abs(ink - corner) > 0.5).mean() > 0.005


def test_the_picture_of_a_model_that_heard_nothing_is_drawn() -> None:
    from made_results import THREE, clip, predicted
    from ser_train.evaluation.clip_scores import score_clips

    silent = score_clips([clip("angry"), clip("sad", "b")], [predicted(), predicted()], THREE, "silence")
    assert (silent.windows, silent.ece, silent.reliability) == (None, None, ())
    assert evaluation_picture(silent, "silence").startswith(b"\x89PNG")
    _read(evaluation_page("m", {"validation": {"made": silent, "pooled": silent}}))
