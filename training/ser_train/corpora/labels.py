"""Label maps: from the word a corpus uses to the label a model is trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ser_live.contract import LABELS
from ser_train.corpora.words import label_of
from ser_train.errors import TrainingError
from ser_train.settings import near_miss

__all__ = [
    "LABEL_MAPS",
    "LabelMap",
    "asked_labels",
    "chosen_labels",
    "fitting_map",
    "label_map",
    "map_to",
    "stated_map",
]


@dataclass(frozen=True, kw_only=True)
class LabelMap:
    """Which words of `ser_live.contract.LABELS` a task has, and what becomes of the others.

    Attributes:
        name: short name.
        words: the word of a clip, to its label in the task; clips with any other word are left out.
    """

    name: str
    words: Mapping[str, str]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the task, in the order of the logits."""
        return tuple(sorted(set(self.words.values())))

    def of(self, word: str) -> str | None:
        """Return the label of a clip with that word; None if the task leaves it out."""
        return self.words.get(word)

    def index(self, word: str) -> int:
        """Return the position of the clip's label among the logits."""
        return self.labels.index(self.words[word])


def _same(*words: str, **others: str) -> dict[str, str]:
    return {word: word for word in words} | others


_FOUR = ("angry", "happy", "neutral", "sad")
_SIX = (*_FOUR, "disgust", "fear")

LABEL_MAPS = {
    "four": _same(*_FOUR, calm="neutral"),
    "six": _same(*_SIX, calm="neutral"),
    "seven": _same(*_SIX, "surprise", calm="neutral"),
    "seven-berlin": _same(*_SIX, "bored"),
    "eight": _same(*_SIX, "calm", "surprise"),
}
"""The shipped maps; calm counts as neutral where a task has no calm."""


def label_map(setting: str | Mapping[str, str]) -> LabelMap:
    """Return a shipped map by its name, or a user's own table of words and labels.

    Raises:
        TrainingError: for an unknown name or word, or fewer than two labels.
    """
    if isinstance(setting, str):
        if setting not in LABEL_MAPS:
            raise TrainingError(f"labels: there is no map {setting!r}: give one of {', '.join(LABEL_MAPS)}, or a table")
        return LabelMap(name=setting, words=LABEL_MAPS[setting])
    for word in (*setting, *setting.values()):
        if word not in LABELS:
            raise TrainingError(f"labels: {word!r} is not known: give one of {', '.join(LABELS)}")
    if len(set(setting.values())) < 2:
        raise TrainingError("labels: a model needs two or more different labels: add one")
    return LabelMap(name="own", words=dict(setting))


def asked_labels(text: str) -> str | Mapping[str, str]:
    """Return what `--labels` asks for as a recipe states it: the name of a shipped map, or a table of labels.

    Calm counts as neutral where neutral is asked for and calm is not.

    Raises:
        TrainingError: for a word that is neither.

    >>> asked_labels("four"), asked_labels("sad,anger")
    ('four', {'sad': 'sad', 'angry': 'angry'})
    """
    name = text.strip()
    if name in LABEL_MAPS:
        return name
    labels = []
    for word in name.split(","):
        label = label_of(word)
        if label is None:
            known = LABELS if "," in name else (*LABEL_MAPS, *LABELS)
            raise TrainingError(f"--labels: {word.strip()!r} is no label; {near_miss(word.strip(), known)}")
        labels.append(label)
    return fitting_map(labels).words


def fitting_map(labels: Sequence[str]) -> LabelMap:
    """Return the map to measure these labels with: each word is itself, calm is neutral where there is no calm."""
    calm = {"calm": "neutral"} if "calm" not in labels and "neutral" in labels else {}
    return LabelMap(name="model's", words=_same(*labels, **calm))


def stated_map(training: Mapping[str, Any], labels: Sequence[str]) -> LabelMap:
    """Return the map that a model was trained with; where its contract does not say, the fitting one.

    Args:
        training: the contract's table of that name.
        labels: of the model.
    """
    stated = training.get("labels")
    if isinstance(stated, Mapping) and set(stated.values()) == set(labels):
        return label_map(stated)
    return fitting_map(labels)


def chosen_labels(asked: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels that are asked for, in the model's order; all of them where none is.

    Raises:
        TrainingError: for a label that the model does not have, one that is given twice, or a single one.
    """
    for label in asked:
        if label not in labels:
            raise TrainingError(f"{label!r} is none of the labels to measure; {near_miss(label, labels)}")
    if len(set(asked)) < len(asked) or len(asked) == 1:
        raise TrainingError(f"labels to measure must be two or more, each once, not {', '.join(asked)}")
    return tuple(label for label in labels if label in asked) if asked else tuple(labels)


def map_to(words: LabelMap, labels: Sequence[str]) -> LabelMap:
    """Return the part of a map that leads to these labels."""
    return LabelMap(name=words.name, words={word: label for word, label in words.words.items() if label in labels})
