"""Berlin EMO-DB: ten speakers, ten German sentences, seven emotions (Burkhardt et al. 2005).

Names: `03a01Fa` is speaker, text, emotion (first letter of the German word: W anger, L boredom, E disgust, A fear,
F happiness, T sadness, N neutral), version. Ages are those of the release's own table of speakers.

Licence: free for research. http://emodb.bilderbar.info
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_train.corpora.clip import Archive, Clip, Corpus

__all__ = ["EMODB"]

_NAME = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])[a-z]")
_LABELS = {"W": "angry", "L": "bored", "E": "disgust", "A": "fear", "F": "happy", "T": "sad", "N": "neutral"}
_MEN = frozenset({"03", "10", "11", "12", "15"})
_AGES = {"03": 31, "08": 34, "09": 21, "10": 32, "11": 26, "12": 30, "13": 32, "14": 35, "15": 25, "16": 31}


def _parse(path: Path) -> Clip | None:
    match = _NAME.fullmatch(path.stem)
    if not match or match[1] not in _AGES:
        return None
    speaker, text, emotion = match.groups()
    return Clip(
        path=path,
        corpus="emodb",
        label=_LABELS[emotion],
        speaker=f"emodb-{speaker}",
        sex="male" if speaker in _MEN else "female",
        text=f"emodb-{text}",
        age=_AGES[speaker],
    )


EMODB = Corpus(
    name="emodb",
    title="Berlin EMO-DB",
    language="German",
    licence="free for research, as its owners say",
    url="http://emodb.bilderbar.info",
    access="open download",
    archive=Archive(url="http://emodb.bilderbar.info/download/download.zip", checksum=None),
    megabytes=41,
    labels={"angry": 127, "bored": 81, "disgust": 46, "fear": 69, "happy": 71, "neutral": 79, "sad": 62},
    speakers=10,
    parse=_parse,
    faults={},
    oddities={},
)
