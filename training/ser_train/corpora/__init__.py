"""Readers: a folder of recordings or a manifest becomes plain records, whatever the tree they were packed in."""

from __future__ import annotations

from ser_train.corpora.clip import Archive, Clip, Corpus
from ser_train.corpora.find import Search, find_clips, search
from ser_train.corpora.known import CORPORA

__all__ = ["CORPORA", "Archive", "Clip", "Corpus", "Search", "find_clips", "search"]
