# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Data of one's own: the labels that they have, the speakers that they have, and what is said of both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora import Clip
from ser_train.corpora.labels import asked_labels, label_map
from ser_train.errors import TrainingError
from ser_train.fitting.own_data import fit_recipe
from ser_train.fitting.recipe import Recipe, load_recipe, plain_recipe, stated_recipe, with_labels
from ser_train.splits import SHARED, SplitSettings, make_splits

FOUR = ("angry", "happy", "neutral", "sad")
SIX = label_map("six").labels


def _clips(people: Sequence[str], words: Sequence[str] = SIX, *, each: int = 3, corpus: str = "mine") -> list[Clip]:
    """So many clips of every word by each of the people; no files."""
    return [
        Clip(
            path=Path(f"nowhere/{speaker}_{word}_{n}.wav"),
            corpus=corpus,
            label=word,
            speaker=f"{corpus}-{speaker}",
            sex=None,
            text="",
        )
        for speaker in people
        for word in words
        for n in range(each)
    ]


def _fitted(clips: Sequence[Clip], recipe: str = "default", asked: Sequence[str] = ()) -> tuple[Recipe, list[str]]:
    """The recipe as the clips fulfil it; it divides them, and a contract can carry it."""
    fitted, notes = fit_recipe(load_recipe(recipe), clips, asked)
    assert stated_recipe(plain_recipe(fitted), "m.onnx") == fitted
    assert make_splits(clips, fitted.label_map, fitted.split, fitted.seed)
    return fitted, notes


def test_a_manifest_of_four_labels_is_divided_and_said() -> None:
    fitted, notes = _fitted(_clips("abcdefgh", FOUR))
    assert fitted.label_map.labels == FOUR
    assert fitted.label_map.of("calm") == "neutral"
    assert fitted.split.kind == "speakers"
    assert notes == [
        "labels: angry, happy, neutral, sad, because the data have too few clips of disgust (0), fear (0); "
        "--labels chooses others",
        "no public split divides these 8 speakers, so they are drawn (--split speakers)",
    ]


@pytest.mark.parametrize(
    ("actors", "kind"),
    [
        (range(1, 7), "speakers"),  # all of them train
        (range(17, 25), "speakers"),  # none of them does
        (range(15, 21), "speakers"),  # two train, four validate
        (range(1, 20), "public"),  # nobody is the test
        (range(1, 25), "public"),
    ],
)
def test_a_part_of_a_known_corpus_is_drawn_where_its_public_split_does_not_serve(actors: range, kind: str) -> None:
    clips = _clips([f"{n:02d}" for n in actors], corpus="ravdess")
    fitted, notes = _fitted(clips)
    assert fitted.split.kind == kind
    assert len(notes) == (kind == "speakers")
    with pytest.raises(TrainingError, match=r"split `public`: no (train|validation) clip"):
        _fitted(_clips([f"{n:02d}" for n in range(1, 7)], corpus="ravdess"), asked=["split"])


def test_ones_own_people_beside_a_known_corpus_are_drawn_and_it_keeps_its_split() -> None:
    ravdess = _clips([f"{n:02d}" for n in range(1, 25)], corpus="ravdess")
    for people in ("abcde", "ab", "a"):
        fitted, notes = _fitted([*ravdess, *_clips(people, FOUR)])
        assert (fitted.split.kind, fitted.labels, notes) == ("public", "six", [])
    fitted, _ = _fitted([*_clips(["01", "02"], corpus="ravdess"), *_clips("abcde", FOUR)])
    assert (fitted.split.kind, fitted.labels) == ("public", "six")


def test_one_speaker_and_two() -> None:
    alone = _clips("a", each=8)
    fitted, (said,) = _fitted(alone)
    assert fitted.split.kind == "random"
    assert said.startswith("one speaker (mine-a): clips are drawn instead of speakers")
    assert SHARED in said
    (split,) = make_splits(alone, fitted.label_map, fitted.split, 0)
    assert split.speakers_shared
    assert all(len(clips) >= 6 for clips in split.sides.values())
    assert _fitted(_clips("ab"))[0].split.kind == "speakers"
    with pytest.raises(TrainingError, match="split `speakers`: the 48 clips are of one speaker"):
        make_splits(alone, fitted.label_map, SplitSettings(kind="speakers"), 0)


def test_labels_of_hardly_any_clips_are_left_out_unless_they_are_asked_for() -> None:
    clips = [*_clips("abcde", FOUR), *_clips("a", ["fear"], each=2), *_clips("abc", ["surprise"])]
    fitted, notes = _fitted(clips)
    assert fitted.label_map.labels == FOUR
    assert "disgust (0), fear (2);" in notes[0]
    (split,) = make_splits(clips, fitted.label_map, fitted.split, 0)
    assert "11 clips are left out: fear 2, surprise 9" in split.notes
    asked = with_labels(load_recipe("default"), asked_labels("angry,fear,sad"))
    assert fit_recipe(asked, clips, ["labels"])[0].label_map.labels == ("angry", "fear", "sad")


def test_data_without_two_of_the_labels_say_what_they_have() -> None:
    with pytest.raises(TrainingError, match=r"are of bored \(9\), calm \(9\): add clips, or name .* --labels"):
        _fitted(_clips("abc", ["bored", "calm"]))
    asked = with_labels(load_recipe("default"), asked_labels("bored,calm"))
    assert fit_recipe(asked, _clips("abc", ["bored", "calm"]), ["labels"])[0].label_map.labels == ("bored", "calm")


def test_a_recipe_that_states_another_split_keeps_it() -> None:
    fitted, notes = _fitted(_clips("abcdefg", ("angry", "sad")), "emodb")
    assert fitted.split == load_recipe("emodb").split
    assert len(notes) == 1


def test_labels_that_figures_are_restricted_to_follow() -> None:
    recipe = load_recipe("leave-one-corpus-out")
    assert with_labels(recipe, asked_labels("angry,fear,sad")).measured == ("angry", "sad")
    assert with_labels(recipe, asked_labels("angry,fear")).measured == ()
    assert with_labels(recipe, "eight").measured == recipe.measured


@pytest.mark.parametrize(
    ("text", "labels", "calm"),
    [
        ("seven-berlin", ("angry", "bored", "disgust", "fear", "happy", "neutral", "sad"), None),
        (" Sad, anger ,neutral", ("angry", "neutral", "sad"), "neutral"),
        ("calm,neutral", ("calm", "neutral"), "calm"),
        ("angry,sad", ("angry", "sad"), None),
    ],
)
def test_labels_as_they_are_asked_for(text: str, labels: tuple[str, ...], calm: str | None) -> None:
    task = label_map(asked_labels(text))
    assert task.labels == labels
    assert task.of("calm") == calm


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fuor", "--labels: 'fuor' is no label; did you mean `four`?"),
        ("angry,sda", "--labels: 'sda' is no label; did you mean `sad`?"),
        ("angry,", "--labels: '' is no label; there are angry, bored"),
        ("angry,anger", "a model needs two or more different labels"),
    ],
)
def test_labels_that_cannot_be_are_refused(text: str, message: str) -> None:
    with pytest.raises(TrainingError) as caught:
        with_labels(load_recipe("default"), asked_labels(text))
    assert message in str(caught.value)
