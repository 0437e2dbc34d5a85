"""RAVDESS: 24 actors speaking two sentences in eight emotions, 23 of them singing in six (Livingstone, Russo 2018).

Names: `03-01-06-01-02-01-12` is modality (03 sound alone, 01 sound and picture), channel (01 speech, 02 song), emotion
(01 neutral, 02 calm, 03 happy, 04 sad, 05 angry, 06 fearful, 07 disgust, 08 surprised), intensity (01 normal,
02 strong), statement, repetition, actor (odd = male). Song has no actor 18, no disgust and no surprise, and its actors
are those of the speech.

Licence: CC BY-NC-SA 4.0. https://zenodo.org/record/1188976
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_train.corpora.clip import Archive, Clip, Corpus

__all__ = ["RAVDESS", "RAVDESS_SONG"]

_NAME = re.compile(r"0[13]-((0[12])-(0[1-8])-(0[12])-(0[12])-0[12]-(\d\d))")
_LABELS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise")
_LICENCE = "CC BY-NC-SA 4.0"
_URL = "https://zenodo.org/record/1188976"
_FILES = "https://zenodo.org/records/1188976/files"


def _parse(path: Path, channel: str, corpus: str) -> Clip | None:
    match = _NAME.fullmatch(path.stem)
    if not match or match[2] != channel or not 1 <= int(match[6]) <= 24:
        return None
    rest, _, emotion, intensity, statement, actor = match.groups()
    return Clip(
        path=path,
        corpus=corpus,
        label=_LABELS[int(emotion) - 1],
        speaker=f"ravdess-{actor}",
        sex="male" if int(actor) % 2 else "female",
        text=f"ravdess-{statement}",
        intensity="normal" if intensity == "01" else "strong",
        identity=f"03-{rest}",
    )


RAVDESS = Corpus(
    name="ravdess",
    title="RAVDESS speech",
    language="English",
    licence=_LICENCE,
    url=_URL,
    access="open download",
    archive=Archive(url=f"{_FILES}/Audio_Speech_Actors_01-24.zip", checksum="md5:bc696df654c87fed845eb13823edef8a"),
    megabytes=208,
    labels={label: 96 if label == "neutral" else 192 for label in _LABELS},
    speakers=24,
    parse=lambda path: _parse(path, "01", "ravdess"),
    faults={"03-01-03-01-02-02-07": "the same bytes as 03-01-03-01-02-01-07"},
    oddities={},
)
RAVDESS_SONG = Corpus(
    name="ravdess-song",
    title="RAVDESS song",
    language="English",
    licence=_LICENCE,
    url=_URL,
    access="open download",
    archive=Archive(url=f"{_FILES}/Audio_Song_Actors_01-24.zip", checksum="md5:5411230427d67a21e18aa4d466e6d1b9"),
    megabytes=226,
    labels={label: 92 if label == "neutral" else 184 for label in _LABELS[:6]},
    speakers=23,
    parse=lambda path: _parse(path, "02", "ravdess-song"),
    faults={},
    oddities={},
)
