"""SAVEE: four men, 120 English sentences each, seven emotions (Haq, Jackson 2009).

Names: `AudioData/DC/a01` in the official tree and `DC_a01` in repackaged ones; speaker (DC, JE, JK, KL), emotion (a
anger, d disgust, f fear, h happiness, n neutral, sa sadness, su surprise), sentence. A sentence's number means the same
words only within its emotion; the few that all emotions share are not told apart here.

Licence: for research, after registration. http://kahlan.eps.surrey.ac.uk/savee/
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_train.corpora.clip import Clip, Corpus

__all__ = ["SAVEE"]

_NAME = re.compile(r"(DC|JE|JK|KL)[_/]((a|d|f|h|n|sa|su)\d\d)")
_LABELS = {
    "a": "angry",
    "d": "disgust",
    "f": "fear",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprise",
}


def _parse(path: Path) -> Clip | None:
    match = _NAME.fullmatch(path.stem) or _NAME.fullmatch(f"{path.parent.name}/{path.stem}")
    if not match:
        return None
    speaker, sentence, emotion = match.groups()
    return Clip(
        path=path,
        corpus="savee",
        label=_LABELS[emotion],
        speaker=f"savee-{speaker}",
        sex="male",
        text=f"savee-{sentence}",
        identity=f"{speaker}_{sentence}",
    )


SAVEE = Corpus(
    name="savee",
    title="SAVEE",
    language="English",
    licence="free for research after registration, as its owners say",
    url="http://kahlan.eps.surrey.ac.uk/savee/",
    access="its owners ask for registration on the page",
    megabytes=160,
    labels={label: 120 if label == "neutral" else 60 for label in _LABELS.values()},
    speakers=4,
    parse=_parse,
    faults={},
    oddities={},
)
