"""The clips a model is to be measured on: the sides of its own split, drawn again, or everything that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from ser_train.corpora import CORPORA, find_clips
from ser_train.corpora.labels import label_map
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import words_of
from ser_train.settings import fill
from ser_train.splits import SIDES, Split, SplitSettings, make_splits
from ser_train.splits.public import PUBLIC

__all__ = ["every_clip", "own_split"]


def own_split(model: Path, data: Sequence[Path], speaker_pattern: str | None = None) -> Split:
    """The split that a model was made with, drawn again from the data; the public splits for a model from elsewhere.

    Raises:
        TrainingError: if the data do not give the very split that the contract states.
    """
    training = Classifier(model, "cpu").contract.training
    recipe = training.get("recipe")
    if not isinstance(recipe, Mapping) or "split" not in recipe:
        return _public(model, training, data, speaker_pattern)
    clips = find_clips(data, recipe["corpora"], speaker_pattern=speaker_pattern)
    settings = fill(SplitSettings, recipe["split"], f"{model.name}: split")
    try:
        splits = make_splits(clips, label_map(recipe["labels"]), settings, recipe["seed"])
    except TrainingError:
        splits = []  # too few people, say
    for split in splits:
        if split.protocol == training.get("split"):
            return split
    raise TrainingError(
        f"the data do not give the split that {model.name} was made with ({training.get('split')}): give the same "
        "folders and manifests, or --side all for every clip that is there"
    )


def _public(model: Path, training: Mapping[str, Any], data: Sequence[Path], speaker_pattern: str | None) -> Split:
    named = [corpus.get("name") for corpus in training.get("corpora", ())]
    words = words_of(Classifier(model, "cpu"))
    clips = find_clips(data, [name for name in named if name in CORPORA], speaker_pattern=speaker_pattern)
    own = [clip for clip in clips if clip.speaker in PUBLIC and words.of(clip.label) is not None]
    return Split(
        name="",
        sides={side: [clip for clip in own if PUBLIC[clip.speaker] == side] for side in SIDES},
        protocol="the corpora's public splits; whether these speakers were heard in training is not known",
    )


def every_clip(model: Path, data: Sequence[Path], speaker_pattern: str | None = None) -> Split:
    """Every clip that is found, as a test side: for recordings of one's own.

    `speakers_shared` is True if the model was trained on one of the corpora; who of them it heard is not asked.
    """
    training = Classifier(model, "cpu").contract.training
    clips = find_clips(data, speaker_pattern=speaker_pattern)
    heard = {corpus.get("name") for corpus in training.get("corpora", ())} & {clip.corpus for clip in clips}
    known = "recipe" in training
    said = (
        f"some of them heard in training ({', '.join(sorted(heard))})"
        if heard
        else "from corpora that the model was not trained on"
        if known
        else "whether they were heard in training is not known"
    )
    return Split(
        name="",
        sides={"train": [], "validation": [], "test": clips},
        protocol=f"every clip that was given, {said}",
        speakers_shared=bool(heard),
    )
