"""A colour and a letter for every label: the same on the screen and in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["COLOURS", "LETTERS", "letter"]

COLOURS: Final[Mapping[str, str]] = {
    "angry": "#DD5816",
    "bored": "#A56A42",
    "calm": "#2EE697",
    "disgust": "#99CC5C",
    "fear": "#D234C4",
    "happy": "#E6CE02",
    "neutral": "#EBEBEB",
    "sad": "#26A5FF",
    "surprise": "#F28FD1",
    "uncertain": "#727C86",
}
"""A colour a word. Any two are 22 or more apart in CIELAB (CIE 1976), also as the three colour vision deficiencies
see them (Machado et al. 2009, https://doi.org/10.1109/TVCG.2009.113); black on each has a contrast of 4.5 or more."""
LETTERS: Final[Mapping[str, str]] = {word: word[0].upper() for word in COLOURS} | {"surprise": "!", "uncertain": "?"}
"""A character a word, all different: it says what the colour says."""


def letter(word: str) -> str:
    """Return the character that stands for a label or for `uncertain`."""
    return LETTERS.get(word, word[:1].upper())
