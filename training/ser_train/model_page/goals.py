"""Where the models must arrive: floors and goals that were set beforehand, and what the files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ser_train.evaluation.headline import Headline
from ser_train.evaluation.scores import ClipScores, ConditionScore
from ser_train.model_page.bar import Bar
from ser_train.model_page.cost_bars import cost_bars
from ser_train.model_page.files import COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, Files
from ser_train.reporting.evaluation_tables import points_interval, protocol_sentence
from ser_train.reporting.table import interval, number

__all__ = ["FOUR", "bars"]

FOUR = ("angry", "happy", "neutral", "sad")
_CONDITIONS = (
    ("telephone band and µ-law", "telephone", ("telephone µ-law",), 4.0, 2.0),
    ("noise at 10 dB", "noise at 10 dB", ("noise 10 dB", "pink noise 10 dB"), 9.0, 5.0),
    ("a simulated living room", "living room", ("room",), 6.0, 3.0),
    ("gain of ±20 dB, the worse", "gain of ±20 dB", ("gain +20 dB", "gain -20 dB"), 1.0, 0.5),
)

_FOLDS = {
    RAVDESS: Bar(
        what="RAVDESS, 8 classes, six speaker-disjoint folds, UAR, mean over folds",
        name="RAVDESS, 8 emotions, folds",
        unit="UAR",
        floor=0.62,
        goal=0.70,
        command=COMMANDS[RAVDESS],
    ),
    EMODB: Bar(
        what="EMO-DB, 7 classes, leave one speaker out, UAR, all clips together",
        name="EMO-DB, 7 emotions, folds",
        unit="UAR",
        floor=0.75,
        goal=0.88,
        command=COMMANDS[EMODB],
    ),
}


def bars(files: Files) -> list[Bar]:
    """Return every line, with what the files hold."""
    return [
        _clips(files, SHIPPED, "the shipped model"),
        _clips(files, CREMAD, "the CREMA-D-only model"),
        _folds(files, RAVDESS),
        _folds(files, EMODB),
        _corpora(files),
        *_robustness(files),
        _clip_calibration(files),
        _stream_calibration(files),
        *cost_bars(files),
    ]


def _clips(files: Files, model: str, whose: str) -> Bar:
    bar = Bar(
        what=f"CREMA-D, 6 classes, public speaker-disjoint split, UAR, {whose}",
        name=f"CREMA-D, 6 emotions, {Path(model).name}",
        unit="UAR",
        floor=0.60,
        goal=0.66,
        command=COMMANDS[f"{model}.json"],
    )
    scores = files.scores(model, "test", "cremad")
    if scores is None:
        return bar
    return replace(bar, measured=scores.uar, stands_on=_stands_on(scores), protocol=protocol_sentence(scores))


def _stands_on(scores: Headline | ConditionScore, uar: str = "") -> str:
    """Return clips, speakers and the interval over them."""
    return f"{_counted(scores)}; {uar}{interval(scores.uar_interval)}"


def _counted(scores: Headline | ConditionScore) -> str:
    return f"{scores.clips:,} clips, {scores.speakers} speakers"


def _folds(files: Files, name: str) -> Bar:
    """Return the bar of RAVDESS, by the mean over folds, or of EMO-DB, by all clips together."""
    by_mean = name == RAVDESS
    bar = _FOLDS[name]
    scores = files.folds(name)
    if scores is None or scores.side != "test":
        return bar
    mean, deviation = scores.mean.uar, scores.standard_deviation.uar
    spread = f"mean over {len(scores.folds)} folds {number(mean)}" + (f" ± {deviation:.3f}" if deviation else "")
    return replace(
        bar,
        measured=mean if by_mean else scores.pooled.uar,
        stands_on=f"{_stands_on(scores.pooled, 'all clips together ')}; {spread}",
        protocol=f"{scores.protocol}.",
    )


def _corpora(files: Files) -> Bar:
    bar = Bar(
        what="leave one corpus out over CREMA-D, RAVDESS, TESS, EMO-DB, 4 classes (angry happy neutral sad), mean UAR",
        name="a corpus never heard, 4 emotions",
        unit="UAR",
        floor=0.48,
        goal=0.58,
        command=COMMANDS[LOCO],
    )
    scores = files.folds(LOCO)
    if scores is None or scores.side != "test" or scores.labels != FOUR:
        return bar
    each = "; ".join(f"{name} {corpus.uar:.3f} ({_stands_on(corpus)})" for name, corpus in scores.corpora.items())
    return replace(bar, measured=scores.mean_over_corpora.uar, stands_on=each, protocol=f"{scores.protocol}.")


def _robustness(files: Files) -> list[Bar]:
    scores = files.scores(SHIPPED, "test", "pooled")
    return [_condition(scores, what, name, names, floor, goal) for what, name, names, floor, goal in _CONDITIONS]


def _condition(scores: ClipScores | None, what: str, name: str, names: Sequence[str], floor: float, goal: float) -> Bar:
    """Return the bar of the worst of some conditions."""
    bar = Bar(
        what=f"the shipped model under {what}: points of UAR lost",
        name=name,
        unit="points lost",
        floor=floor,
        goal=goal,
        form="{:.2f}",
        most=True,
        command=COMMANDS[f"{SHIPPED}.json"],
    )
    by_name = {} if scores is None else {score.condition: score for score in scores.robustness}
    measured = [by_name[name] for name in names if name in by_name]
    if scores is None or not measured:
        return bar
    worst = max(measured, key=lambda score: score.loss)
    lost = points_interval(worst)
    return replace(
        bar,
        measured=round(100 * (scores.uar - worst.uar), 2),
        stands_on=_stands_on(worst, f"UAR {worst.uar:.3f}, ") + (f"; points lost{lost}" if lost else ""),
        protocol=protocol_sentence(scores),
    )


def _clip_calibration(files: Files) -> Bar:
    bar = Bar(
        what="expected calibration error by clip, held-out speakers",
        name="calibration, by clip",
        unit="ECE",
        floor=0.07,
        goal=0.03,
        most=True,
        command=COMMANDS[f"{SHIPPED}.json"],
    )
    scores = files.scores(SHIPPED, "test", "pooled")
    if scores is None or scores.ece is None:
        return bar
    return replace(bar, measured=scores.ece, stands_on=_counted(scores), protocol=protocol_sentence(scores))


def _stream_calibration(files: Files) -> Bar:
    card = (files.json(f"{SHIPPED}.streams.json") or {}).get("test") or {}
    predictions = card.get("predictions") or {}
    counted = (
        f"{predictions['predictions']:,} predictions of {predictions['speakers']} speakers" if predictions else "–"
    )
    return Bar(
        what="expected calibration error of the smoothed probabilities on streams, held-out speakers",
        name="calibration, on streams",
        unit="ECE",
        floor=0.07,
        goal=0.03,
        most=True,
        measured=predictions.get("ece"),
        stands_on=counted,
        protocol=card.get("protocol", ""),
        command=COMMANDS[f"{SHIPPED}.streams.json"],
    )
