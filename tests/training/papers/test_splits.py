# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Divisions of the papers' systems: the random kinds leak, the others do not, only training clips have copies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_system import made_clips

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora.labels import label_map
from ser_train.errors import TrainingError
from ser_train.papers.protocols import Protocol
from ser_train.papers.splits import Fold, make_folds
from ser_train.splits import SHARED

SIX = label_map("six")
WORDS = SIX.labels


def _protocol(kind: str, **settings: object) -> Protocol:
    return Protocol(kind=kind, text="a protocol", **settings)  # type: ignore[arg-type]


def _sides(fold: Fold) -> list[set[int]]:
    return [set(examples[:, 0].tolist()) for examples in (fold.train, fold.validation, fold.test)]


def test_random_examples_put_copies_of_one_clip_on_both_sides() -> None:
    clips = made_clips("ravdess", 5, WORDS)
    (fold,) = make_folds(clips, SIX, 3, _protocol("rows", test=0.25), seed=0)
    assert (len(fold.train), len(fold.validation), len(fold.test)) == (900, 0, 300)
    examples = [tuple(example) for example in np.concatenate([fold.train, fold.test]).tolist()]
    assert len(set(examples)) == 4 * len(clips)
    train, _, test = _sides(fold)
    assert len(train & test) > 0.9 * len(test)
    assert SHARED in fold.notes


def test_seeds_draw_other_examples_and_the_same_seed_the_same() -> None:
    clips = made_clips("ravdess", 5, WORDS)
    first, again, other = (make_folds(clips, SIX, 1, _protocol("rows"), seed)[0].test.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_random_clips_take_a_share_of_each_corpus_and_label() -> None:
    clips = made_clips("ravdess", 4, WORDS) + made_clips("tess", 2, WORDS)
    (fold,) = make_folds(clips, SIX, 2, _protocol("clips", test=0.2, validation=0.1), seed=0)
    train, validation, test = _sides(fold)
    assert not train & test
    assert not train & validation
    for corpus, count in (("ravdess", 8), ("tess", 4)):
        for word in WORDS:
            assert sum((clips[i].corpus, clips[i].label) == (corpus, word) for i in test) == count
    assert set(fold.train[:, 1].tolist()) == {0, 1, 2}
    assert set(fold.test[:, 1].tolist()) == set(fold.validation[:, 1].tolist()) == {0}


@pytest.mark.parametrize(("kind", "folds"), [("folds", 6), ("leave-one-speaker-out", 24)])
def test_no_speaker_stands_on_two_sides(kind: str, folds: int) -> None:
    clips = made_clips("ravdess", 24, WORDS, texts=1)
    made = make_folds(clips, SIX, 3, _protocol(kind), seed=0)
    assert len(made) == folds
    for fold in made:
        train, validation, test = ({clips[i].speaker for i in side} for side in _sides(fold))
        assert len(train) + len(validation) + len(test) == len(train | validation | test)
        assert set(fold.train[:, 1].tolist()) == {0, 1, 2, 3}
        assert set(fold.test[:, 1].tolist()) == {0}
    tested = [clip for fold in made for clip in fold.test[:, 0].tolist()]
    assert sorted(tested) == list(range(len(clips)))


def test_across_measures_the_other_corpora_and_back() -> None:
    clips = made_clips("ravdess", 8, WORDS, texts=1) + made_clips("emodb", 8, WORDS, texts=1)
    forth, back = make_folds(clips, SIX, 1, _protocol("across", train=("ravdess",), to=("emodb",), back=True), seed=0)
    for fold, trained, tested in ((forth, "ravdess", "emodb"), (back, "emodb", "ravdess")):
        train, validation, test = _sides(fold)
        assert {clips[i].corpus for i in train | validation} == {trained}
        assert {clips[i].corpus for i in test} == {tested}
        assert fold.name == f"from {trained} to {tested}"


def test_across_goes_without_an_optional_corpus() -> None:
    clips = made_clips("ravdess", 8, WORDS, texts=1) + made_clips("tess", 2, WORDS, texts=1)
    (fold,) = make_folds(clips, SIX, 2, _protocol("across", train=("ravdess", "savee"), to=("tess",)), seed=0)
    train, validation, test = ({clips[i].corpus for i in side} for side in _sides(fold))
    assert (train, validation, test) == ({"ravdess"}, {"ravdess"}, {"tess"})
    assert set(fold.test[:, 1].tolist()) == {0}


def test_examples_of_some_corpora_train_and_others_are_measured_with_their_copies() -> None:
    clips = made_clips("ravdess", 4, WORDS) + made_clips("tess", 2, WORDS)
    protocol = _protocol("across-rows", train=("ravdess",), to=("tess",), test=0.25, test_copies=True)
    (fold,) = make_folds(clips, SIX, 3, protocol, seed=0)
    assert len(fold.train) == 0.75 * 4 * 240
    assert {clips[i].corpus for i in fold.train[:, 0]} == {"ravdess"}
    assert len(fold.test) == 4 * 120
    assert {clips[i].corpus for i in fold.test[:, 0]} == {"tess"}
    (plain,) = make_folds(clips, SIX, 3, replace(protocol, test_copies=False), seed=0)
    assert len(plain.test) == 120


def test_each_of_two_speakers_trains_once_and_a_tenth_of_the_words_validates() -> None:
    clips = made_clips("tess", 2, WORDS, texts=20)
    folds = make_folds(clips, SIX, 1, _protocol("each-speaker"), seed=0)
    assert [fold.name for fold in folds] == ["from tess-01 to tess-02", "from tess-02 to tess-01"]
    for fold in folds:
        train, validation, test = _sides(fold)
        assert not {clips[i].speaker for i in train | validation} & {clips[i].speaker for i in test}
        assert not {clips[i].text for i in train} & {clips[i].text for i in validation}
        assert len({clips[i].text for i in validation}) == 2


def test_public_sides_are_merged_and_tess_goes_from_the_older_to_the_younger() -> None:
    clips = [replace(clip, speaker="tess-OAF") for clip in made_clips("tess", 1, WORDS)]
    clips += [replace(clip, speaker="tess-YAF") for clip in made_clips("tess", 1, WORDS)]
    clips += made_clips("ravdess", 24, WORDS, texts=1) + made_clips("savee", 2, WORDS, texts=1)
    (fold,) = make_folds(clips, SIX, 1, _protocol("public"), seed=0)
    train, validation, test = ({clips[i].speaker for i in side} for side in _sides(fold))
    assert {"tess-OAF", "savee-01", "ravdess-01"} <= train
    assert validation == {f"ravdess-{n}" for n in range(17, 21)}
    assert test == {"tess-YAF"} | {f"ravdess-{n}" for n in range(21, 25)}
    assert fold.notes == ("trains only, for it has no public split: savee",)


def test_a_side_without_anybody_is_refused() -> None:
    clips = made_clips("ravdess", 4, WORDS)
    with pytest.raises(TrainingError, match="nobody is measured"):
        make_folds(clips, SIX, 1, _protocol("across-rows", train=("ravdess",), to=("tess",)), seed=0)
    with pytest.raises(TrainingError, match="two speakers"):
        make_folds(clips, SIX, 1, _protocol("each-speaker"), seed=0)
