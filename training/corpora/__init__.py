"""Readers: a folder of recordings or a manifest becomes plain records, whatever the tree they were packed in."""

from __future__ import annotations

from training.corpora.clip import Archive, Clip, Corpus
from training.corpora.known import CORPORA
from training.corpora.search import Search, find_clips, search

__all__ = ["CORPORA", "Archive", "Clip", "Corpus", "Search", "find_clips", "search"]
