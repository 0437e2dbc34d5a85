"""The search in words: what was chosen, and the settings that no other beats."""

from __future__ import annotations

from collections.abc import Sequence

from ser_live.config import Settings
from ser_train.streams.cells import table, value
from ser_train.streams.risk_coverage import COVERAGE
from ser_train.streams.score_file import SearchLog, Trial

__all__ = ["search_markdown"]

_HEAD = (
    *("time constant", "warm-up", "evidence"),
    *("median delay", "90th", "flips a minute", "right", "EDER", "ECE"),
)


def search_markdown(log: SearchLog) -> str:
    """Return the section of the search."""
    chosen = log.chosen
    best = sorted((trial for trial in log.tried if _undominated(trial, log.tried)), key=lambda t: t.median_delay or 0.0)
    return (
        f"## The search\n\n{len(log.tried)} settings, tried on what {log.origin.model} said of validation streams.\n\n"
        f"* Rule: {log.rule}.\n"
        f"* Chosen: time constant {chosen.time_constant:g} s, warm-up {chosen.warm_up:g} s, evidence "
        f"{chosen.evidence:g}, abstention under {chosen.threshold:.3f}: median delay "
        f"{value(chosen.median_delay, 's')}, {chosen.flips_per_minute:.1f} flips a minute.\n"
        f"* The live path ships with: time constant {Settings.smoothing:g} s, warm-up {Settings.warm_up:g} s, "
        f"evidence {Settings.evidence:g}.\n\n"
        f"Settings that no other beats in both delay and flips, at {COVERAGE:.0%} coverage; times in seconds:\n\n"
        f"{table(_HEAD, [_row(t) for t in best])}"
    )


def _row(trial: Trial) -> tuple[str, ...]:
    return (
        f"{trial.time_constant:g}",
        f"{trial.warm_up:g}",
        f"{trial.evidence:g}",
        f"{trial.median_delay:.2f}",
        value(trial.p90_delay, "s"),
        f"{trial.flips_per_minute:.1f}",
        f"{trial.right:.3f}",
        f"{trial.error_rate:.3f}",
        f"{trial.ece:.3f}",
    )


def _undominated(trial: Trial, trials: Sequence[Trial]) -> bool:
    """Whether its label comes at all, and no setting is as quick and steadier, or as steady and quicker."""
    delay, flips = trial.median_delay, trial.flips_per_minute
    return delay is not None and not any(
        other.median_delay is not None
        and other.median_delay <= delay
        and other.flips_per_minute <= flips
        and (other.median_delay < delay or other.flips_per_minute < flips)
        for other in trials
    )
