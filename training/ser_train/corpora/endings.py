"""The endings of recordings: those that are read, and others that hold sound."""

from __future__ import annotations

__all__ = ["ENDINGS", "LOSSLESS", "OTHER_SOUNDS"]

LOSSLESS = frozenset({".wav", ".flac", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64"})
"""Endings of recordings that mostly hold every sample."""
ENDINGS = LOSSLESS | {".opus", ".ogg", ".oga", ".mp3"}
"""Endings of the files that are taken for recordings: libsndfile reads them."""
OTHER_SOUNDS = frozenset(
    {".m4a", ".m4b", ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".mka", ".avi", ".flv", ".3gp", ".aac", ".wma", ".wmv"}
    | {".amr", ".awb", ".ape", ".wv", ".ac3", ".mpg", ".mpeg", ".mp2", ".ra", ".rm", ".sph", ".spx"}
)
"""Endings of files that hold sound and are not read."""
