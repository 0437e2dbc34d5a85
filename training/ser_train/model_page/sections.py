"""The sections of the page of the models, each the Markdown below its title, made from the committed files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ser_train.evaluation.headline import ReliabilityBin
from ser_train.evaluation.scores import ClipScores
from ser_train.model_page.files import BENCHMARK, COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, VAD, Files, missing
from ser_train.reporting.evaluation_tables import (
    GROUPS,
    ROBUSTNESS,
    evaluation_tables,
    protocol_sentence,
    weak_points,
)
from ser_train.reporting.fold_table import fold_table
from ser_train.reporting.plots import reliability_picture, robustness_picture
from ser_train.reporting.table import Table, markdown
from ser_train.streams.report import streams_markdown
from ser_train.streams.score_file import StreamScores
from ser_train.vad.report import vad_markdown
from ser_train.vad.scores import VadScores

__all__ = [
    "MODELS",
    "calibration",
    "conditions",
    "cost",
    "curves",
    "folds",
    "groups",
    "pictures",
    "streams",
    "vad",
    "weakest",
]

MODELS = {SHIPPED: "the shipped model", CREMAD: "the CREMA-D-only model"}
_FOLDS = {RAVDESS: "RAVDESS, six folds", EMODB: "EMO-DB, leave one speaker out", LOCO: "Leave one corpus out"}


def pictures(files: Files) -> dict[str, bytes]:
    """Return the pictures that the sections show, by the names of their files."""
    drawn = {}
    for model, scores in _tests(files, "pooled").items():
        name = Path(model).name
        if scores is not None:
            drawn[f"{name}.reliability.png"] = reliability_picture(scores, f"{name}, test")
        if scores is not None and scores.robustness:
            drawn[f"{name}.robustness.png"] = robustness_picture(scores, f"{name}, test")
    return drawn


def weakest(files: Files) -> str:
    """Return where each model fails, and the weakest of the corpora that were never heard."""
    parts = []
    for model, scores in _tests(files, "pooled").items():
        if scores is None:
            parts.append(f"{_named(model)}. {missing(f'{model}.json')}")
        else:
            points = "\n".join(f"* {point}" for point in weak_points(scores))
            parts.append(f"{_named(model)}, test, all of its corpora ({scores.clips:,} clips):\n\n{points}\n")
    left_out = files.folds(LOCO)
    if left_out is not None and left_out.corpora:
        name, worst = min(left_out.corpora.items(), key=lambda item: item[1].uar)
        parts.append(f"Corpora that were never heard ({left_out.side}): weakest on {name}, UAR {worst.uar:.3f}.\n")
        sure = "; ".join(f"{name} {_sure_and_right(corpus.reliability)}" for name, corpus in left_out.corpora.items())
        parts.append(f"How sure of them, and how often right (means over the clips with a verdict): {sure}.\n")
    return "\n".join(parts)


def _sure_and_right(bins: Sequence[ReliabilityBin]) -> str:
    """Return mean confidence and accuracy of all bins of a reliability diagram."""
    clips = sum(b.count for b in bins)
    if not clips:
        return "–"
    confidence, accuracy = (sum(b.count * b.confidence for b in bins), sum(b.count * b.accuracy for b in bins))
    return f"{confidence / clips:.2f} and {accuracy / clips:.2f}"


def streams(files: Files) -> str:
    """Return the score card of the shipped model on streams, with a picture of one."""
    card = files.json(f"{SHIPPED}.streams.json")
    if card is None:
        return missing(f"{SHIPPED}.streams.json")
    picture = f"{SHIPPED}.streams.test.png"
    scores = StreamScores.from_json(card, f"{SHIPPED}.streams.json")
    shown = f"\n![a stream of test speakers](../{picture})\n" if (files.root / picture).exists() else ""
    return f"`{COMMANDS[f'{SHIPPED}.streams.json']}`\n\n{streams_markdown(scores)}{shown}"


def vad(files: Files) -> str:
    """Return the tables of speech detection."""
    results = files.json(VAD)
    if results is None:
        return missing(VAD)
    return f"`{COMMANDS[VAD]}`\n\n{vad_markdown(VadScores.from_json(results, VAD))}"


def groups(files: Files) -> str:
    """Return each model's scores by sex, age and ethnicity as CREMA-D states them."""
    parts = []
    for model, scores in _tests(files, "cremad").items():
        table = _table(scores, GROUPS)
        if scores is None or table is None:
            parts.append(f"{_named(model)}, CREMA-D. {missing(f'{model}.json')}")
        else:
            parts.append(f"{_named(model)}, CREMA-D. {protocol_sentence(scores)}\n\n{markdown(table)}")
    return "\n".join(parts)


