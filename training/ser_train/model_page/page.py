"""Compose the pages of the models, and draw their pictures."""

from __future__ import annotations

from pathlib import Path

from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.model_page.fairness_page import draw_fairness, fairness_page
from ser_train.model_page.files import Files
from ser_train.model_page.front_page import front_page
from ser_train.model_page.research_page import research_page
from ser_train.model_page.shown import MODELS, draw_pictures
from ser_train.model_page.stream_pages import streams_page, vad_page
from ser_train.reporting.card import write_card
from ser_train.reporting.prose import folded, footnoted

__all__ = ["write_cards", "write_model_pages"]


def write_model_pages(root: Path, out: Path) -> list[Path]:
    """Write the page of the models, those that it leads to beside it, and their pictures into `figures/` there.

    Args:
        root: of the project; the files are read from below it.
        out: the Markdown page of the models, in a folder directly below the root.

    Returns:
        what was written.

    Raises:
        TrainingError: if a file that is there cannot be understood, or something cannot be written.
    """
    files = Files(root)
    pages = {
        out: front_page(files),
        out.parent / "streams.md": streams_page(files),
        out.parent / "vad.md": vad_page(files),
        out.parent / "research.md": research_page(files),
        out.parent / "fairness.md": fairness_page(files),
    }
    figures = out.parent / "figures"
    try:
        figures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"the folder {figures} cannot be made: {error.strerror or error}") from None
    written: dict[Path, str | bytes] = {path: folded(footnoted(text)) for path, text in pages.items()}
    written |= {figures / name: data for name, data in (draw_pictures(files) | draw_fairness(files)).items()}
    for path, content in written.items():
        write_whole(path, content)
    return list(written)


def write_cards(root: Path) -> list[Path]:
    """Write the card of each released model that is there anew, from the figures inside and beside it.

    Returns:
        what was written.
    """
    models = [path for name in MODELS if (path := root / f"{name}.onnx").exists()]
    for model in models:
        write_card(model)
    return [model.with_suffix(".md") for model in models]
