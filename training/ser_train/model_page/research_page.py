"""Sections of `docs/research.md`: how the models were made, every condition and fold, and what was tried."""

from __future__ import annotations

from pathlib import Path

from ser_train.model_page.bars_table import basis_markdown
from ser_train.model_page.files import COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, RESEARCH, Files, fenced, missing
from ser_train.model_page.goals import bars
from ser_train.model_page.published import published_markdown
from ser_train.model_page.research import read_research, research_markdown
from ser_train.model_page.shown import MODELS, picture, tests, title
from ser_train.reporting.evaluation_tables import ROBUSTNESS, evaluation_tables
from ser_train.reporting.fold_table import fold_table
from ser_train.reporting.table import markdown_table

__all__ = ["research_page"]

_HEAD = """\
# How the models were made, and what was tried

Written by `ser-train model-page` from committed files; do not edit. [How good the models are](model.md) says what came
of it. In the commands `DATA` is the folder of the corpora, and `encoder.weights` is the file that `ser-train encoder`
makes. UAR is the unweighted average recall, ECE the expected calibration error, a range the 95 % bootstrap interval
over speakers.
"""

_NUMBERS = "The numbers are those of [the table](model.md#what-was-asked-for-and-what-is-reached).\n"

_FOLDS = {RAVDESS: "RAVDESS, six folds", EMODB: "EMO-DB, leave one speaker out", LOCO: "Leave one corpus out"}


def research_page(files: Files) -> str:
    """Return the whole page."""
    parts = {
        "How the models were made": _made(files),
        "Test conditions": _conditions(files),
        "Folds and corpora": _folds(files),
        "Beside published figures": published_markdown(files),
        "How each figure was measured": f"{_NUMBERS}\n{basis_markdown(bars(files))}",
        "Research log": research_markdown(*read_research(files.root / RESEARCH)),
    }
    return _HEAD + "".join(f"\n## {name}\n\n{body}" for name, body in parts.items())


def _made(files: Files) -> str:
    """Return the command and the training curves of each model, with the epoch that was kept."""
    parts = []
    for model, words in MODELS.items():
        history, curves = files.json(f"{model}.history.json"), files.root / f"{model}.png"
        if history is None or not curves.exists():
            parts.append(f"{title(model)}. {missing(f'{model}.onnx')}")
            continue
        kept = f"Epoch {history['best_epoch']} of {len(history['epochs'])} of the last run is kept."
        parts.append(f"{title(model)}. {kept}\n\n{fenced(COMMANDS[f'{model}.onnx'])}")
        parts.append(f"![training curves of {words}](../{model}.png)\n")
    return "\n".join(parts)


def _conditions(files: Files) -> str:
    """Return each model's scores under test conditions, and the other model's pictures."""
    parts = []
    for model, scores in tests(files, "pooled").items():
        tables = [] if scores is None else evaluation_tables(scores)
        robustness = next((table for table in tables if table.title == ROBUSTNESS), None)
        if robustness is None:
            parts.append(f"{title(model)}. {missing(f'{model}.json')}")
        else:
            parts.append(
                f"{title(model)}. {robustness.caption}\n\n{markdown_table(robustness.header, robustness.rows)}"
            )
    name = Path(CREMAD).name
    parts.append(f"Robustness and calibration of `{name}`; those of `ser-live` are on [its page](model.md):\n")
    return "\n".join([*parts, picture(files, CREMAD, "robustness"), picture(files, CREMAD, "reliability")])


def _folds(files: Files) -> str:
    """Return the tables over folds and over corpora."""
    parts = []
    for name, words in _FOLDS.items():
        scores = files.folds(name)
        if scores is None:
            parts.append(f"### {words}\n\n{missing(name)}")
        else:
            side = "" if scores.side == "test" else f"The {scores.side} side: the test is not opened yet.\n\n"
            parts.append(f"### {words}\n\n{side}{fenced(COMMANDS[name])}\n{fold_table(scores)}")
    return "\n".join(parts)
