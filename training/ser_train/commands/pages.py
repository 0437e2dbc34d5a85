"""The commands that write pages anew from committed results: `report`, `model-page`, `papers-page`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["model_page", "papers_page", "report"]


class _Side(str, Enum):
    train = "train"
    validation = "validation"
    test = "test"
    all = "all"


def papers_page(
    out: Annotated[
        Path, typer.Option("--out", help="The page to write; the pages of single papers go into papers/ beside it.")
    ],
    root: Annotated[Path, typer.Option("--root", help="The project's folder, with docs/.")] = Path(),
) -> None:
    """Write the pages of the papers' systems anew from the committed results."""
    from ser_train.papers.page import write_pages

    for path in write_pages(root, out):
        typer.echo(str(path))


def report(
    models: Annotated[
        list[Path], typer.Argument(help="Model files (.onnx) that ser-train wrote, or their results (.json).")
    ],
    into: Annotated[Path | None, typer.Option(help="Markdown page to put the tables into, between its marks.")] = None,
    side: Annotated[
        _Side | None, typer.Option(help="Show only this side of the split; without it, every side.")
    ] = None,
) -> None:
    """Print the scores of models as Markdown; those of several in one table, side by side."""
    from ser_train.reporting.scores_table import fill_figures, report_tables

    tables = report_tables(models, side.value if side else None)
    typer.echo(tables, nl=False)
    if into is not None:
        fill_figures(into, tables)


def model_page(
    out: Annotated[Path, typer.Option("--out", help="The page to write; the pages that it leads to go beside it.")],
    root: Annotated[Path, typer.Option("--root", help="The project's folder, with models/ and docs/.")] = Path(),
) -> None:
    """Write the pages of the models, their pictures and their cards anew from the committed scores."""
    from ser_train.model_page import write_cards, write_model_pages

    for path in [*write_cards(root), *write_model_pages(root, out)]:
        typer.echo(str(path))
