"""A user's own recordings: a CSV table that names each file, what it shows and who speaks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ser_live.contract import LABELS
from ser_train.corpora.clip import Clip
from ser_train.corpora.csv_table import read_table
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["Manifest", "read_manifest"]

_SIDES = {"train": "train", "test": "test"} | dict.fromkeys(("validation", "valid", "val", "dev"), "validation")
_SEXES: dict[str, Literal["male", "female"]] = {"male": "male", "m": "male", "female": "female", "f": "female"}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The clips that a manifest names.

    Attributes:
        clips: whose files are there.
        absent: clips whose files are not.
    """

    clips: list[Clip]
    absent: list[Clip]


def read_manifest(path: Path) -> Manifest:
    """Read `path,label,speaker` and, where they are given, `corpus`, `split`, `sex`, `age` and `text`.

    Paths are relative to the manifest. Without a `corpus`, the manifest's own name is the corpus's. A speaker is unique
    in its corpus. Labels may be any usual words; a split is train, validation (val, dev) or test; empty fields are
    unknown.

    Raises:
        TrainingError: naming the line of a value that cannot be used, a path that stands twice, or, if not one file is
            there, the first of them.
    """
    clips: list[Clip] = []
    absent: list[Clip] = []
    lines: dict[str, int] = {}
    for line, row in read_table(path, ("path", "label", "speaker")):
        clip = _clip(path, line, row)
        place = os.path.realpath(clip.path)
        if place in lines:
            raise TrainingError(
                f"{path}, line {line}: {row['path']} is in line {lines[place]} already: remove one of them"
            )
        lines[place] = line
        (clips if os.path.isfile(place) else absent).append(clip)
    if not lines:
        raise TrainingError(f"{path} names no recordings: add a line for each, below the names of the columns")
    if not clips:
        raise TrainingError(
            f"not one of the {len(absent)} files that {path} names is there, such as {absent[0].path}: paths are "
            "relative to the manifest"
        )
    return Manifest(clips=clips, absent=absent)


def _clip(manifest: Path, line: int, row: dict[str, str]) -> Clip:
    """Read the clip of one line."""

    def refuse(what: str, value: str, expected: str) -> TrainingError:
        return TrainingError(f"{manifest}, line {line}: {what} {value!r} is not known: give {expected}")

    for column in ("path", "speaker"):
        if not row[column]:
            raise TrainingError(f"{manifest}, line {line}: the {column} is empty: every recording needs one")
    label = label_of(row["label"])
    if label is None:
        raise refuse("the label", row["label"], f"one of {', '.join(LABELS)}")
    split, sex, age = (row.get(column, "").lower() for column in ("split", "sex", "age"))
    if split and split not in _SIDES:
        raise refuse("the split", split, "train, validation or test")
    if sex and sex not in _SEXES:
        raise refuse("the sex", sex, "male, female or nothing")
    if age and not (age.isdecimal() and int(age) < 150):
        raise refuse("the age", age, "whole years or nothing")
    corpus = row.get("corpus", "") or manifest.stem
    return Clip(
        path=manifest.parent / row["path"],
        corpus=corpus,
        label=label,
        speaker=f"{corpus}-{row['speaker']}",
        sex=_SEXES.get(sex),
        text=f"{corpus}-{row['text']}" if row.get("text") else "",
        age=int(age) if age else None,
        side=_SIDES.get(split),
        identity=Path(row["path"]).with_suffix("").as_posix(),
    )
