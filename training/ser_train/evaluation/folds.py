"""Figures over folds: of each one, their mean and spread, and of all their verdicts pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ser_train.evaluation.metrics import Floats, Ints
from ser_train.evaluation.scores import headline
from ser_train.splits import SHARED

__all__ = ["Verdicts", "clip_figures", "pool", "pooled_table"]

_AVERAGED = ("uar", "accuracy", "ece")


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """What a model said of the test clips of one fold, or of several.

    Attributes:
        name: of the fold.
        truth: position of each clip's label among the logits, `(clips,)`.
        said: the same of the verdict, -1 where there is none, `(clips,)`.
        speakers: of each clip.
        corpora: of each clip.
        probabilities: of each clip, `(clips, labels)`; rows without a verdict are not read.
        protocol: of this fold, or empty for the one of them all.
    """

    name: str
    truth: Ints
    said: Ints
    speakers: Sequence[str]
    corpora: Sequence[str]
    probabilities: Floats
    protocol: str = ""

    def of_corpus(self, corpus: str) -> Verdicts:
        """The clips of one corpus alone."""
        own = np.array(self.corpora) == corpus
        return Verdicts(
            name=corpus,
            truth=self.truth[own],
            said=self.said[own],
            speakers=[speaker for speaker, there in zip(self.speakers, own, strict=True) if there],
            corpora=[corpus] * int(own.sum()),
            probabilities=self.probabilities[own],
        )


def clip_figures(verdicts: Verdicts, labels: Sequence[str], protocol: str, *, speakers_shared: bool) -> dict[str, Any]:
    """Figures by clip, ready for JSON; a clip without a verdict counts as wrong.

    `uar_interval` is None for one speaker, of whom nothing can be said about others, `ece` where nothing was said.
    """
    heard = verdicts.said >= 0
    found = headline(verdicts.truth, verdicts.said, verdicts.probabilities[heard], verdicts.speakers, labels)
    return found | {
        "name": verdicts.name,
        "protocol": f"{protocol} [{SHARED}]" if speakers_shared and SHARED not in protocol else protocol,
        "speakers_shared": speakers_shared,
        "without_prediction": int(np.count_nonzero(~heard)),
    }


def pool(
    folds: Sequence[Verdicts], labels: Sequence[str], protocol: str, *, speakers_shared: bool = False
) -> dict[str, Any]:
    """Figures of each fold, of all clips together, and of each corpus, ready for JSON.

    `mean` and `standard_deviation` (n - 1 in the denominator; None of one fold) are over folds, each counting once;
    `mean_over_corpora` is over what `corpora` has of each corpus, all its folds together.
    The interval of the pooled recall is drawn over speakers.

    Args:
        folds: one or more, with one clip or more each.
        labels: in the order of the logits.
        protocol: how the clips were divided, such as `ser_train.splits.pooled_protocol` says it.
        speakers_shared: True if voices of the test are heard in training; every block then says so.
    """
    together = Verdicts(
        name="pooled",
        truth=np.concatenate([fold.truth for fold in folds]),
        said=np.concatenate([fold.said for fold in folds]),
        speakers=[speaker for fold in folds for speaker in fold.speakers],
        corpora=[corpus for fold in folds for corpus in fold.corpora],
        probabilities=np.concatenate([fold.probabilities for fold in folds]),
    )

    def figures(verdicts: Verdicts) -> dict[str, Any]:
        return clip_figures(verdicts, labels, verdicts.protocol or protocol, speakers_shared=speakers_shared)

    rows = [figures(fold) for fold in folds]
    pooled = figures(together)
    values = _values(rows)
    corpora = {name: figures(together.of_corpus(name)) for name in sorted(set(together.corpora))}
    return {
        "protocol": pooled["protocol"],
        "speakers_shared": speakers_shared,
        "labels": list(labels),
        "folds": rows,
        "mean": _means(values),
        "standard_deviation": {
            key: round(float(np.std(own, ddof=1)), 4) if len(own) > 1 else None for key, own in values.items()
        },
        "pooled": pooled,
        "corpora": corpora,
        "mean_over_corpora": _means(_values(list(corpora.values()))),
    }


def _values(rows: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    return {key: [row[key] for row in rows if row[key] is not None] for key in _AVERAGED}


def _means(values: dict[str, list[float]]) -> dict[str, float | None]:
    return {key: round(float(np.mean(own)), 4) if own else None for key, own in values.items()}


def pooled_table(found: dict[str, Any]) -> str:
    """Markdown table of what `pool` found, its protocol above it and what it measures beside every figure."""
    measures = SHARED if found["speakers_shared"] else "new voices"
    rows = [*found["folds"], found["pooled"]]
    if len(found["corpora"]) > 1:
        rows += [row | {"name": f"pooled, {name}"} for name, row in found["corpora"].items()]
    lines = [_row(row, measures) for row in rows]
    if len(found["corpora"]) > 1:
        means = [_spread(found["mean_over_corpora"][key], None) for key in _AVERAGED]
        lines.append(f"| mean over corpora | | | {means[0]} | | {means[1]} | {means[2]} | {measures} |")
    spread = [_spread(found["mean"][key], found["standard_deviation"][key]) for key in _AVERAGED]
    lines.insert(
        len(found["folds"]),
        f"| mean ± standard deviation over folds | | | {spread[0]} | | {spread[1]} | {spread[2]} | {measures} |",
    )
    head = ["| fold | clips | speakers | UAR | 95 % over speakers | accuracy | ECE | measures |", "|---" * 8 + "|"]
    return "\n".join([f"Protocol: {found['protocol']}.", "", *head, *lines]) + "\n"


def _row(row: dict[str, Any], measures: str) -> str:
    interval = "" if row["uar_interval"] is None else "{:.3f} to {:.3f}".format(*row["uar_interval"])
    error = "" if row["ece"] is None else f"{row['ece']:.3f}"
    return (
        f"| {row['name']} | {row['clips']:,} | {row['speakers']} | {row['uar']:.3f} | {interval} "
        f"| {row['accuracy']:.3f} | {error} | {measures} |"
    )


def _spread(mean: float | None, deviation: float | None) -> str:
    if mean is None:
        return ""
    return f"{mean:.3f}" if deviation is None else f"{mean:.3f} ± {deviation:.3f}"
