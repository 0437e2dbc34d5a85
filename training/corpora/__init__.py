"""Readers: a folder of recordings or a manifest becomes plain records, whatever the tree they were packed in."""

from __future__ import annotations

from training.corpora.clip import Archive, Clip, Corpus
from training.corpora.known import CORPORA
from training.corpora.search import Search, find_clips, search

__all__ = ["CORPORA", "Archive", "Clip", "Corpus", "Search", "find_clips", "search", "six_classes"]

_SIX = {label: label for label in ("angry", "disgust", "fear", "happy", "neutral", "sad")} | {"calm": "neutral"}


def six_classes(label: str) -> str | None:
    """Label of the six-class task, calm counted as neutral; None for labels that it has not."""
    return _SIX.get(label)
