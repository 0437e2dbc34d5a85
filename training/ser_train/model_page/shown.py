"""The released models, their scores, and the pictures that the pages show."""

from __future__ import annotations

from pathlib import Path

from ser_train.evaluation.scores import ClipScores
from ser_train.model_page.files import CREMAD, SHIPPED, Files, missing
from ser_train.reporting.plots import reliability_picture, robustness_picture

__all__ = ["MODELS", "draw_pictures", "picture", "tests", "title"]

MODELS = {SHIPPED: "the shipped model", CREMAD: "the CREMA-D-only model"}


def tests(files: Files, corpus: str) -> dict[str, ClipScores | None]:
    """Return the scores of each released model's test side."""
    return {model: files.scores(model, "test", corpus) for model in MODELS}


def title(model: str) -> str:
    """Return a model's name, and which one it is."""
    return f"`{Path(model).name}`, {MODELS[model]}"


def draw_pictures(files: Files) -> dict[str, bytes]:
    """Return the pictures, by the names of their files."""
    drawn = {}
    for model, scores in tests(files, "pooled").items():
        name = Path(model).name
        if scores is not None:
            drawn[f"{name}.reliability.png"] = reliability_picture(scores, f"{name}, test")
        if scores is not None and scores.robustness:
            drawn[f"{name}.robustness.png"] = robustness_picture(scores, f"{name}, test")
    return drawn


def picture(files: Files, model: str, kind: str) -> str:
    """Return a picture that `draw_pictures` drew, or what stands in its place.

    Args:
        files: of the project.
        model: such as `models/ser-live`.
        kind: `reliability` or `robustness`.
    """
    scores = files.scores(model, "test", "pooled")
    if scores is None or (kind == "robustness" and not scores.robustness):
        return missing(f"{model}.json")
    return f"![{kind} of {MODELS[model]}](figures/{Path(model).name}.{kind}.png)\n"
