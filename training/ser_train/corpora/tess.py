"""TESS: two women, the phrase "Say the word …" with 200 words, seven emotions (Dupuis, Pichora-Fuller 2010).

Names: `OAF_back_angry` is speaker (OAF, 64 years old; YAF, 26), word, emotion (angry, disgust, fear, happy, neutral,
sad, `ps` = pleasant surprise).

Licence: CC BY-NC-ND 4.0. https://tspace.library.utoronto.ca/handle/1807/24487
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_train.corpora.clip import Clip, Corpus

__all__ = ["TESS"]

_NAME = re.compile(r"(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)
_AGES = {"OAF": 64, "YAF": 26}


def _parse(path: Path) -> Clip | None:
    match = _NAME.fullmatch(path.stem)
    if not match:
        return None
    speaker = "OAF" if match[1].upper().startswith("O") else "YAF"
    word, emotion = match[2].lower(), match[3].lower()
    return Clip(
        path=path,
        corpus="tess",
        label="surprise" if emotion == "ps" else emotion,
        speaker=f"tess-{speaker}",
        sex="female",
        text=f"tess-{word}",
        age=_AGES[speaker],
        identity=f"{speaker}_{word}_{emotion}",
    )


TESS = Corpus(
    name="tess",
    title="TESS",
    language="English",
    licence="CC BY-NC-ND 4.0",
    url="https://tspace.library.utoronto.ca/handle/1807/24487",
    access="file by file on the page of the University of Toronto's archive",
    megabytes=280,
    labels=dict.fromkeys(("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"), 400),
    speakers=2,
    parse=_parse,
    faults={"OAF_back_angry": "altered: five seconds, clipped", "YAF_beg_sad": "altered: five seconds, clipped"},
    oddities={"OA_bite_neutral": "misnamed, a recording of OAF"},
)
