"""One labelled recording, as every reader gives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Clip", "Corpus"]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A recording of one acted emotion.

    Attributes:
        path: the file.
        corpus: name of its corpus.
        label: a word of `ser_live.contract.LABELS`.
        speaker: identity of the person, unique over all corpora (song and speech of one person share it).
        sex: `male`, `female`, or None where it is not known.
        text: identity of the sentence that is spoken.
        intensity: as the corpus states it, or None.
        age: of the speaker in years, or None where it is not known.
        ethnicity: in the corpus's own words, or None.
        perceived: what listeners heard, as (word, share of the votes) with shares that sum to 1; empty where nobody was
            asked.
        side: of a split that came with the clip (`train`, `validation`, `test`), or None.
    """

    path: Path
    corpus: str
    label: str
    speaker: str
    sex: Literal["male", "female"] | None
    text: str
    intensity: str | None = None
    age: int | None = None
    ethnicity: str | None = None
    perceived: tuple[tuple[str, float], ...] = ()
    side: str | None = None

    @property
    def name(self) -> str:
        """The file's name without its ending; the corpora's own identity of a clip."""
        return self.path.stem


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """What is to be known of a corpus, and how its files are named.

    Attributes:
        name: short name.
        title: full name.
        licence: the owners' words.
        url: where to get it.
        clips: how many the official release holds.
        parse: from a file to its clip; None for files that are not of this corpus.
        faults: stems of recordings to leave out, with the reason.
    """

    name: str
    title: str
    licence: str
    url: str
    clips: int
    parse: Callable[[Path], Clip | None]
    faults: dict[str, str]
