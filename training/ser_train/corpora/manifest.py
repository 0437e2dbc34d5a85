"""A user's own recordings: a CSV table that names each file, what it shows and who speaks."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ser_live.contract import LABELS
from ser_train.corpora.clip import Clip, Excerpt
from ser_train.corpora.csv_table import read_table
from ser_train.corpora.locate import Locator
from ser_train.corpora.stretches import Stretches, read_excerpt
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError

__all__ = ["ENDINGS", "Manifest", "read_manifest"]

ENDINGS = frozenset({".csv", ".tsv"})
"""Endings of manifests."""

_SIDES = {"train": "train", "test": "test"} | dict.fromkeys(("validation", "valid", "val", "dev"), "validation")
_SEXES: dict[str, Literal["male", "female"]] = {"male": "male", "m": "male", "female": "female", "f": "female"}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The clips that a manifest names.

    Attributes:
        clips: whose files are there.
        absent: clips whose files are not.
        notes: sentences on stretches that are not used as they stand.
    """

    clips: list[Clip]
    absent: list[Clip]
    notes: list[str]


def read_manifest(path: Path) -> Manifest:
    """Read `path,label,speaker` and, perhaps, `start`, `end`, `channel`, `corpus`, `split`, `sex`, `age` and `text`.

    A line with `start` and `end`, in seconds, is that stretch of the recording. One with a `channel`, counted from 1,
    is of that channel alone. Stretches under 0.3 s are left out, and those beyond the recording's end are cut.

    Paths are relative to the manifest. Without a `corpus`, the manifest's own name is the corpus's. A speaker is unique
    in its corpus. Labels may be any usual words; a split is train, validation (val, dev) or test; empty fields are
    unknown.

    Raises:
        TrainingError: naming the line of a value that cannot be used, of a path or stretch that stands twice, or of a
            stretch in which a speaker has another label already; or, if not one file is there, the first of them.
    """
    clips: list[Clip] = []
    absent: list[Clip] = []
    lines: dict[tuple[str, Excerpt], int] = {}
    stretches, locator = Stretches(), Locator(path.parent)
    for line, row in read_table(path, ("path", "label", "speaker")):
        where = f"{path}, line {line}"
        clip = _clip(path, line, row, locator)
        file = os.path.realpath(clip.path)
        place = (file, clip.excerpt)
        if place in lines:
            raise TrainingError(f"{where}: {row['path']} is in line {lines[place]} already: remove one of them")
        lines[place] = line
        excerpt = stretches.fit(where, clip.path, clip.excerpt)
        if excerpt is None:
            continue
        stretches.claim(where, clip.path, excerpt, clip.speaker, clip.label)
        clip = replace(clip, excerpt=excerpt, identity=f"{clip.identity}{excerpt}")
        (clips if os.path.isfile(file) else absent).append(clip)
    stretches.check()
    if not lines:
        raise TrainingError(f"{path} names no recordings: add a line for each, below the names of the columns")
    if not clips and not absent:
        raise TrainingError(f"no stretch of {path} is used: {'; '.join(stretches.notes())}")
    if not clips:
        raise TrainingError(
            f"not one of the {len(absent)} files that {path} names is there, such as {absent[0].path}: paths are "
            "relative to the manifest"
        )
    return Manifest(clips=clips, absent=absent, notes=stretches.notes())


def _clip(manifest: Path, line: int, row: dict[str, str], locator: Locator) -> Clip:
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
    if age and not (age.isdecimal() and len(age) <= 3 and int(age) < 150):
        raise refuse("the age", age, "whole years or nothing")
    corpus = row.get("corpus", "") or manifest.stem
    return Clip(
        path=locator.find(row["path"], f"{manifest}, line {line}"),
        corpus=corpus,
        label=label,
        speaker=f"{corpus}-{row['speaker']}",
        sex=_SEXES.get(sex),
        text=f"{corpus}-{row['text']}" if row.get("text") else "",
        age=int(age) if age else None,
        side=_SIDES.get(split),
        identity=Path(row["path"].replace("\\", "/")).with_suffix("").as_posix(),
        excerpt=read_excerpt(f"{manifest}, line {line}", row),
    )
