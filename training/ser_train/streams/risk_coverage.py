"""Confidence against being right: the risk-coverage curve of a stream's predictions, and their calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_train.evaluation.bootstrap import interval
from ser_train.evaluation.metrics import expected_calibration_error
from ser_train.streams.stream import Span

__all__ = ["COVERAGE", "Judged", "label_at", "risk_coverage", "threshold_at"]

COVERAGE = 0.7
"""Share of the predictions to which the abstention threshold leaves a label."""
_POINTS = tuple(round(0.05 * k, 2) for k in range(1, 21))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Predictions past the warm-up, with what was true.

    Attributes:
        smoothed: `(predictions, labels)`.
        truth: index of the label that was spoken where each window ends, `(predictions,)`.
        groups: the speaker of each.
    """

    smoothed: NDArray[np.float64]
    truth: NDArray[np.int64]
    groups: Sequence[str]


def label_at(spans: Sequence[Span], seconds: float) -> Span:
    """Who spoke at that time; in a pause, who spoke last (or first, before anybody did)."""
    starts = [span.start for span in spans]
    return spans[max(0, int(np.searchsorted(starts, seconds, side="left")) - 1)]


def threshold_at(confidence: NDArray[np.float64]) -> float:
    """Confidence that the coverage's share of the predictions reaches, or more of them: rounded down."""
    return float(np.floor(1e4 * np.quantile(confidence, 1 - COVERAGE)) / 1e4)


def risk_coverage(judged: Judged, shipped: float) -> dict[str, Any]:
    """The curve, the area under it, what abstention at 70 % coverage gains, and the calibration.

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
    by_speaker = {
        name: [
            (float(c), bool(r)) for c, r, group in zip(confidence, right, judged.groups, strict=True) if group == name
        ]
        for name in sorted(set(judged.groups))
    }
    return {
        "predictions": len(right),
        "speakers": len(by_speaker),
        "aurc": round(float(risk.mean()), 4),
        "accuracy": round(float(right.mean()), 4),
        "coverage": COVERAGE,
        "threshold": threshold_at(confidence),
        "accuracy_at_coverage": round(float(1 - risk[_last(COVERAGE, len(risk))]), 4),
        "gain": round(_gain(list(zip(confidence.tolist(), right.tolist(), strict=True))), 4),
        "gain_interval": interval(by_speaker, _gain),
        "shipped_threshold": shipped,
        "coverage_at_shipped": round(float(kept.mean()), 4),
        "accuracy_at_shipped": round(float(right[kept].mean()), 4) if kept.any() else None,
        "curve": [{"coverage": c, "risk": round(float(risk[_last(c, len(risk))]), 4)} for c in _POINTS],
        "ece": round(expected_calibration_error(judged.smoothed, judged.truth), 4),
    }


def _gain(pairs: Sequence[tuple[float, bool]]) -> float:
    """Accuracy of the surest 70 % of `(confidence, right)`, less that of all."""
    right = np.array([right for _, right in sorted(pairs, key=lambda pair: -pair[0])], float)
    return float(right[: _last(COVERAGE, len(right)) + 1].mean() - right.mean())


def _last(coverage: float, count: int) -> int:
    return max(1, round(coverage * count)) - 1
