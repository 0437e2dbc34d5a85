"""CREMA-D: 91 actors, 12 English sentences, six emotions (Cao et al. 2014).

Names: `1001_DFA_ANG_XX` is actor, sentence, emotion, intensity. https://github.com/CheyneyComputerScience/CREMA-D
"""

from __future__ import annotations

import re
from pathlib import Path

from training.corpora.clip import Clip, Corpus

__all__ = ["CREMAD"]

_NAME = re.compile(r"(1\d{3})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX|X|LO|MD|HI)")
_LABELS = {"ANG": "angry", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_WOMEN = frozenset(  # VideoDemographics.csv of the release
    {1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025, 1028, 1029, 1030, 1037}
    | {1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060, 1061, 1063, 1072, 1073, 1074, 1075, 1076}
    | {1078, 1079, 1082, 1084, 1089, 1091}
)


def _parse(path: Path) -> Clip | None:
    found = _NAME.fullmatch(path.stem)
    if not found:
        return None
    actor, sentence, emotion, intensity = found.groups()
    return Clip(
        path=path,
        corpus="cremad",
        label=_LABELS[emotion],
        speaker=f"cremad-{actor}",
        sex="female" if int(actor) in _WOMEN else "male",
        text=f"cremad-{sentence}",
        intensity=None if intensity.startswith("X") else intensity,
    )


CREMAD = Corpus(
    name="cremad",
    title="CREMA-D",
    licence="Open Database License 1.0, contents under the Database Contents License 1.0",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    clips=7442,
    parse=_parse,
    faults={
        "1006_TIE_NEU_XX": "the same recording as 1006_TIE_HAP_XX",
        "1013_WSI_SAD_XX": "the same recording as 1013_WSI_DIS_XX",
        "1017_IWW_FEA_XX": "the same recording as 1017_IWW_ANG_XX",
        "1076_MTI_SAD_XX": "silent",
    },
)
