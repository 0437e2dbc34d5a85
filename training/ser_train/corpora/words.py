"""The words that people name emotions by, to the nine of `ser_live.contract.LABELS`."""

from __future__ import annotations

import re

__all__ = ["label_of"]

_WORDS = {
    "angry": ("anger", "ang"),
    "bored": ("boredom",),
    "calm": ("calmness",),
    "disgust": ("disgusted", "dis"),
    "fear": ("fearful", "fea", "afraid", "scared"),
    "happy": ("happiness", "hap", "joy", "joyful"),
    "neutral": ("neutrality", "neu"),
    "sad": ("sadness",),
    "surprise": ("surprised", "sur", "ps", "pleasant surprise", "pleasant surprised"),
}
_LABELS = {word: label for label, others in _WORDS.items() for word in (label, *others)}


def label_of(word: str) -> str | None:
    """Return the label that a word stands for, without regard to case and joining marks; None if it names no emotion.

    >>> label_of("Pleasant_Surprise"), label_of("Fearful"), label_of("noise")
    ('surprise', 'fear', None)
    """
    return _LABELS.get(re.sub(r"[\s_-]+", " ", word).strip().lower())
