"""Berlin EMO-DB: ten speakers, ten German sentences, seven emotions (Burkhardt et al. 2005).

Names: `03a01Fa` is speaker, text, emotion (first letter of the German word), version. http://emodb.bilderbar.info
"""

from __future__ import annotations

import re
from pathlib import Path

from training.corpora.clip import Clip, Corpus

__all__ = ["EMODB"]

_NAME = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])[a-z]")
_LABELS = {"W": "angry", "L": "bored", "E": "disgust", "A": "fear", "F": "happy", "T": "sad", "N": "neutral"}
_MEN = frozenset({"03", "10", "11", "12", "15"})


def _parse(path: Path) -> Clip | None:
    found = _NAME.fullmatch(path.stem)
    if not found:
        return None
    speaker, text, emotion = found.groups()
    return Clip(
        path=path,
        corpus="emodb",
        label=_LABELS[emotion],
        speaker=f"emodb-{speaker}",
        sex="male" if speaker in _MEN else "female",
        text=f"emodb-{text}",
    )


EMODB = Corpus(
    name="emodb",
    title="Berlin EMO-DB",
    licence="free for research, as its owners say",
    url="http://emodb.bilderbar.info",
    clips=535,
    parse=_parse,
    faults={},
)
