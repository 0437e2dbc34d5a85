"""The protocol: one sentence that states which speakers train, validate and are the test."""

from __future__ import annotations

from collections.abc import Sequence

from ser_train.corpora import Clip
from ser_train.splits.split import SHARED, SIDES, Plan, Split

__all__ = ["pooled_protocol", "protocol"]


def protocol(plan: Plan, kind: str, seed: int) -> str:
    """Write how the clips were divided, with the clips and speakers of each side and corpus."""
    return f"{plan.how} (split {kind}, seed {seed}): " + "; ".join(
        f"{side} {_counted(plan.sides[side])}" for side in SIDES
    )


def pooled_protocol(splits: Sequence[Split], kind: str, seed: int) -> str:
    """Write the protocol of all folds together: whose clips were the test, each fold with its own model."""
    if len(splits) == 1:
        return splits[0].protocol
    tested = [clip for split in splits for clip in split.sides["test"]]
    shared = f", {SHARED}" if any(split.speakers_shared for split in splits) else ""
    how = f"split {kind}, seed {seed}, {len(splits)} folds with a model each, their tests pooled{shared}"
    return f"{how}: {_counted(tested)}"


def _counted(clips: Sequence[Clip]) -> str:
    if not clips:
        return "nobody"
    corpora = sorted({clip.corpus for clip in clips})
    if len(corpora) == 1:
        return f"{_of(clips)} ({corpora[0]})"
    return f"{_of(clips)} ({', '.join(_part(clips, name) for name in corpora)})"


def _of(clips: Sequence[Clip]) -> str:
    speakers = len({clip.speaker for clip in clips})
    return f"{len(clips):,} clips of {speakers} {'speaker' if speakers == 1 else 'speakers'}"


def _part(clips: Sequence[Clip], corpus: str) -> str:
    subset = [clip for clip in clips if clip.corpus == corpus]
    return f"{corpus} {len(subset):,} of {len({clip.speaker for clip in subset})}"
