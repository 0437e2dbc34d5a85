"""Search smoothing, evidence and abstention on predictions that the live path gave once: nothing is run again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from ser_live.config import Settings
from ser_live.session import SHOWING
from ser_live.smoothing import Smoother
from ser_live.types import Prediction
from ser_train.evaluation.bootstrap import finite, quantile
from ser_train.evaluation.metrics import expected_calibration_error
from ser_train.streams.inference import StreamPredictions, Utterance
from ser_train.streams.metrics import diarization_error, flips, right_delay, total_error
from ser_train.streams.risk_coverage import COVERAGE, JudgedPredictions, threshold_at
from ser_train.streams.score_card import held_labels, judge, show
from ser_train.streams.score_file import Setting, Trial
from ser_train.streams.stream import changes_of

__all__ = ["RULE", "choose", "search", "smooth_again"]

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


def smooth_again(streams: Sequence[StreamPredictions], setting: Setting) -> list[StreamPredictions]:
    """Return the same streams as the live path would have smoothed them with that setting."""
    smoother = Smoother(**vars(setting))
    return [
        replace(each, utterances=tuple(_utterance(utterance, smoother) for utterance in each.utterances))
        for each in streams
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
        by_label = dict(zip(labels, smoothed.tolist(), strict=True))
        predictions.append(replace(p, smoothed=by_label, label=labels[leader], state=state))
        before = p.speech_seconds
    return replace(utterance, predictions=tuple(predictions))


def search(
    streams: Sequence[StreamPredictions], labels: Sequence[str], progress: Callable[[int, int], None]
) -> list[Trial]:
    """Try every setting of the grid and return its scores.

    Args:
        streams: of validation speakers.
        labels: of the model.
        progress: called with how many settings of how many are tried.
    """
    used = [each for each in streams if each.stream.kind in ("mixed", "changes", "constant")]
    grid = list(product(_TIME_CONSTANTS, _WARM_UPS, _EVIDENCE))
    trials = []
    averages: dict[tuple[float, float], tuple[float, float]] = {}  # threshold and error, whatever commits to a label
    for done, (constant, warm_up, evidence) in enumerate(grid, 1):
        setting = Setting(time_constant=constant, warm_up=warm_up, threshold=0.0, evidence=evidence)
        key = constant, warm_up
        if key not in averages:
            averages[key] = _average(judge(smooth_again(used, setting), labels))
        threshold, error = averages[key]
        setting = replace(setting, threshold=threshold)
        trials.append(_trial(setting, error, smooth_again(used, setting)))
        progress(done, len(grid))
    return trials


def _average(judged: JudgedPredictions) -> tuple[float, float]:
    """Return the abstention threshold of the coverage, and the calibration error."""
    if not len(judged.truth):
        return 0.0, 0.0
    error = expected_calibration_error(judged.smoothed, judged.truth)
    return threshold_at(judged.smoothed.max(axis=1)), round(error, 4)


def choose(trials: Sequence[Trial]) -> Trial:
    """Return the trial that the rule asks for."""
    able = [trial for trial in trials if trial.ece <= _CALIBRATION] or trials
    best = max(trial.right for trial in able)
    able = [trial for trial in able if trial.right >= best - _PRICE]
    quick = [trial for trial in able if _delay(trial) <= _DELAY]
    if quick:
        return min(quick, key=lambda trial: (trial.flips_per_minute, _delay(trial)))
    return min(able, key=lambda trial: (max(_delay(trial) / _DELAY, trial.flips_per_minute / _FLIPS), trial.never))


def _delay(trial: Trial) -> float:
    return math.inf if trial.median_delay is None else trial.median_delay


def _as_held(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return the label that is held, also while a rival leads it.

    The screen shows none then. If the search did so too, a setting that seldom commits would hide more and so be right
    more often: settings are compared at one coverage.
    """
    held = held_labels(predictions)
    return [label if p.state in SHOWING else None for p, label in zip(predictions, held, strict=True)]


def _trial(setting: Setting, ece: float, streams: Sequence[StreamPredictions]) -> Trial:
    timelines = show(streams, _as_held)
    delays = [
        right_delay(change, shown)
        for each, shown in timelines
        if each.stream.kind == "changes"
        for change in changes_of(each.stream.spans, each.stream.seconds)
    ]
    steady = [(each.stream, shown) for each, shown in timelines if each.stream.kind == "constant"]
    minutes = sum(stream.speech_seconds for stream, _ in steady) / 60
    total = total_error([diarization_error(each.stream.spans, shown) for each, shown in timelines])
    seconds = max(sum(each.stream.seconds for each, _ in timelines), 1e-9)
    return Trial(
        **vars(setting),
        ece=ece,
        median_delay=finite(quantile(delays, 0.5)) if delays else None,
        p90_delay=finite(quantile(delays, 0.9)) if delays else None,
        never=round(sum(map(math.isinf, delays)) / max(1, len(delays)), 4),
        flips_per_minute=round(sum(flips(shown) for _, shown in steady) / max(minutes, 1e-9), 2),
        right=round(total.right_of_shown or 0.0, 4),
        error_rate=round(total.wrong / seconds, 4),
        missed=round(total.missed / seconds, 4),
    )
