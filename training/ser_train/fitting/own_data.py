"""Fit a recipe to a user's own data: the labels that they have, speakers drawn where no public split serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from ser_train.corpora import Clip
from ser_train.corpora.labels import map_to
from ser_train.errors import TrainingError
from ser_train.fitting.recipe import Recipe, with_labels
from ser_train.splits import SHARED, public_serves
from ser_train.splits.checks import some

__all__ = ["fit_recipe"]

_LEAST = 3
"""Clips that a label needs: one to train, one to validate, one for the test."""


def fit_recipe(recipe: Recipe, clips: Sequence[Clip], asked: Collection[str] = ()) -> tuple[Recipe, list[str]]:
    """Return the recipe as the clips can fulfil it, and a sentence on each change.

    Args:
        recipe: what is wanted.
        clips: what there is.
        asked: `labels` and `split`, where the user asked for them: they stay as they are.

    Raises:
        TrainingError: if the clips do not have two labels of the recipe's.
    """
    notes = []
    if "labels" not in asked:
        recipe, changes = _labels(recipe, clips)
        notes += changes
    if "split" not in asked:
        recipe, changes = _split(recipe, clips)
        notes += changes
    return recipe, notes


def _labels(recipe: Recipe, clips: Sequence[Clip]) -> tuple[Recipe, list[str]]:
    """Return the recipe with those of its labels that the clips have."""
    task = recipe.label_map
    counts = Counter(task.of(clip.label) for clip in clips)
    kept = [label for label in task.labels if counts[label] >= _LEAST]
    if len(kept) == len(task.labels):
        return recipe, []
    if len(kept) < 2:
        words = Counter(clip.label for clip in clips)
        raise TrainingError(
            f"two of the labels {', '.join(task.labels)} must have {_LEAST} clips or more each, but the clips "
            f"are of {', '.join(f'{word} ({n})' for word, n in sorted(words.items()))}: add clips, or name other "
            "labels with --labels"
        )
    lacking = ", ".join(f"{label} ({counts[label]})" for label in task.labels if label not in kept)
    note = f"labels: {', '.join(kept)}, because the data have too few clips of {lacking}; --labels chooses others"
    return with_labels(recipe, map_to(task, kept).words), [note]


def _split(recipe: Recipe, clips: Sequence[Clip]) -> tuple[Recipe, list[str]]:
    """Return the recipe with a drawn split, where the public one does not divide the clips or there is one speaker."""
    task, kind = recipe.label_map, recipe.split.kind
    if kind not in ("public", "speakers"):
        return recipe, []
    people = {clip.speaker for clip in clips if task.of(clip.label) is not None}
    if len(people) == 1:
        note = (
            f"one speaker ({some(people)}): clips are drawn instead of speakers, {SHARED}; "
            "how well the model does with other people cannot be measured"
        )
        return replace(recipe, split=replace(recipe.split, kind="random")), [note]
    if kind == "public" and not public_serves(clips, task, recipe.seed):
        note = f"no public split divides these {len(people)} speakers, so they are drawn (--split speakers)"
        return replace(recipe, split=replace(recipe.split, kind="speakers")), [note]
    return recipe, []
