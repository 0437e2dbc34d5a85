"""Search smoothing, evidence and abstention on what the live path said once: nothing is run again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from ser_live.config import Settings
from ser_live.session import SHOWING
from ser_live.smoothing import Smoother
from ser_live.types import Prediction
from ser_train.evaluation.bootstrap import finite, quantile
from ser_train.evaluation.metrics import expected_calibration_error
from ser_train.streams.inference import HeardStream, Utterance
from ser_train.streams.metrics import diarization_error, flips, right_delay
from ser_train.streams.risk_coverage import COVERAGE, Judged, threshold_at
from ser_train.streams.score_card import held_labels, judge, show
from ser_train.streams.stream import changes_of

__all__ = ["RULE", "Setting", "choose", "search", "smooth_again"]

_TIME_CONSTANTS = (0.0, 0.25, 0.5, 1.0, 2.0)
_WARM_UPS = (0.75, 1.0)
_EVIDENCE = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0)
_DELAY, _FLIPS = 1.5, 3.0  # the bars
_CALIBRATION = 0.03  # the goal
_PRICE = 0.01  # of what is shown in speech, that may be right less often than at best

RULE = (
    f"among the settings whose smoothed probabilities have a calibration error of at most {_CALIBRATION:g} (if none "
    f"has, all), those whose held label is right at most {_PRICE:g} less often than the best's, at {COVERAGE:.0%} "
    f"coverage: the fewest flips a minute with a median delay of at most {_DELAY:g} s; where none is that quick, the "
    f"one whose worse of delay / {_DELAY:g} s and flips / {_FLIPS:g} is least"
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting that is tried, as `ser_live.smoothing.Smoother` takes it."""

    time_constant: float
    warm_up: float
    threshold: float
    evidence: float


def smooth_again(heard: Sequence[HeardStream], setting: Setting) -> list[HeardStream]:
    """The same streams as the live path would have smoothed them with that setting."""
    smoother = Smoother(**vars(setting))
    return [
        replace(one, utterances=tuple(_utterance(utterance, smoother) for utterance in one.utterances)) for one in heard
    ]


def _utterance(utterance: Utterance, smoother: Smoother) -> Utterance:
    smoother.reset()
    predictions: list[Prediction] = []
    before = 0.0  # seconds of speech in the window before
    for p in utterance.predictions:
        grown = p.speech_seconds - before
        labels = list(p.probabilities)
        smoothed, leader, state = smoother.feed(
            np.array(list(p.probabilities.values())),
            new_speech=grown if grown > 0 else Settings.step,  # a window that is full grows no more
            speech=p.speech_seconds,
        )
        said = dict(zip(labels, smoothed.tolist(), strict=True))
        predictions.append(replace(p, smoothed=said, label=labels[leader], state=state))
        before = p.speech_seconds
    return replace(utterance, predictions=tuple(predictions))


def search(heard: Sequence[HeardStream], labels: Sequence[str], progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Try every setting and choose one; the log holds all of them.

    Args:
        heard: streams of validation speakers.
        labels: of the model.
        progress: is told how many settings of how many are tried.
    """
    used = [one for one in heard if one.stream.kind in ("mixed", "changes", "constant")]
    grid = list(product(_TIME_CONSTANTS, _WARM_UPS, _EVIDENCE))
    rows = []
    averages: dict[tuple[float, float], tuple[float, float]] = {}  # threshold and error, whatever commits to a label
    for done, (constant, warm_up, evidence) in enumerate(grid, 1):
        setting = Setting(time_constant=constant, warm_up=warm_up, threshold=0.0, evidence=evidence)
        key = constant, warm_up
        if key not in averages:
            averages[key] = _average(judge(smooth_again(used, setting), labels))
        threshold, error = averages[key]
        setting = replace(setting, threshold=threshold)
        rows.append({**vars(setting), "ece": error, **_figures(smooth_again(used, setting))})
        progress(done, len(grid))
    return {"rule": RULE, "chosen": choose(rows), "tried": rows}


def _average(judged: Judged) -> tuple[float, float]:
    """The abstention threshold of the coverage, and the calibration error."""
    if not len(judged.truth):
        return 0.0, 0.0
    error = expected_calibration_error(judged.smoothed, judged.truth)
    return threshold_at(judged.smoothed.max(axis=1)), round(error, 4)


def choose(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The row that the rule asks for; a median delay of None is infinite."""
    able = [row for row in rows if row["ece"] <= _CALIBRATION] or rows
    best = max(row["right"] for row in able)
    able = [row for row in able if row["right"] >= best - _PRICE]
    quick = [row for row in able if _delay(row) <= _DELAY]
    if quick:
        return min(quick, key=lambda row: (row["flips_per_minute"], _delay(row)))
    return min(able, key=lambda row: (max(_delay(row) / _DELAY, row["flips_per_minute"] / _FLIPS), row["never"]))


def _delay(row: dict[str, Any]) -> float:
    return math.inf if row["median_delay"] is None else float(row["median_delay"])


def _as_held(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return the label that is held, also while a rival leads it.

    The screen shows none then. If the search did so too, a setting that seldom commits would hide more and so be right
    more often: settings are compared at one coverage.
    """
    held = held_labels(predictions)
    return [label if p.state in SHOWING else None for p, label in zip(predictions, held, strict=True)]


def _figures(heard: Sequence[HeardStream]) -> dict[str, Any]:
    timelines = show(heard, _as_held)
    delays = [
        right_delay(change, shown)
        for one, shown in timelines
        if one.stream.kind == "changes"
        for change in changes_of(one.stream.spans, one.stream.seconds)
    ]
    steady = [(one.stream.spans, shown) for one, shown in timelines if one.stream.kind == "constant"]
    minutes = sum(span.end - span.start for spans, _ in steady for span in spans) / 60
    errors = [diarization_error(one.stream.spans, shown) for one, shown in timelines]
    sums = {part: sum(row[part] for row in errors) for part in ("speech", "missed", "false_alarm", "confusion")}
    said, seconds = sums["speech"] - sums["missed"], sum(one.stream.seconds for one, _ in timelines)
    return {
        "median_delay": finite(quantile(delays, 0.5)) if delays else None,
        "p90_delay": finite(quantile(delays, 0.9)) if delays else None,
        "never": round(sum(map(math.isinf, delays)) / max(1, len(delays)), 4),
        "flips_per_minute": round(sum(flips(shown) for _, shown in steady) / max(minutes, 1e-9), 2),
        "right": round(1 - sums["confusion"] / said, 4) if said else 0.0,
        "error_rate": round((sums["missed"] + sums["false_alarm"] + sums["confusion"]) / max(seconds, 1e-9), 4),
        "missed": round(sums["missed"] / max(seconds, 1e-9), 4),
    }
