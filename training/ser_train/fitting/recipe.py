"""Recipes: small TOML files with everything that a training run depends on, except for the data's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ser_live.contract import FeatureSettings
from ser_live.features.log_mel import LogMel
from ser_live.types import SAMPLE_RATE
from ser_train.augment import Augmentation
from ser_train.corpora.labels import LabelMap, chosen_labels, label_map
from ser_train.errors import TrainingError
from ser_train.fitting.optimisation import Optimisation
from ser_train.networks import ARCHITECTURES
from ser_train.settings import at_least, fill, near_miss, positive, read_toml
from ser_train.splits import SplitSettings

__all__ = [
    "Optimisation",
    "Recipe",
    "load_recipe",
    "plain_recipe",
    "shipped_recipes",
    "stated_recipe",
    "with_labels",
]

_FOLDER = Path(__file__).parent.parent / "recipes"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run.

    Attributes:
        name: of the recipe.
        corpora: which ones train, choose and are measured; none named is every one that is found.
        labels: name of a map of `ser_train.corpora.labels.LABEL_MAPS`, or a table from words to labels.
        measured: labels that the scores of the test are restricted to; none named is all of them.
        targets: train on what was `intended`, or on what listeners `perceived` (where nobody was asked, the intended).
        window_seconds: longest window.
        range_db: dynamic range that the normalisation keeps, dB.
        normalisation: of a window's features, see `ser_live.features.log_mel.Normalisation`.
        seed: of everything that is drawn.
        tensorboard: log the run for TensorBoard too.
        start: name of the weights that `ser-train fit` must be given; what they were stands elsewhere in a contract.
        split: who trains, who chooses, who is measured.
        features: log-mel settings.
        architecture: name of the network; it stands in the table `[model]`.
        model: sizes of the network, of the kind that the architecture has.
        augmentation: of training windows.
        optimisation: how the weights are found.
    """

    name: str
    corpora: tuple[str, ...] = ()
    labels: str | Mapping[str, str] = "six"
    measured: tuple[str, ...] = ()
    targets: Literal["intended", "perceived"] = "intended"
    window_seconds: float = 2.5
    range_db: float = 80.0
    normalisation: Literal["window", "peak"] = "window"
    seed: int = 0
    tensorboard: bool = False
    start: str = field(default="", compare=False)
    split: SplitSettings = field(default_factory=SplitSettings)
    features: FeatureSettings
    architecture: str = "attention-crnn"
    model: Any = None
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimisation: Optimisation = field(default_factory=Optimisation)

    def __post_init__(self) -> None:
        positive(self, "window_seconds", "range_db")
        at_least(self, 0, "seed")
        if self.seed >= 2**32:
            raise TrainingError(f"`seed` must be less than {2**32}, not {self.seed}")
        if not 0.1 <= self.window_seconds <= 60:
            raise TrainingError(f"`window_seconds` must be from 0.1 to 60, not {self.window_seconds:g}")
        if self.features.center:
            raise TrainingError(
                "[features]: `center` must be false, because a frame may depend on its own samples alone"
            )
        log_mel = LogMel(sample_rate=SAMPLE_RATE, **asdict(self.features))
        if not log_mel.frames(round(self.window_seconds * SAMPLE_RATE)):
            raise TrainingError(f"[features]: `n_fft` is {self.features.n_fft}, longer than a window: make it shorter")
        chosen_labels(self.measured, self.label_map.labels)
        if self.model is None:
            object.__setattr__(self, "model", ARCHITECTURES[self.architecture].settings())

    @property
    def label_map(self) -> LabelMap:
        """The task: which words become which labels.

        Raises:
            TrainingError: for an unknown map, word or label.
        """
        if not isinstance(self.labels, (str, Mapping)):
            raise TrainingError(f"`labels` must be a text or a table, not {self.labels!r}")
        return label_map(self.labels)


def with_labels(recipe: Recipe, labels: str | Mapping[str, str]) -> Recipe:
    """Return the recipe with other labels; of its `measured` ones, those that are still there, if two or more are.

    Raises:
        TrainingError: see `label_map`.
    """
    there = label_map(labels).labels
    measured = tuple(label for label in recipe.measured if label in there)
    return replace(recipe, labels=labels, measured=measured if len(measured) > 1 else ())


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with the trainer."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def plain_recipe(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as a contract carries it."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(recipe), default=dict))
    return plain


def stated_recipe(plain: Mapping[str, Any], where: str) -> Recipe:
    """Return the recipe that a contract carries; what an older one does not know has its default.

    Raises:
        TrainingError: naming `where`, for a key or value that is not understood.
    """
    name = plain.get("architecture", Recipe.architecture)
    if name not in ARCHITECTURES:
        raise TrainingError(f"{where}: there is no architecture {name!r}; {near_miss(str(name), ARCHITECTURES)}")
    model = fill(ARCHITECTURES[name].settings, plain.get("model", {}), f"{where}: [model]")
    return fill(Recipe, {**plain, "model": model}, where)


def load_recipe(name: str) -> Recipe:
    """Read a shipped recipe by its name, or a file by its path.

    Raises:
        TrainingError: for a recipe that is not there, is no TOML, or has a key or value that is not understood.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    try:
        raw = read_toml(path, "the recipe")
    except FileNotFoundError:
        raise TrainingError(
            f"there is no recipe {name!r}: give one of {', '.join(shipped_recipes())}, or the path of a .toml file"
        ) from None
    return fill(Recipe, {"name": path.stem} | raw | _network(raw, str(path)), str(path))


def _network(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the table `[model]` as the name of an architecture and its settings."""
    if "architecture" in raw:
        raise TrainingError(f"{where}: `architecture` must stand in the table [model]: move it there")
    table = raw.get("model", {})
    if not isinstance(table, dict):
        raise TrainingError(f"{where}: `model` must be a table, not {table!r}")
    sizes = dict(table)
    name = sizes.pop("architecture", Recipe.architecture)
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise TrainingError(f"{where}: [model]: there is no architecture {name!r}; {near_miss(name, ARCHITECTURES)}")
    return {"architecture": name, "model": fill(ARCHITECTURES[name].settings, sizes, f"{where}: [model]")}