def conditions(files: Files, drawn: Mapping[str, bytes]) -> str:
    """Return each model's scores under test conditions.

    Args:
        files: of the project.
        drawn: what `pictures` gave.
    """
    parts = [_shown(drawn, "robustness")]
    for model, scores in _tests(files, "pooled").items():
        table = _table(scores, ROBUSTNESS)
        if table is not None:
            parts.append(f"{_named(model)}. {markdown(table)}")
    return "\n".join(parts)


def calibration(drawn: Mapping[str, bytes]) -> str:
    """Return each model's reliability diagram.

    Args:
        drawn: what `pictures` gave.
    """
    return _shown(drawn, "reliability")


def folds(files: Files) -> str:
    """Return the tables over folds and over corpora."""
    parts = []
    for name, title in _FOLDS.items():
        scores = files.folds(name)
        if scores is None:
            parts.append(f"{title}. {missing(name)}")
        else:
            side = "" if scores.side == "test" else f" The {scores.side} side: the test is not opened yet."
            parts.append(f"{title}.{side} `{COMMANDS[name]}`\n\n{fold_table(scores)}")
    return "\n".join(parts)


def cost(files: Files) -> str:
    """Return the benchmark's page."""
    path = files.root / BENCHMARK
    return path.read_text(encoding="utf-8") if path.exists() else missing(BENCHMARK)


def curves(files: Files) -> str:
    """Return the curves that training left beside each model, with the epoch that was kept."""
    parts = []
    for model, title in MODELS.items():
        history, picture = files.json(f"{model}.history.json"), files.root / f"{model}.png"
        if history is None or not picture.exists():
            parts.append(f"{title[:1].upper()}{title[1:]}. {missing(f'{model}.onnx')}")
            continue
        kept = f"epoch {history['best_epoch']} of {len(history['epochs'])} is kept"
        parts.append(f"{title[:1].upper()}{title[1:]}, {kept}: `{COMMANDS[f'{model}.onnx']}`\n")
        parts.append(f"![training curves of {title}](../{model}.png)\n")
    return "\n".join(parts)


def _tests(files: Files, corpus: str) -> dict[str, ClipScores | None]:
    """Return the scores of each released model's test side."""
    return {model: files.scores(model, "test", corpus) for model in MODELS}


def _named(model: str) -> str:
    return f"`{Path(model).name}.onnx`, {MODELS[model]}"


def _shown(drawn: Mapping[str, bytes], kind: str) -> str:
    """Return the pictures of a kind, a line of text for each model that has none."""
    lines = []
    for model, title in MODELS.items():
        picture = f"{Path(model).name}.{kind}.png"
        shown = f"![{kind} of {title}](figures/{picture})\n" if picture in drawn else missing(f"{model}.json")
        lines.append(f"{title[:1].upper()}{title[1:]}:\n\n{shown}")
    return "\n".join(lines)


def _table(scores: ClipScores | None, title: str) -> Table | None:
    tables = [] if scores is None else evaluation_tables(scores)
    return next((table for table in tables if table.title == title), None)
