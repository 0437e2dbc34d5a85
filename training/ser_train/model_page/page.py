"""Compose the page of the models and draw its pictures."""

from __future__ import annotations

from pathlib import Path

from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.model_page import sections
from ser_train.model_page.bars_table import bars_markdown
from ser_train.model_page.files import RESEARCH, Files
from ser_train.model_page.goals import bars
from ser_train.model_page.published import published_markdown
from ser_train.model_page.research import read_research, research_markdown
from ser_train.reporting.card import write_card

__all__ = ["write_cards", "write_model_page"]

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
    drawn = sections.pictures(files)
    protocol, trials = read_research(root / RESEARCH)
    parts = {
        "Where they must arrive": bars_markdown(bars(files)),
        "Weakest": sections.weakest(files),
        "Streams: the score card": sections.streams(files),
        "Speech detection": sections.vad(files),
        "Groups of speakers": sections.groups(files),
        "Under test conditions": sections.conditions(files, drawn),
        "Calibration": sections.calibration(drawn),
        "Folds and corpora": sections.folds(files),
        "Cost": sections.cost(files),
        "Training curves": sections.curves(files),
        "Beside published figures": published_markdown(files),
        "Research log": research_markdown(protocol, trials),
    }
    figures = out.parent / "figures"
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"the folder {figures} cannot be made: {error.strerror or error}") from None
    text = _HEAD + "".join(f"\n## {title}\n\n{body}" for title, body in parts.items())
    written: dict[Path, str | bytes] = {out: text} | {figures / name: data for name, data in drawn.items()}
    for path, content in written.items():
        write_whole(path, content)
    return list(written)


def write_cards(root: Path) -> list[Path]:
    """Write the card of each released model that is there anew, from the figures inside and beside it.

    Returns:
        what was written.
    """
    models = [path for name in sections.MODELS if (path := root / f"{name}.onnx").exists()]
    for model in models:
        write_card(model)
    return [model.with_suffix(".md") for model in models]
