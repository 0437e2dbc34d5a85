"""RAVDESS: 24 actors speaking two sentences in eight emotions, 23 of them singing in six (Livingstone, Russo 2018).

Names: `03-01-06-01-02-01-12` is modality, channel (01 speech, 02 song), emotion, intensity, statement, repetition,
actor (odd = male). https://zenodo.org/record/1188976
"""

from __future__ import annotations

import re
from pathlib import Path

from training.corpora.clip import Clip, Corpus

__all__ = ["RAVDESS", "RAVDESS_SONG"]

_NAME = re.compile(r"0[1-3]-(0[12])-(0[1-8])-(0[12])-(0[12])-0[12]-(\d\d)")
_LABELS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
_LICENCE = "CC BY-NC-SA 4.0"
_URL = "https://zenodo.org/record/1188976"


def _parse(path: Path, channel: str, corpus: str) -> Clip | None:
    found = _NAME.fullmatch(path.stem)
    if not found or found[1] != channel:
        return None
    _, emotion, intensity, statement, actor = found.groups()
    return Clip(
        path=path,
        corpus=corpus,
        label=_LABELS[int(emotion) - 1],
        speaker=f"ravdess-{actor}",
        sex="male" if int(actor) % 2 else "female",
        text=f"ravdess-{statement}",
        intensity="normal" if intensity == "01" else "strong",
    )


RAVDESS = Corpus(
    name="ravdess",
    title="RAVDESS speech",
    licence=_LICENCE,
    url=_URL,
    clips=1440,
    parse=lambda path: _parse(path, "01", "ravdess"),
    faults={"03-01-03-01-02-02-07": "the same bytes as 03-01-03-01-02-01-07"},
)
RAVDESS_SONG = Corpus(
    name="ravdess-song",
    title="RAVDESS song",
    licence=_LICENCE,
    url=_URL,
    clips=1012,
    parse=lambda path: _parse(path, "02", "ravdess-song"),
    faults={},
)
