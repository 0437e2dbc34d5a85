"""What a split is, its settings and its plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.settings import near_miss

__all__ = ["KINDS", "SHARED", "SIDES", "Plan", "Side", "Split", "SplitSettings"]

Side = Literal["train", "validation", "test"]

SIDES: tuple[Side, ...] = ("train", "validation", "test")

KINDS = (
    "speakers",
    "public",
    "stated",
    "folds",
    "leave-one-speaker-out",
    "leave-one-corpus-out",
    "across",
    "random",
)

SHARED = "speakers shared: not a measure of new voices"
"""Mark beside every score of a split whose test voices are heard in training."""


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """How clips are divided; a table `[split]` of a recipe.

    Attributes:
        kind: `speakers` (70/15/15 of each corpus's speakers, drawn with the seed), `public` (the corpora's public
            splits), `stated` (the manifest's own), `folds` (over speakers), `leave-one-speaker-out`,
            `leave-one-corpus-out`, `across` (some corpora train, others are the test), or `random` (over clips, to
            reproduce papers: speakers are shared, and everything says so).
        folds: how many, for `folds`; three or more.
        train: corpora that train, for `across`.
        test: corpora that are the test, for `across`.

    Raises:
        TrainingError: for a kind that there is not, too few folds, or corpora that `across` needs and does not have.
    """

    kind: str = "speakers"
    folds: int = 5
    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise TrainingError(f"there is no split {self.kind!r}; {near_miss(self.kind, KINDS)}")
        if self.kind == "folds" and self.folds < 3:
            raise TrainingError(
                f"`folds` must be 3 or more, not {self.folds}: one is the test, one validates, the others train"
            )
        if self.kind != "across":
            return
        if not self.train or not self.test:
            raise TrainingError("split `across`: name the corpora that train (`train`) and those of the test (`test`)")
        if both := sorted(set(self.train) & set(self.test)):
            raise TrainingError(f"split `across`: {', '.join(both)} cannot both train and be the test")


@dataclass(frozen=True, kw_only=True)
class Split:
    """One division of the clips into those that train, choose and are measured.

    Attributes:
        name: of the fold, such as `fold 1 of 5` or `without tess`; empty where there is one split alone.
        sides: the clips of each side.
        protocol: one sentence that stands beside every score.
        speakers_shared: whether speakers of the test are in training too: then no score measures new voices.
        notes: what a reader of the scores must know, such as sentences that stand on two sides.
    """

    name: str
    sides: dict[Side, list[Clip]]
    protocol: str
    speakers_shared: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A split before it is checked and described.

    Attributes:
        name: of the fold; empty where there is one split alone.
        how: start of the protocol's sentence.
        sides: the clips of each side.
        notes: decisions that the drawing had to take.
    """

    name: str = ""
    how: str
    sides: dict[Side, list[Clip]]
    notes: tuple[str, ...] = ()
