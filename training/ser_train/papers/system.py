"""A system of a paper, from its recipe: everything that its runs depend on but the folder of the recordings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ser_train.corpora import CORPORA
from ser_train.corpora.labels import LabelMap, label_map
from ser_train.errors import TrainingError
from ser_train.papers.augmentation import Copy
from ser_train.papers.features import KINDS
from ser_train.papers.networks import NETWORKS
from ser_train.papers.protocols import PROTOCOLS, FitSettings, Protocol
from ser_train.settings import fill, near_miss, read_toml, shares

__all__ = ["System", "load_system", "system_names"]

_FOLDER = Path(__file__).parent.parent / "recipes" / "papers"

_ORDER = [
    "t-crnn",
    "t-resnet",
    "t-cnn",
    "t-cross",
    "t-cross-best",
    "t-tess",
    "d-cnn1",
    "d-cnn4",
    "d-crnn",
    "d-dropout",
    "d-k5",
    "d-layer",
    "d-act",
    "d-gru",
    "d-film",
    "y-rav",
    "y-rav-aug",
    "y-emo",
    "y-emo-aug",
    "y-language",
    "r-cnn-lstm",
]


@dataclass(frozen=True, kw_only=True)
class System:
    """One system of one paper.

    Attributes:
        name: of the system, and of its recipe.
        paper: `T` (000 and 002), `D` (001), `Y` (003) or `R` (004).
        title: what it is.
        published: the paper's score; 0 where it gives none.
        metric: what that score is.
        where: the papers describe it, as `000, section 9.3; 002, section 5`.
        goal: score to reach where the paper gives none; 0 is none.
        corpora: what it is trained and measured on.
        optional: those of them that may be absent; the results then say so.
        sexes: of the speakers; empty takes all.
        take: for corpora whose clips do not all take part, how many of each label; drawn once for all seeds.
        labels: name of a map of `ser_train.corpora.labels.LABEL_MAPS`, or a table from words to labels.
        features: kind of features, of `ser_train.papers.features.KINDS`; the recipe names it in `[features]`.
        front: settings of that kind.
        copies: augmented copies of each clip that trains.
        draw: whether an epoch takes the clip or one of its copies, drawn, instead of all of them.
        start: what the network begins as, if `ser-train paper` must be given its weights.
        network: of `ser_train.papers.networks.NETWORKS`; the recipe names it in `[model]`.
        model: sizes of the network.
        fit: how the weights are fitted.
        independent: the same for the speaker-independent run; the recipe states what differs.
        protocols: how the recordings are divided, by name; a system may have only one.
        groups: labels whose accuracy is given apart, as a paper does.
        choices: what was chosen where the paper is silent or contradicts itself.
        notes: what a reader of the scores must know.
    """

    name: str
    paper: Literal["T", "D", "Y", "R"]
    title: str
    published: float = 0.0
    metric: Literal["accuracy", "uar", "weighted_f1"] = "accuracy"
    where: str = ""
    goal: float = 0.0
    corpora: tuple[str, ...]
    optional: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    take: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    labels: str | Mapping[str, str] = "six"
    features: str
    front: Any
    copies: tuple[Copy, ...] = ()
    draw: bool = False
    start: Literal["", "encoder"] = ""
    network: str
    model: Any
    fit: FitSettings
    independent: FitSettings
    protocols: Mapping[str, Protocol] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shares(self, "published", "goal")
        for name in (*self.corpora, *self.optional, *self.take):
            if name not in CORPORA:
                raise TrainingError(f"there is no corpus {name!r}; {near_miss(name, CORPORA)}")
        for corpus, counts in self.take.items():
            unknown = [label for label in counts if label not in self.label_map.labels]
            if unknown:
                known = near_miss(unknown[0], self.label_map.labels)
                raise TrainingError(f"[take.{corpus}]: `{unknown[0]}` is no label; {known}")
            if min(counts.values(), default=0) < 0:
                raise TrainingError(f"[take.{corpus}]: counts must be 0 or more")

    @property
    def papers(self) -> tuple[str, ...]:
        """Numbers of the papers that describe it, from `where`."""
        return tuple(re.findall(r"\b00\d\b", self.where))

    @property
    def label_map(self) -> LabelMap:
        """Labels of the task, and which words become which label.

        Raises:
            TrainingError: for an unknown map, word or label.
        """
        return label_map(self.labels)

    def fit_for(self, protocol: str) -> FitSettings:
        """Return how the weights are fitted under a protocol."""
        return self.fit if protocol == "published" else self.independent


def system_names() -> list[str]:
    """Return the names of the systems in the order of the table: by paper, then as the paper presents them."""
    return sorted((path.stem for path in _FOLDER.glob("*.toml")), key=lambda name: (_rank(name), name))


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def load_system(name: str) -> System:
    """Read a system by its name, or a recipe by its path.

    Raises:
        TrainingError: for a recipe that is not there, is no TOML, or has a key or value that is not understood.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    try:
        raw = read_toml(path, "the recipe")
    except FileNotFoundError:
        raise TrainingError(f"the papers have no system {name!r}; {near_miss(name, system_names())}") from None
    where = str(path)
    features, front = _chosen(raw, "features", "kind", {kind: KINDS[kind].settings for kind in KINDS}, where)
    network, model = _chosen(raw, "model", "architecture", {n: NETWORKS[n].settings for n in NETWORKS}, where)
    protocols = _table(raw, "protocols", where)
    for key in protocols:
        if key not in PROTOCOLS:
            raise TrainingError(f"{where}: [protocols]: `{key}` is no protocol; {near_miss(key, PROTOCOLS)}")
    fitted = _table(raw, "fit", where)
    parts = {
        "name": path.stem,
        "features": features,
        "front": front,
        "network": network,
        "model": model,
        "independent": fitted | _table(raw, "independent", where),
        "protocols": {
            key: fill(Protocol, _table(protocols, key, where), f"{where}: [protocols.{key}]") for key in protocols
        },
    }
    return fill(System, raw | parts, where)


def _table(raw: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    table = raw.get(key, {})
    if not isinstance(table, dict):
        raise TrainingError(f"{where}: `{key}` must be a table, not {table!r}")
    return dict(table)


def _chosen(raw: Mapping[str, Any], key: str, word: str, known: Mapping[str, type[Any]], where: str) -> tuple[str, Any]:
    """Name that a table gives under the key `word`, and the settings in the rest of the table."""
    table = _table(raw, key, where)
    name = table.pop(word, None)
    if name not in known:
        raise TrainingError(f"{where}: [{key}]: `{word}` is {name!r}; {near_miss(name, known)}")
    return str(name), fill(known[str(name)], table, f"{where}: [{key}]")
