"""Made clips of made people, and splits of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ser_train.corpora import Clip
from ser_train.corpora.labels import label_map
from ser_train.splits import Split, SplitSettings, make_splits

SIX = label_map("six")
WORDS = ("angry", "disgust", "fear", "happy", "neutral", "sad")


def made_people(
    corpus: str, people: int, *, men: int = 0, prefix: str | None = None, words: Sequence[str] = WORDS
) -> Any:
    """Clips of so many people, each saying two sentences with every word; no files."""
    return [
        Clip(
            path=Path(f"nowhere/{corpus}_{n:02d}_{word}_{text}.wav"),
            corpus=corpus,
            label=word,
            speaker=f"{prefix or corpus}-{n:02d}",
            sex="male" if n <= men else "female",
            text=f"{corpus}-{text}",
        )
        for n in range(1, people + 1)
        for word in words
        for text in "ab"
    ]


def made_settings(kind: str) -> SplitSettings:
    return SplitSettings(kind=kind, **({"train": ("alpha", "pair"), "test": ("beta",)} if kind == "across" else {}))


def made_splits(clips: Sequence[Clip], kind: str, seed: int = 0) -> list[Split]:
    if kind == "stated":
        sides = ("train", "train", "train", "validation", "test")
        clips = [replace(clip, side=sides[int(clip.speaker[-2:]) % 5]) for clip in clips]
    return make_splits(clips, SIX, made_settings(kind), seed)


def clips_by_side(split: Split) -> dict[str, list[Path]]:
    return {side: [clip.path for clip in clips] for side, clips in split.sides.items()}
