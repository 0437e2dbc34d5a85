"""CREMA-D: 91 actors, 12 English sentences, six emotions (Cao et al. 2014).

Names: `1001_DFA_ANG_XX` is actor, sentence, emotion, intensity (XX unstated, LO, MD, HI). 48 men, 43 women, 20 to 74
years old. Beside the recordings, `VideoDemographics.csv` gives age, sex, race and ethnicity of the actors, and
`tabulatedVotes.csv` what listeners heard: rows 100001 to 199999 are those who heard the voice alone.

Licence: ODbL 1.0, contents DbCL 1.0. https://github.com/CheyneyComputerScience/CREMA-D (git LFS).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ser_train.corpora.clip import Clip, Corpus
from ser_train.corpora.csv_table import read_table
from ser_train.errors import TrainingError

__all__ = ["CREMAD"]

_NAME = re.compile(r"(10\d\d)_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(XX?|LO|MD|HI)")
_LABELS = {"ANG": "angry", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_PEOPLE, _VOTES = "VideoDemographics.csv", "tabulatedVotes.csv"
_VOICE_ONLY = range(100_001, 200_000)  # rows of the votes; 2xxxxx saw the face alone, 3xxxxx saw and heard
_WOMEN = frozenset(  # VideoDemographics.csv of the release
    {1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025, 1028, 1029, 1030, 1037}
    | {1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060, 1061, 1063, 1072, 1073, 1074, 1075, 1076}
    | {1078, 1079, 1082, 1084, 1089, 1091}
)


def _parse(path: Path) -> Clip | None:
    match = _NAME.fullmatch(path.stem)
    if not match or not 1001 <= int(match[1]) <= 1091:
        return None
    actor, sentence, emotion, intensity = match.groups()
    return Clip(
        path=path,
        corpus="cremad",
        label=_LABELS[emotion],
        speaker=f"cremad-{actor}",
        sex="female" if int(actor) in _WOMEN else "male",
        text=f"cremad-{sentence}",
        intensity=None if intensity.startswith("X") else intensity,
        identity=f"{actor}_{sentence}_{emotion}_{'XX' if intensity == 'X' else intensity}",
    )


class _Person(NamedTuple):
    age: int
    ethnicity: str


def _people(path: Path) -> dict[str, _Person]:
    """Read age and ethnicity of each speaker."""
    people = {}
    for line, row in read_table(path, ("actorid", "age", "race", "ethnicity")):
        if not row["age"].isdecimal():
            raise TrainingError(f"{path}, line {line}: the age {row['age']!r} is no number: take the official table")
        people[f"cremad-{row['actorid']}"] = _Person(int(row["age"]), f"{row['race']}, {row['ethnicity']}")
    return people


def _votes(path: Path) -> dict[str, tuple[tuple[str, float], ...]]:
    """Read, for each recording's name, the shares of the listeners who heard each emotion in the voice alone."""
    letters = {emotion[0].lower(): label for emotion, label in _LABELS.items()}
    votes = {}
    for line, row in read_table(path, ("", *letters, "filename")):
        numbers = [row[""], *(row[letter] for letter in letters)]
        if not all(number.isdecimal() for number in numbers):
            raise TrainingError(f"{path}, line {line}: a count of votes is no number: take the official table")
        counts = {label: int(row[letter]) for letter, label in letters.items()}
        total = sum(counts.values())
        if int(row[""]) in _VOICE_ONLY and total:
            votes[row["filename"]] = tuple((label, count / total) for label, count in counts.items() if count)
    return votes


def _enrich(clips: Sequence[Clip], tables: Mapping[str, Path]) -> list[Clip]:
    people = _people(tables[_PEOPLE]) if _PEOPLE in tables else {}
    votes = _votes(tables[_VOTES]) if _VOTES in tables else {}
    enriched = [replace(clip, perceived=votes.get(clip.name, ())) for clip in clips]
    return [
        replace(clip, age=people[clip.speaker].age, ethnicity=people[clip.speaker].ethnicity)
        if clip.speaker in people
        else clip
        for clip in enriched
    ]


CREMAD = Corpus(
    name="cremad",
    title="CREMA-D",
    language="English",
    licence="Open Database License 1.0, contents under the Database Contents License 1.0",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    access="git-LFS repository: GIT_LFS_SKIP_SMUDGE=1 git clone https://github.com/CheyneyComputerScience/CREMA-D "
    '&& git -C CREMA-D lfs pull --include "AudioWAV/*"',
    megabytes=610,
    labels={"angry": 1271, "disgust": 1271, "fear": 1271, "happy": 1271, "neutral": 1087, "sad": 1271},
    speakers=91,
    parse=_parse,
    faults={
        "1006_TIE_NEU_XX": "the same recording as 1006_TIE_HAP_XX",
        "1013_WSI_SAD_XX": "the same recording as 1013_WSI_DIS_XX",
        "1017_IWW_FEA_XX": "the same recording as 1017_IWW_ANG_XX",
        "1076_MTI_SAD_XX": "silent",
    },
    oddities={
        "1006_TIE_HAP_XX": "the label is doubtful: released as 1006_TIE_NEU_XX too",
        "1013_WSI_DIS_XX": "the label is doubtful: released as 1013_WSI_SAD_XX too",
        "1017_IWW_ANG_XX": "the label is doubtful: released as 1017_IWW_FEA_XX too",
        "1040_ITH_SAD_X": "misnamed, the official name is 1040_ITH_SAD_XX",
    },
    tables=(_PEOPLE, _VOTES),
    enrich=_enrich,
)
