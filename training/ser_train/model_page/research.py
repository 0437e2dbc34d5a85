"""The research log, `docs/research.toml`: one entry a trial, what became of it, and with which figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ser_train.errors import TrainingError
from ser_train.reporting.prose import sentence
from ser_train.reporting.table import markdown_table
from ser_train.settings import fill, read_toml, shares

__all__ = ["Trial", "read_research", "research_markdown"]

_CELL = 45  # characters


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of a trial.

    Attributes:
        changed: against the trial before it that was kept, in a few words.
        recipe: name or file of the recipe, or what it was made of.
        epochs: trained.
        seed: of the run.
        uar: of the validation speakers, pooled, 0 to 1.
        corpora: the same of each corpus.
        gaps: largest minus smallest UAR of the groups of speakers, by `sex`, `age` or `ethnicity`.
        verdict: what became of it.
        remark: what was learnt, where there is anything to say.
    """

    changed: str
    recipe: str
    epochs: int
    seed: int
    uar: float
    corpora: Mapping[str, float] = field(default_factory=dict)
    gaps: Mapping[str, float] = field(default_factory=dict)
    verdict: Literal["kept", "dropped", "open"]
    remark: str = ""

    def __post_init__(self) -> None:
        shares(self, "uar")
        for name in ("corpora", "gaps"):
            table = getattr(self, name)
            if not isinstance(table, Mapping) or not all(
                isinstance(value, float) and 0 <= value <= 1 for value in table.values()
            ):
                raise TrainingError(f"`{name}` must be a table of UAR from 0.0 to 1.0, not {table!r}")


def read_research(path: Path) -> tuple[str, list[Trial]]:
    """Return the protocol of the log and its trials in their order; an empty one where there is no log.

    Raises:
        TrainingError: if it cannot be read, or an entry is not understood.
    """
    if not path.exists():
        return "", []
    raw = read_toml(path, "the research log")
    entries = raw.get("trial", [])
    if set(raw) - {"protocol", "trial"} or not isinstance(raw.get("protocol"), str) or not isinstance(entries, list):
        raise TrainingError(f"{path} must hold `protocol`, a text, and entries [[trial]], nothing else")
    return raw["protocol"], [fill(Trial, entry, f"{path}: trial {n}") for n, entry in enumerate(entries, 1)]


def research_markdown(protocol: str, trials: list[Trial]) -> str:
    """Return the log: a table of the figures, with a column for each corpus that occurs, and an entry a trial."""
    if not trials:
        return "No trial is written down yet: `docs/research.toml`.\n"
    corpora = list(dict.fromkeys(name for trial in trials for name in trial.corpora))
    header = [None, "changed", "verdict", "UAR", *corpora]
    rows = []
    for n, trial in enumerate(trials, 1):
        by_corpus = [f"{trial.corpora[name]:.3f}" if name in trial.corpora else "–" for name in corpora]
        rows.append([str(n), _short(trial.changed), trial.verdict, f"{trial.uar:.3f}", *by_corpus])
    entries = "".join(f"{n}. {_entry(trial)}\n" for n, trial in enumerate(trials, 1))
    return f"{sentence(protocol)}\n\n{markdown_table(header, rows)}\nEach trial, with what was learnt:\n\n{entries}"


def _short(text: str) -> str:
    """Return the first words, as many as a cell of a table holds."""
    return text if len(text) <= _CELL else textwrap.shorten(text, _CELL, placeholder=" …")


def _entry(trial: Trial) -> str:
    epochs = "1 epoch" if trial.epochs == 1 else f"{trial.epochs} epochs"
    run = f"Recipe: {trial.recipe}; {epochs}, seed {trial.seed}."
    remark = f" {sentence(trial.remark)}" if trial.remark else ""
    return f"{sentence(trial.changed)} {run} UAR {trial.uar:.3f}, **{trial.verdict}**.{remark}"
