"""The corpora that are known by their files' names."""

from __future__ import annotations

from training.corpora.cremad import CREMAD
from training.corpora.emodb import EMODB
from training.corpora.ravdess import RAVDESS, RAVDESS_SONG
from training.corpora.savee import SAVEE
from training.corpora.tess import TESS

__all__ = ["CORPORA"]

CORPORA = {corpus.name: corpus for corpus in (CREMAD, RAVDESS, RAVDESS_SONG, TESS, SAVEE, EMODB)}
