"""One labelled recording as every reader returns it, and what the readers know of its corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["WHOLE", "Archive", "Clip", "Corpus", "Excerpt"]


class Excerpt(NamedTuple):
    """A part of a recording.

    Attributes:
        start: seconds from the beginning.
        end: seconds from the beginning, or None for the recording's end.
        channel: counted from 1, or None for the mean of all.
    """

    start: float = 0.0
    end: float | None = None
    channel: int | None = None

    def __str__(self) -> str:
        """Return it in words, as the end of a clip's name; empty for a whole recording.

        >>> str(Excerpt(1.5, 3.25, 2)), str(Excerpt())
        ('@1.500-3.250 channel 2', '')
        """
        span = "" if self.end is None else f"@{self.start:.3f}-{self.end:.3f}"
        return span + (f" channel {self.channel}" if self.channel is not None else "")


WHOLE = Excerpt()
"""A recording from its beginning to its end, the mean of its channels."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A recording of one emotion, or the part of one that holds it.

    Attributes:
        path: the file.
        corpus: name of its corpus.
        label: a word of `ser_live.contract.LABELS`.
        speaker: identity of the person, unique over all corpora (song and speech of one person share it).
        sex: `male`, `female`, or None where it is not known.
        text: identity of the sentence that is spoken; empty where it is not known.
        intensity: as the corpus states it, or None.
        age: of the speaker in years, or None where it is not known.
        ethnicity: in the corpus's own words, or None.
        perceived: what listeners heard, as (word, share of the votes) with shares that sum to 1; empty where nobody was
            asked.
        side: of a split that came with the clip (`train`, `validation`, `test`), or None.
        identity: name of the clip, unique in its corpus, where the file's own name is not.
        excerpt: which part of the file it is.
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
    identity: str = ""
    excerpt: Excerpt = WHOLE

    @property
    def name(self) -> str:
        """Name of the clip, unique in its corpus: mostly the file's name without its ending."""
        return self.identity or self.path.stem

    @property
    def place(self) -> tuple[Path, Excerpt]:
        """Where its sound is: no two clips of a set have it in common."""
        return self.path, self.excerpt


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file that holds a whole corpus and that everybody may fetch.

    Attributes:
        url: of a zip file.
        checksum: `md5:…` or `sha256:…`, as its owners state it, or None if they do not.
    """

    url: str
    checksum: str | None


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A known corpus, and how its files are named.

    Attributes:
        name: short name.
        title: full name.
        language: that is spoken.
        licence: the owners' words.
        url: where to get it.
        access: how to get it there, one sentence.
        archive: what can be fetched directly, or None.
        megabytes: about how much there is to fetch.
        labels: how many clips of each label the official release holds.
        speakers: how many it holds.
        parse: from a file to its clip; None for files that are not of this corpus.
        faults: names of recordings to leave out, with the reason.
        oddities: files that are kept although something is wrong with them, by their names without ending.
        tables: names of files that say more of the clips, anywhere beneath the data folders.
        enrich: adds what those tables say; takes the clips and the paths of the tables that were found.
    """

    name: str
    title: str
    language: str
    licence: str
    url: str
    access: str
    megabytes: int
    labels: Mapping[str, int]
    speakers: int
    parse: Callable[[Path], Clip | None]
    archive: Archive | None = None
    faults: Mapping[str, str]
    oddities: Mapping[str, str]
    tables: tuple[str, ...] = ()
    enrich: Callable[[Sequence[Clip], Mapping[str, Path]], list[Clip]] | None = None

    @property
    def clips(self) -> int:
        """How many the official release holds."""
        return sum(self.labels.values())
