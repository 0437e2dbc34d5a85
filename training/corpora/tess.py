"""TESS: two women, the phrase "Say the word …" with 200 words, seven emotions (Dupuis, Pichora-Fuller 2010).

Names: `OAF_back_angry` is speaker (OAF older, YAF younger), word, emotion (`ps` = pleasant surprise).
https://tspace.library.utoronto.ca/handle/1807/24487
"""

from __future__ import annotations

import re
from pathlib import Path

from training.corpora.clip import Clip, Corpus

__all__ = ["TESS"]

_NAME = re.compile(r"(OAF?|YAF)_([a-z]+)_(angry|disgust|fear|happy|neutral|ps|sad)", re.IGNORECASE)


def _parse(path: Path) -> Clip | None:
    found = _NAME.fullmatch(path.stem)
    if not found:
        return None
    speaker, word, emotion = found.groups()
    return Clip(
        path=path,
        corpus="tess",
        label="surprise" if emotion.lower() == "ps" else emotion.lower(),
        speaker="tess-" + ("OAF" if speaker.upper().startswith("O") else "YAF"),
        sex="female",
        text=f"tess-{word.lower()}",
    )


TESS = Corpus(
    name="tess",
    title="TESS",
    licence="CC BY-NC-ND 4.0",
    url="https://tspace.library.utoronto.ca/handle/1807/24487",
    clips=2800,
    parse=_parse,
    faults={"OAF_back_angry": "altered: five seconds, clipped", "YAF_beg_sad": "altered: five seconds, clipped"},
)
