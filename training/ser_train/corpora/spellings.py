"""`SP01` and `sp01` are one person: a split that took them for two would measure a voice that it was trained on."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from ser_train.corpora.clip import Clip
from ser_train.corpora.known import CORPORA

__all__ = ["one_spelling"]

_LISTED = 3


def one_spelling(clips: Sequence[Clip]) -> tuple[list[Clip], list[str]]:
    """Return the clips with one spelling of each speaker, the first, and a sentence on those that had several.

    Names that differ only in case, in blanks or in how Unicode stores their letters are one person's. Known corpora
    are left as they are.
    """
    first: dict[str, str] = {}
    others: dict[str, set[str]] = {}
    spelled = []
    for clip in clips:
        if clip.corpus not in CORPORA:
            name = first.setdefault(_key(clip.speaker), clip.speaker)
            if name != clip.speaker:
                others.setdefault(name, set()).add(clip.speaker)
                clip = replace(clip, speaker=name)
        spelled.append(clip)
    if not others:
        return spelled, []
    pairs = [" = ".join([name, *sorted(names)]) for name, names in others.items()]
    more = f", and {len(pairs) - _LISTED:,} more" if len(pairs) > _LISTED else ""
    return spelled, [
        f"speakers whose names differ only in case, blanks or accents' encoding are one person: "
        f"{'; '.join(pairs[:_LISTED])}{more}; rename them where they are not"
    ]


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
