"""Read folders of recordings and manifests into plain records, however the files are arranged."""

from __future__ import annotations

from ser_train.corpora.clip import Archive, Clip, Corpus, Excerpt
from ser_train.corpora.find import Search, find_clips, search
from ser_train.corpora.known import CORPORA

__all__ = ["CORPORA", "Archive", "Clip", "Corpus", "Excerpt", "Search", "find_clips", "search"]
