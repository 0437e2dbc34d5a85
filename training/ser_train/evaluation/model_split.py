"""Choose the clips that a model is measured on: the sides of its own split, drawn again, or all that are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from ser_train.corpora import CORPORA, find_clips
from ser_train.corpora.labels import LabelMap, label_map, stated_map
from ser_train.errors import TrainingError
from ser_train.settings import fill
from ser_train.splits import SIDES, Split, SplitSettings, make_splits
from ser_train.splits.public import PUBLIC

__all__ = ["every_clip", "own_split"]

Tell = Callable[[str], None]
"""Is given a sentence on each kind of file that is left out."""


def _silent(note: str) -> None:
    """Tell nobody."""


def own_split(model: Path, data: Sequence[Path], speaker_pattern: str | None = None, tell: Tell = _silent) -> Split:
    """Draw the split that a model was made with again from the data; the public splits for a model from elsewhere.

    Raises:
        TrainingError: if the data do not give the very split that the contract states.
    """
    contract = Classifier(model, "cpu").contract
    training = contract.training
    recipe = training.get("recipe")
    if not isinstance(recipe, Mapping) or "split" not in recipe:
        words = stated_map(training, contract.labels)
        return _public(training, words, data, speaker_pattern, tell)
    clips = find_clips(data, recipe["corpora"], speaker_pattern=speaker_pattern, tell=tell)
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


def _public(
    training: Mapping[str, Any], words: LabelMap, data: Sequence[Path], speaker_pattern: str | None, tell: Tell
) -> Split:
    named = [corpus.get("name") for corpus in training.get("corpora", ())]
    clips = find_clips(data, [name for name in named if name in CORPORA], speaker_pattern=speaker_pattern, tell=tell)
    public = [clip for clip in clips if clip.speaker in PUBLIC and words.of(clip.label) is not None]
    return Split(
        name="",
        sides={side: [clip for clip in public if PUBLIC[clip.speaker] == side] for side in SIDES},
        protocol="the corpora's public splits; whether these speakers were heard in training is not known",
    )


def every_clip(model: Path, data: Sequence[Path], speaker_pattern: str | None = None, tell: Tell = _silent) -> Split:
    """Return every clip in the data as a test side: for a user's own recordings.

    `speakers_shared` is True if the model was trained on one of the corpora, whichever of its speakers it heard.
    """
    training = Classifier(model, "cpu").contract.training
    clips = find_clips(data, speaker_pattern=speaker_pattern, tell=tell)
    trained_on = {corpus.get("name") for corpus in training.get("corpora", ())} & {clip.corpus for clip in clips}
    known = "recipe" in training
    origin = (
        f"some of them heard in training ({', '.join(sorted(trained_on))})"
        if trained_on
        else "from corpora that the model was not trained on"
        if known
        else "whether they were heard in training is not known"
    )
    return Split(
        name="",
        sides={"train": [], "validation": [], "test": clips},
        protocol=f"every clip that was given, {origin}",
        speakers_shared=bool(trained_on),
    )
