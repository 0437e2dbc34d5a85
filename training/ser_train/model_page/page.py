"""Compose the page of the models and draw its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError
from ser_train.evaluation.folds import pooled_table
from ser_train.model_page.files import BENCHMARK, COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, RESEARCH, SHIPPED, VAD, Files
from ser_train.model_page.goals import bars, bars_markdown
from ser_train.model_page.published import published_markdown
from ser_train.model_page.research import read_research, research_markdown
from ser_train.reporting.card import write_card
from ser_train.reporting.plots import reliability_picture, robustness_picture
from ser_train.reporting.table import Table, evaluation_tables, markdown, protocol_sentence, weak_points
from ser_train.streams.report import streams_markdown
from ser_train.streams.score_file import StreamScores
from ser_train.vad.report import vad_markdown
from ser_train.vad.scores import VadScores

__all__ = ["write_cards", "write_model_page"]

_MODELS = {SHIPPED: "the shipped model", CREMAD: "the CREMA-D-only model"}
_FOLDS = {RAVDESS: "RAVDESS, six folds", EMODB: "EMO-DB, leave one speaker out", LOCO: "Leave one corpus out"}
_HEAD = """\
# The models: where they must arrive, and where they are

Written by `ser-train model-page` from committed files; do not edit. `DATA` is the folder of the corpora. Validation \
speakers choose, test speakers are opened at the end, and every opening is written down in \
`models/test-openings.jsonl`. UAR is the unweighted average recall, its interval the 95 % bootstrap interval over \
speakers; a clip in which no speech was found counts as wrong. Every figure comes through the ONNX file and the live \
path. The copies of CREMA-D and EMO-DB hold nothing above 5.5 kHz.
"""


def write_model_page(root: Path, out: Path) -> list[Path]:
    """Write the page, and its pictures into `figures/` beside it.

    Args:
        root: of the project; the files are read from below it.
        out: the Markdown page, in a folder directly below the root.

    Returns:
        what was written.

    Raises:
        TrainingError: if a file that is there cannot be understood, or something cannot be written.
    """
    files = Files(root)
    pictures = _pictures(files)
    protocol, trials = read_research(root / RESEARCH)
    sections = {
        "Where they must arrive": bars_markdown(bars(files)),
        "Weakest": _weakest(files),
        "Streams: the score card": _streams(files),
        "Speech detection": _vad(files),
        "Groups of speakers": _groups(files),
        "Under test conditions": _conditions(files, pictures),
        "Calibration": _shown(pictures, "reliability"),
        "Folds and corpora": _folds(files),
        "Cost": _cost(files),
        "Training curves": _curves(files),
        "Beside published figures": published_markdown(files),
        "Research log": research_markdown(protocol, trials),
    }
    text = _HEAD + "".join(f"\n## {title}\n\n{body}" for title, body in sections.items())
    written = {out: text.encode()} | {out.parent / "figures" / name: data for name, data in pictures.items()}
    try:
        (out.parent / "figures").mkdir(parents=True, exist_ok=True)
        for path, data in written.items():
            path.write_bytes(data)
    except OSError as error:
        raise TrainingError(f"{out} and its pictures cannot be written: {error.strerror or error}") from None
    return list(written)


def write_cards(root: Path) -> list[Path]:
    """Write the card of each released model that is there anew, from the figures inside and beside it.

    Returns:
        what was written.
    """
    models = [path for name in _MODELS if (path := root / f"{name}.onnx").exists()]
    for model in models:
        write_card(model)
    return [model.with_suffix(".md") for model in models]


def _missing(name: str) -> str:
    return f"Not measured yet: `{COMMANDS[name]}`.\n"


def _tests(files: Files, corpus: str) -> dict[str, dict[str, Any] | None]:
    """Figures of each released model's test side."""
    return {model: files.row(model, "test", corpus) for model in _MODELS}


def _pictures(files: Files) -> dict[str, bytes]:
    """Every picture by the name of its file."""
    found = {}
    for model, row in _tests(files, "pooled").items():
        name = Path(model).name
        if row is not None:
            found[f"{name}.reliability.png"] = reliability_picture(row, f"{name}, test")
        if row is not None and row.get("robustness"):
            found[f"{name}.robustness.png"] = robustness_picture(row, f"{name}, test")
    return found


def _shown(pictures: dict[str, bytes], kind: str) -> str:
    """The pictures of a kind, a line of text for each model that has none."""
    lines = []
    for model, title in _MODELS.items():
        picture = f"{Path(model).name}.{kind}.png"
        shown = f"![{kind} of {title}](figures/{picture})\n" if picture in pictures else _missing(f"{model}.json")
        lines.append(f"{title[:1].upper()}{title[1:]}:\n\n{shown}")
    return "\n".join(lines)


