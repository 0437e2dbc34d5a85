"""Recipes: small TOML files that say everything a training run depends on but the data's folder."""

from __future__ import annotations

import dataclasses
import difflib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from ser_live.contract import FeatureSettings
from training.augment import Augmentation
from training.crnn import CRNNSettings
from training.errors import TrainingError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Optimisation", "Recipe", "load_recipe", "shipped_recipes"]

_FOLDER = Path(__file__).parent / "recipes"
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """How the weights are found.

    Attributes:
        epochs: passes over the training clips.
        batch: windows a step.
        learning_rate: highest, after the warm-up; it falls to zero along a cosine.
        warm_up: share of the steps.
        weight_decay: of AdamW.
        label_smoothing: share of the target spread over all labels.
        averaging: decay, a step, of the exponential average of the weights that is kept as the model.
        clip: largest norm of the gradient.
        short: share of windows cut at a random step of the stream instead of at the clip's end.
    """

    epochs: int = 30
    batch: int = 64
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    averaging: float = 0.998
    clip: float = 5.0
    short: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training run.

    Attributes:
        name: of the recipe.
        corpora: which ones train, choose and are measured.
        window_seconds: longest window.
        range_db: dynamic range that the normalisation keeps, dB.
        seed: of everything that is drawn.
        features: log-mel settings.
        model: sizes.
        augmentation: of training windows.
        optimisation: how the weights are found.
    """

    name: str
    corpora: tuple[str, ...]
    window_seconds: float = 2.5
    range_db: float = 80.0
    seed: int = 0
    features: FeatureSettings
    model: CRNNSettings = field(default_factory=CRNNSettings)
    augmentation: Augmentation = field(default_factory=Augmentation)
    optimisation: Optimisation = field(default_factory=Optimisation)


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with the trainer."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Read a shipped recipe by its name, or a file by its path.

    Raises:
        TrainingError: for a recipe that is not there, is no TOML, or has a key or value that is not understood.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(
            f"there is no recipe {name!r}: give one of {', '.join(shipped_recipes())}, or the path of a .toml file"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"the recipe {path} cannot be read: {error}") from None
    return _fill(Recipe, {"name": path.stem, **raw}, str(path))


def _fill(kind: type[_T], raw: Mapping[str, Any], where: str) -> _T:
    """Build a settings dataclass from a table, refusing keys that it does not have."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(hints)}"
            raise TrainingError(f"{where}: `{key}` is not a setting{hint}")
        expected = hints[key]
        if dataclasses.is_dataclass(expected) and isinstance(expected, type):
            if not isinstance(value, dict):
                raise TrainingError(f"{where}: `{key}` must be a table")
            values[key] = _fill(expected, value, f"{where}: {key}")
        else:
            values[key] = _convert(expected, value, f"{where}: `{key}`")
    missing = [f.name for f in dataclasses.fields(kind) if _required(f) and f.name not in values]  # type: ignore[arg-type]
    if missing:
        raise TrainingError(f"{where}: `{missing[0]}` is missing")
    return kind(**values)


def _required(setting: dataclasses.Field[Any]) -> bool:
    return setting.default is dataclasses.MISSING and setting.default_factory is dataclasses.MISSING


def _convert(expected: Any, value: Any, where: str) -> Any:
    """A TOML value as the setting's kind: whole numbers serve as floats, arrays as tuples."""
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(expected, type) and (not isinstance(value, expected) or (expected is int and value is True)):
        raise TrainingError(f"{where} must be of kind {expected.__name__}, not {value!r}")
    return value
