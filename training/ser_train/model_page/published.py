"""Figures that others published, and ours from the files beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ser_train.evaluation.folds import PooledScores
from ser_train.evaluation.scores import ClipScores
from ser_train.model_page.files import CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, Files
from ser_train.reporting.table import markdown_table, number

__all__ = ["published_markdown"]

_BAND = "The copy here holds nothing above 5.5 kHz."
_SPLIT = "Speaker-independent too, but not known to be the public split that is used here."
_SHARED = "EmoBox's own folds of this corpus share speakers between training and test, so they do not stand here."


@dataclass(frozen=True, kw_only=True)
class _Published:
    """A published figure, and what ours differ in."""

    what: str
    system: str
    figure: str
    pretrained: str
    remark: str
    ours: Callable[[Files], str]


def _test(model: str, read: Callable[[ClipScores], float]) -> Callable[[Files], str]:
    def find(files: Files) -> str:
        scores = files.scores(model, "test", "cremad")
        return "not measured yet" if scores is None else f"{read(scores):.3f}"

    return find


def _both(read: Callable[[ClipScores], float]) -> Callable[[Files], str]:
    return lambda files: f"{_test(SHIPPED, read)(files)} / {_test(CREMAD, read)(files)}"


def _folds(name: str, read: Callable[[PooledScores], float | None]) -> Callable[[Files], str]:
    def find(files: Files) -> str:
        scores = files.folds(name)
        return "not measured yet" if scores is None or scores.side != "test" else number(read(scores))

    return find


_PUBLISHED = (
    _Published(
        what="CREMA-D 6, macro-F1",
        system="emotion2vec-base, 90 M parameters, and a head",
        figure="0.649",
        pretrained="yes",
        remark=f"{_BAND} {_SPLIT}",
        ours=_both(lambda scores: scores.macro_f1),
    ),
    _Published(
        what="CREMA-D 6, macro-F1",
        system="frozen audio tower of Gemma-4-E2B and a head (monica)",
        figure="0.584",
        pretrained="yes",
        remark=f"{_BAND} {_SPLIT}",
        ours=_both(lambda scores: scores.macro_f1),
    ),
    _Published(
        what="CREMA-D 6, UAR",
        system="one human listener of the voice alone, intended label",
        figure="0.407",
        pretrained="–",
        remark=f"{_BAND} The listeners judged the whole corpus, and nobody taught them the labels. The model is "
        "measured on the test side, and was trained to say the intended label.",
        ours=_both(lambda scores: scores.uar),
    ),
    _Published(
        what="RAVDESS 8, UAR",
        system="WavLM-large, frozen (EmoBox)",
        figure="0.720",
        pretrained="yes",
        remark="Six folds of four actors as here; which actors share a fold may differ. Full band.",
        ours=_folds(RAVDESS, lambda scores: scores.mean.uar),
    ),
    _Published(
        what="RAVDESS 8, UAR",
        system="ResLSTM-SA, 46.8 k parameters",
        figure="0.623 ± 0.012, best 0.652",
        pretrained="no",
        remark="Speaker-independent, its folds may differ. The best small one from scratch that was found. Full band.",
        ours=_folds(RAVDESS, lambda scores: scores.mean.uar),
    ),
    _Published(
        what="EMO-DB 7",
        system="ensemble of three CNNs",
        figure="0.91",
        pretrained="not stated",
        remark=f"{_BAND} Its protocol was not compared. {_SHARED}",
        ours=_folds(EMODB, lambda scores: scores.pooled.uar),
    ),
    _Published(
        what="cross-corpus, 4 classes, UAR",
        system="Whisper-large-v3 (EmoBox, mean of 12 pairs)",
        figure="0.469",
        pretrained="yes",
        remark="Other pairs of corpora, one trains and one is the test; here all but one train. Of the four corpora "
        "CREMA-D and EMO-DB hold nothing above 5.5 kHz.",
        ours=_folds(LOCO, lambda scores: scores.mean_over_corpora.uar),
    ),
)

_OURS = """
Of two figures the first is of `ser-live`, the second of `ser-live-crema`. "No" under "pre-trained" tells what a system
had to do without, for ours are pre-trained as well: every network here began as the convolutions and the two lower
layers of Smart Turn v3.2's speech encoder, made of Whisper tiny's. It learnt words and ends of turns, no emotions, from
far more speech. Who spoke there is not known to us: that no actor of these corpora was among them cannot be promised.
What an emotion is, the networks learnt from the corpora here alone.
"""


def published_markdown(files: Files) -> str:
    """Return the table of comparisons, what differs in each, and how ours were trained."""
    header = (None, "what", "system", "published", "ours", "pre-trained")
    rows = [
        [str(n), entry.what, entry.system, entry.figure, entry.ours(files), entry.pretrained]
        for n, entry in enumerate(_PUBLISHED, 1)
    ]
    lines: dict[str, list[str]] = {}
    for n, entry in enumerate(_PUBLISHED, 1):
        lines.setdefault(entry.remark, []).append(str(n))
    remarks = "".join(f"* {', '.join(numbers)}: {remark}\n" for remark, numbers in lines.items())
    return f"{markdown_table(header, rows)}\nWhat differs:\n\n{remarks}{_OURS}"
