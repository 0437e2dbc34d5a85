"""Figures that others published, and ours from the files beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ser_train.model_page.files import CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, Files

__all__ = ["published_markdown"]

_BAND = "The copy here holds nothing above 5.5 kHz."
_SPLIT = "Speaker-independent too, but not known to be the public split that is used here."
_SHARED = "EmoBox's own folds of this corpus share speakers between training and test, so they are not compared with."


@dataclass(frozen=True, kw_only=True)
class _Published:
    what: str
    system: str
    figure: str
    pretrained: str
    remark: str
    ours: Callable[[Files], str]


def _test(model: str, key: str) -> Callable[[Files], str]:
    def find(files: Files) -> str:
        row = files.row(model, "test", "cremad")
        return "not measured yet" if row is None or row.get(key) is None else f"{row[key]:.3f}"

    return find


def _both(key: str) -> Callable[[Files], str]:
    return lambda files: f"{_test(SHIPPED, key)(files)}; CREMA-D alone: {_test(CREMAD, key)(files)}"


def _pooled(name: str, read: Callable[[dict[str, Any]], float]) -> Callable[[Files], str]:
    def find(files: Files) -> str:
        found = files.folds(name)
        return "not measured yet" if found is None or found["side"] != "test" else f"{read(found):.3f}"

    return find


_ROWS = (
    _Published(
        what="CREMA-D 6, macro-F1",
        system="emotion2vec-base, 90 M parameters, and a head",
        figure="0.649",
        pretrained="yes",
        remark=f"{_BAND} {_SPLIT}",
        ours=_both("macro_f1"),
    ),
    _Published(
        what="CREMA-D 6, macro-F1",
        system="frozen audio tower of Gemma-4-E2B and a head (monica)",
        figure="0.584",
        pretrained="yes",
        remark=f"{_BAND} {_SPLIT}",
        ours=_both("macro_f1"),
    ),
    _Published(
        what="CREMA-D 6, UAR",
        system="one human listener of the voice alone, intended label",
        figure="0.407",
        pretrained="–",
        remark=f"{_BAND} The listeners judged the whole corpus; the model is measured on its test side, towards "
        "whose intended labels it was trained.",
        ours=_both("uar"),
    ),
    _Published(
        what="RAVDESS 8, UAR",
        system="WavLM-large, frozen (EmoBox)",
        figure="0.720",
        pretrained="yes",
        remark="Six folds of four actors as here; which actors share a fold may differ. Full band.",
        ours=_pooled(RAVDESS, lambda found: float(found["mean"]["uar"])),
    ),
    _Published(
        what="RAVDESS 8, UAR",
        system="ResLSTM-SA, 46.8 k parameters",
        figure="0.623 ± 0.012, best 0.652",
        pretrained="no",
        remark="Speaker-independent, its folds may differ. The best small one from scratch that was found. Full band.",
        ours=_pooled(RAVDESS, lambda found: float(found["mean"]["uar"])),
    ),
    _Published(
        what="EMO-DB 7",
        system="ensemble of three CNNs",
        figure="0.91",
        pretrained="not stated",
        remark=f"{_BAND} Its protocol was not compared. {_SHARED}",
        ours=_pooled(EMODB, lambda found: float(found["pooled"]["uar"])),
    ),
    _Published(
        what="cross-corpus, 4 classes, UAR",
        system="Whisper-large-v3 (EmoBox, mean of 12 pairs)",
        figure="0.469",
        pretrained="yes",
        remark="Other pairs of corpora, one trains and one is the test; here all but one train. Of the four corpora "
        "CREMA-D and EMO-DB hold nothing above 5.5 kHz.",
        ours=_pooled(LOCO, lambda found: float(found["mean_over_corpora"]["uar"])),
    ),
)

_OURS = """

Ours are pre-trained as well, so "no" in that column tells what a system had to do without: every network of ours here
began as the convolutions and the two lower layers of Smart Turn v3.2's speech encoder, made of Whisper tiny's, which
learnt words and ends of turns, no emotions, from far more speech. Who spoke there is not known to us: that no actor of
these corpora was among them cannot be promised. What an emotion is, they learnt from the corpora here alone.
"""


def published_markdown(files: Files) -> str:
    """The table of comparisons."""
    header = ("what", "system", "published", "ours", "pre-trained", "what differs")
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    lines += [
        f"| {row.what} | {row.system} | {row.figure} | {row.ours(files)} | {row.pretrained} | {row.remark} |"
        for row in _ROWS
    ]
    return "\n".join(lines) + _OURS
