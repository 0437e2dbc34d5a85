"""`ser-train recipes`: the shipped recipes and the papers' systems."""

from __future__ import annotations

from pathlib import Path

import typer

__all__ = ["recipes"]


def recipes() -> None:
    """List the shipped recipes, and the systems of the papers with their scores."""
    from ser_train.fitting.recipe import load_recipe, shipped_recipes
    from ser_train.papers.measure import list_systems

    for name in shipped_recipes():
        recipe = load_recipe(name)
        typer.echo(
            f"{name}: {', '.join(recipe.corpora) or 'every corpus'}; labels {recipe.label_map.name}; split "
            f"{recipe.split.kind}; {recipe.architecture}; {recipe.optimisation.epochs} epochs, seed {recipe.seed}"
        )
    for line in list_systems(Path(__file__).parents[3] / "docs" / "results"):
        typer.echo(line)
