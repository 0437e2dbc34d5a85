"""The corpora that are known by their files' names."""

from __future__ import annotations

from ser_train.corpora.cremad import CREMAD
from ser_train.corpora.emodb import EMODB
from ser_train.corpora.ravdess import RAVDESS, RAVDESS_SONG
from ser_train.corpora.savee import SAVEE
from ser_train.corpora.tess import TESS

__all__ = ["CORPORA"]

CORPORA = {corpus.name: corpus for corpus in (CREMAD, RAVDESS, RAVDESS_SONG, TESS, SAVEE, EMODB)}
