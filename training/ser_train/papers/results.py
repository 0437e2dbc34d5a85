"""Results of a row under a protocol, from its finished folds: everything that the table, the page and a reader need."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ser_train.errors import TrainingError
from ser_train.papers.experiment import Bench
from ser_train.papers.metrics import METRICS, figures, grouped, intervals, spread
from ser_train.papers.system import Row
from ser_train.provenance import commit

__all__ = ["cost", "read_result", "results"]


def results(bench: Bench, finished: Sequence[Sequence[Mapping[str, Any]]], folds: int) -> dict[str, Any]:
    """Everything there is to say of a run.

    Args:
        bench: that it was made with.
        finished: of each seed, its folds, as `ser_train.papers.run.run_fold` gives them.
        folds: how many the protocol has; fewer may be finished.
    """
    row, labels = bench.row, bench.labels
    seeds = []
    for own in finished:
        truth, said = (np.array([x for one in own for x in one[key]], np.int64) for key in ("truth", "said"))
        parts = [
            {"fold": one["fold"], "train_clips": one["train_clips"], "train_rows": one["train_rows"]}
            | {"train_speakers": one["train_speakers"], "validation_rows": one["validation_rows"]}
            | {"epochs": len(one["history"]), "kept": one["epoch"]}
            | {"seconds": round(sum(epoch["seconds"] for epoch in one["history"]), 1), "device": one["device"]}
            | {k: v for k, v in _of(one["truth"], one["said"], labels).items() if k in ("rows", *METRICS)}
            for one in own
        ]
        heard = [corpus for one in own for corpus in one["corpora"]]
        corpora = {name: np.array([corpus == name for corpus in heard]) for name in sorted(set(heard))}
        seeds.append(
            {"seed": own[0]["seed"]}
            | figures(truth, said, labels)
            | {"groups": grouped(truth, said, labels, row.groups)}
            | {
                "corpora": {
                    name: {k: v for k, v in figures(truth[c], said[c], labels).items() if k in ("rows", *METRICS)}
                    for name, c in corpora.items()
                }
            }
            | {"folds": parts}
        )
    first = finished[0]
    every = [one for own in finished for one in own]
    truth, said = (np.array([x for one in every for x in one[key]], np.int64) for key in ("truth", "said"))
    speakers = [speaker for one in every for speaker in one["speakers"]]
    notes = [*row.notes, *dict.fromkeys(note for one in first for note in one["notes"])]
    notes += [f"without {name.upper()}, which is not at hand" for name in bench.material.absent]
    done = len(first)
    if done < folds:
        notes.append(f"{done} of {folds} folds {'are' if done > 1 else 'is'} run")
    if bench.settings.epochs < row.fit_for(bench.protocol).epochs:
        notes.append(f"{bench.settings.epochs} epochs at most, instead of {row.fit_for(bench.protocol).epochs}")
    return {
        "row": row.name,
        "paper": row.paper,
        "title": row.title,
        "protocol": bench.protocol,
        "text": row.protocols[bench.protocol].text,
        "published": row.published or None,
        "metric": row.metric,
        "clips": len({(one["corpora"][i], name) for one in first for i, name in enumerate(one["clips"])}),
        "speakers": len({speaker for one in first for speaker in one["speakers"]}),
        "rows": sum(len(one["truth"]) for one in first),
        **{name: spread([float(seed[name]) for seed in seeds]) for name in METRICS},
        "intervals": intervals(truth, said, speakers, len(labels)),
        "seeds": seeds,
        "curves": [{name: round(value, 5) for name, value in epoch.items()} for epoch in first[0]["history"]],
        "held": "validation" if first[0]["validation_rows"] else "test",
        "cost": cost(bench, every, folds),
        "notes": notes,
        "commit": ", ".join(dict.fromkeys(one.get("commit") or commit() for one in every)),  # older folds kept none
    }


def cost(bench: Bench, finished: Sequence[Mapping[str, Any]], folds: int) -> dict[str, Any]:
    """Seconds of an epoch as measured, and what a whole run of one seed has of them at most."""
    seconds = [epoch["seconds"] for one in finished for epoch in one["history"]]
    return {
        "seconds_per_epoch": round(float(np.mean(seconds)), 2),
        "epochs": bench.row.fit_for(bench.protocol).epochs,
        "folds": folds,
        "device": finished[0]["device"],
    }


def read_result(folder: Path, row: Row, protocol: str) -> dict[str, Any] | None:
    """Results that were written; None where there are none.

    Raises:
        TrainingError: for a file that holds something else.
    """
    path = folder / row.name / f"{protocol}.json"
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name in METRICS:
            found[name]["mean"], found["clips"], found["speakers"], found["intervals"]
            found["seeds"][0]["folds"], found["cost"]
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise TrainingError(
            f"{path} holds no results of a row ({error!r}): make it with ser-train paper {row.name}"
        ) from None
    return found


def _of(truth: Sequence[int], said: Sequence[int], labels: Sequence[str]) -> dict[str, Any]:
    return figures(np.array(truth, np.int64), np.array(said, np.int64), labels)