def _weakest(files: Files) -> str:
    parts = []
    for model, row in _tests(files, "pooled").items():
        title = f"`{Path(model).name}.onnx`, {_MODELS[model]}"
        if row is None or "per_label" not in row:
            parts.append(f"{title}. {_missing(f'{model}.json')}")
        else:
            points = "\n".join(f"* {point}" for point in weak_points(row))
            parts.append(f"{title}, test, all of its corpora ({row['clips']:,} clips):\n\n{points}\n")
    found = files.folds(LOCO)
    if found is not None and found["corpora"]:
        worst = min(found["corpora"].items(), key=lambda one: float(one[1]["uar"]))
        parts.append(
            f"Corpora that were never heard ({found['side']}): weakest on {worst[0]}, UAR {worst[1]['uar']:.3f}.\n"
        )
        sure = "; ".join(f"{name} {_sure_and_right(one['reliability'])}" for name, one in found["corpora"].items())
        parts.append(f"How sure of them, and how often right (means over the clips with a verdict): {sure}.\n")
    return "\n".join(parts)


def _sure_and_right(bins: Sequence[Mapping[str, float]]) -> str:
    """Mean confidence and accuracy of all bins of a reliability diagram."""
    clips = sum(one["count"] for one in bins)
    if not clips:
        return "–"
    return " and ".join(
        f"{sum(one['count'] * one[of] for one in bins) / clips:.2f}" for of in ("confidence", "accuracy")
    )


def _streams(files: Files) -> str:
    found = files.json(f"{SHIPPED}.streams.json")
    if found is None:
        return _missing(f"{SHIPPED}.streams.json")
    scores = StreamScores.from_json(found, f"{SHIPPED}.streams.json")
    picture = f"{SHIPPED}.streams.test.png"
    shown = f"\n![a stream of test speakers](../{picture})\n" if (files.root / picture).exists() else ""
    return f"`{COMMANDS[f'{SHIPPED}.streams.json']}`\n\n{streams_markdown(scores)}{shown}"


def _vad(files: Files) -> str:
    found = files.json(VAD)
    if found is None:
        return _missing(VAD)
    return f"`{COMMANDS[VAD]}`\n\n{vad_markdown(VadScores.from_json(found, VAD))}"


def _groups(files: Files) -> str:
    """Sex, age and ethnicity as CREMA-D states them."""
    parts = []
    for model, row in _tests(files, "cremad").items():
        title = f"`{Path(model).name}.onnx`, {_MODELS[model]}, CREMA-D"
        table = _table(row, "Groups of speakers")
        if row is None or table is None:
            parts.append(f"{title}. {_missing(f'{model}.json')}")
        else:
            parts.append(f"{title}. {protocol_sentence(row)}\n\n{markdown(table)}")
    return "\n".join(parts)


def _conditions(files: Files, pictures: dict[str, bytes]) -> str:
    parts = [_shown(pictures, "robustness")]
    for model, row in _tests(files, "pooled").items():
        table = _table(row, "Under test conditions")
        if table is not None:
            parts.append(f"`{Path(model).name}.onnx`, {_MODELS[model]}. {markdown(table)}")
    return "\n".join(parts)


def _table(row: dict[str, Any] | None, title: str) -> Table | None:
    tables = evaluation_tables(row) if row is not None and "per_label" in row else []
    return next((table for table in tables if table.title == title), None)


def _folds(files: Files) -> str:
    parts = []
    for name, title in _FOLDS.items():
        found = files.folds(name)
        if found is None:
            parts.append(f"{title}. {_missing(name)}")
        else:
            side = "" if found["side"] == "test" else f" The {found['side']} side: the test is not opened yet."
            parts.append(f"{title}.{side} `{COMMANDS[name]}`\n\n{pooled_table(found)}")
    return "\n".join(parts)


def _cost(files: Files) -> str:
    path = files.root / BENCHMARK
    return path.read_text(encoding="utf-8") if path.exists() else _missing(BENCHMARK)


def _curves(files: Files) -> str:
    """The curves that training left beside each model, with the epoch that was kept."""
    parts = []
    for model, title in _MODELS.items():
        history, picture = files.json(f"{model}.history.json"), files.root / f"{model}.png"
        if history is None or not picture.exists():
            parts.append(f"{title[:1].upper()}{title[1:]}. {_missing(f'{model}.onnx')}")
            continue
        kept = f"epoch {history['best_epoch']} of {len(history['epochs'])} is kept"
        parts.append(f"{title[:1].upper()}{title[1:]}, {kept}: `{COMMANDS[f'{model}.onnx']}`\n")
        parts.append(f"![training curves of {title}](../{model}.png)\n")
    return "\n".join(parts)
