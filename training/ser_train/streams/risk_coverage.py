"""Confidence beside accuracy: the risk-coverage curve of predictions on streams, and their calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_train.evaluation.bootstrap import interval
from ser_train.evaluation.metrics import expected_calibration_error
from ser_train.streams.scores import RiskCoverage, RiskPoint
from ser_train.streams.stream import Span

__all__ = ["COVERAGE", "JudgedPredictions", "label_at", "risk_coverage", "threshold_at"]

COVERAGE = 0.7
"""Share of the predictions to which the abstention threshold leaves a label."""
_POINTS = tuple(round(0.05 * k, 2) for k in range(1, 21))


@dataclass(frozen=True, kw_only=True)
class JudgedPredictions:
    """Predictions past the warm-up, with their true labels.

    Attributes:
        smoothed: probabilities `(predictions, labels)`.
        truth: index of the label that was spoken where each window ends, `(predictions,)`.
        speakers: of each prediction.
    """

    smoothed: NDArray[np.float64]
    truth: NDArray[np.int64]
    speakers: Sequence[str]


def label_at(spans: Sequence[Span], seconds: float) -> Span:
    """Return the span at that time; in a pause the last one before it, or the first of all."""
    starts = [span.start for span in spans]
    return spans[max(0, int(np.searchsorted(starts, seconds, side="left")) - 1)]


def threshold_at(confidence: NDArray[np.float64]) -> float:
    """Return the confidence that 70 % of the predictions `(predictions,)` reach, rounded down: never fewer reach it."""
    return float(np.floor(1e4 * np.quantile(confidence, 1 - COVERAGE)) / 1e4)


def risk_coverage(judged: JudgedPredictions, shipped: float) -> RiskCoverage:
    """Return the curve, the area under it, what abstention at 70 % coverage gains, and the calibration.

    The surest predictions come first; the risk at a coverage is the share of those that are wrong, and AURC its mean
    over every coverage (Geifman and El-Yaniv 2017, https://arxiv.org/abs/1705.08500).

    Args:
        judged: predictions, one at least.
        shipped: the abstention threshold of the contract.
    """
    confidence = judged.smoothed.max(axis=1)
    right = judged.smoothed.argmax(axis=1) == judged.truth
    order = np.argsort(-confidence, kind="stable")
    risk = np.cumsum(~right[order]) / np.arange(1, len(right) + 1)
    kept = confidence >= shipped
    pairs = list(zip(confidence.tolist(), right.tolist(), strict=True))
    by_speaker: dict[str, list[tuple[float, bool]]] = {}
    for speaker, pair in zip(judged.speakers, pairs, strict=True):
        by_speaker.setdefault(speaker, []).append(pair)
    return RiskCoverage(
        predictions=len(right),
        speakers=len(by_speaker),
        aurc=round(float(risk.mean()), 4),
        accuracy=round(float(right.mean()), 4),
        coverage=COVERAGE,
        threshold=threshold_at(confidence),
        accuracy_at_coverage=round(float(1 - risk[_last(COVERAGE, len(risk))]), 4),
        gain=round(_gain(pairs), 4),
        gain_interval=interval(by_speaker, _gain),
        shipped_threshold=shipped,
        coverage_at_shipped=round(float(kept.mean()), 4),
        accuracy_at_shipped=round(float(right[kept].mean()), 4) if kept.any() else None,
        curve=tuple(RiskPoint(coverage=c, risk=round(float(risk[_last(c, len(risk))]), 4)) for c in _POINTS),
        ece=round(expected_calibration_error(judged.smoothed, judged.truth), 4),
    )


def _gain(pairs: Sequence[tuple[float, bool]]) -> float:
    """Return the accuracy of the surest 70 % of `(confidence, right)`, less that of all."""
    right = np.array([right for _, right in sorted(pairs, key=lambda pair: -pair[0])], float)
    return float(right[: _last(COVERAGE, len(right)) + 1].mean() - right.mean())


def _last(coverage: float, count: int) -> int:
    return max(1, round(coverage * count)) - 1
