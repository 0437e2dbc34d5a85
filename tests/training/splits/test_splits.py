"""Splits of the trainer: who stands where, what is refused, and figures over folds; by generated lists of clips."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_people import SIX, WORDS, clips_by_side, made_people, made_splits
from ser_train.corpora import CORPORA, Clip, find_clips
from ser_train.corpora.labels import label_map
from ser_train.errors import TrainingError
from ser_train.splits import SHARED, Split, SplitSettings, make_splits, pooled_protocol
from ser_train.splits.plans import PLANS
from ser_train.splits.split import KINDS

SEEDS = (0, 1, 2)


def _mixed() -> list[Clip]:
    clips = made_people("alpha", 20, men=10) + made_people("beta", 9, men=3) + made_people("pair", 2)
    return clips + made_people("gamma", 6, men=6) + made_people("gamma-song", 5, men=5, prefix="gamma")


def _ravdess(*channels: str) -> list[Clip]:
    song_or_speech = {"ravdess": range(1, 25), "ravdess-song": (n for n in range(1, 25) if n != 18)}
    return [
        replace(clip, speaker=f"ravdess-{n:02d}", sex="male" if n % 2 else "female")
        for channel in channels
        for n in song_or_speech[channel]
        for clip in made_people(channel, 1)
    ]


def _speakers(split: Split, side: Any) -> set[str]:
    return {clip.speaker for clip in split.sides[side]}


def test_every_kind_has_a_plan() -> None:
    assert tuple(PLANS) == KINDS


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_clip_stands_once_and_no_speaker_twice(kind: str, seed: int) -> None:
    clips = _mixed()
    for split in made_splits(clips, kind, seed):
        count = Counter(clip.path for side in split.sides.values() for clip in side)
        unused = ("gamma", "gamma-song") if kind == "across" else ()
        assert count == {clip.path: 1 for clip in clips if clip.corpus not in unused}
        assert split.speakers_shared == (kind == "random")
        shared = (_speakers(split, "train") | _speakers(split, "validation")) & _speakers(split, "test")
        assert bool(shared) == (kind == "random")
        assert bool(_speakers(split, "train") & _speakers(split, "validation")) == (kind == "random")
        for side in ("train", "validation", "test"):
            assert {clip.label for clip in split.sides[side]} == set(WORDS)  # type: ignore[index]
        assert (SHARED in split.protocol) == (kind == "random")


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_is_the_draw(kind: str) -> None:
    first, second = made_splits(_mixed(), kind, 0), made_splits(_mixed(), kind, 0)
    assert [clips_by_side(split) for split in first] == [clips_by_side(split) for split in second]
    other = made_splits(_mixed(), kind, 1)
    undrawn = kind in ("stated", "leave-one-speaker-out")
    assert ([clips_by_side(split) for split in first] == [clips_by_side(split) for split in other]) == undrawn
    assert all(f"seed {seed}" in split.protocol for seed, splits in ((0, first), (1, other)) for split in splits)
    assert all(f"split {kind}" in split.protocol for split in first)


@pytest.mark.parametrize("seed", SEEDS)
def test_speakers_are_70_15_15_of_each_corpus_and_sex(seed: int) -> None:
    (split,) = made_splits(_mixed(), "speakers", seed)
    for corpus, each in (("alpha", 3), ("beta", 1), ("gamma", 1)):
        for side in ("validation", "test"):
            own = {speaker for speaker in _speakers(split, side) if speaker.startswith(corpus)}
            assert len(own) == each
    (large,) = made_splits(made_people("alpha", 40, men=20), "speakers", seed)
    for side in ("validation", "test"):
        sexes = Counter(clip.sex for clip in large.sides[side])  # type: ignore[index]
        assert sexes == {"male": 3 * 12, "female": 3 * 12}  # six people, twelve clips each
    assert _speakers(split, "train") >= {"pair-01", "pair-02"}
    assert "pair trains only: it has fewer than three speakers" in split.notes


def test_another_corpus_leaves_a_corpuss_draw_as_it_was() -> None:
    alone, beside = made_splits(made_people("alpha", 20), "speakers")[0], made_splits(_mixed(), "speakers")[0]
    alpha = {speaker for speaker in _speakers(beside, "test") if speaker.startswith("alpha")}
    assert _speakers(alone, "test") != alpha  # the sexes differ
    again = made_splits(made_people("alpha", 20, men=10), "speakers")[0]
    assert _speakers(again, "test") == alpha


def test_protocol_counts_sides_and_corpora() -> None:
    (split,) = made_splits(made_people("alpha", 20) + made_people("pair", 2), "speakers", 7)
    assert split.protocol == (
        "speakers drawn 70/15/15 (split speakers, seed 7): "
        "train 192 clips of 16 speakers (alpha 168 of 14, pair 24 of 2); "
        "validation 36 clips of 3 speakers (alpha); test 36 clips of 3 speakers (alpha)"
    )


def test_public_cremad_has_the_published_people_and_counts() -> None:
    clips = [replace(clip, speaker=f"cremad-{n}") for n in range(1001, 1092) for clip in made_people("cremad", 1)]
    (split,) = made_splits(clips, "public", 5)
    assert {side: len(_speakers(split, side)) for side in split.sides} == {"train": 63, "validation": 9, "test": 19}
    actors = list(range(1001, 1092))
    np.random.RandomState(0).shuffle(actors)  # as TensorFlow Datasets does
    assert _speakers(split, "validation") == {f"cremad-{actor}" for actor in actors[63:72]}
    assert _speakers(split, "test") == {f"cremad-{actor}" for actor in actors[72:]}


def test_public_sides_of_the_others() -> None:
    berlin = ("03", "08", "09", "10", "11", "12", "13", "14", "15", "16")
    clips = [
        *_ravdess("ravdess", "ravdess-song"),
        *(replace(clip, speaker=f"emodb-{n}") for n in berlin for clip in made_people("emodb", 1)),
        *(replace(clip, speaker=f"tess-{who}") for who in ("OAF", "YAF") for clip in made_people("tess", 1)),
        *made_people("savee", 4, men=4),
    ]
    (split,) = made_splits(clips, "public")
    known = {side: {s for s in _speakers(split, side) if not s.startswith("savee")} for side in split.sides}
    assert known["test"] == {"ravdess-21", "ravdess-22", "ravdess-23", "ravdess-24", "emodb-12", "emodb-16"}
    assert known["validation"] == {"ravdess-17", "ravdess-18", "ravdess-19", "ravdess-20", "emodb-14", "emodb-15"}
    assert {"tess-OAF", "tess-YAF"} <= known["train"]
    assert {clip.corpus for clip in split.sides["test"] if clip.speaker == "ravdess-21"} == {"ravdess", "ravdess-song"}
    assert {side: len([s for s in _speakers(split, side) if s.startswith("savee")]) for side in split.sides} == {
        "train": 2,
        "validation": 1,
        "test": 1,
    }
    assert "no public split, so speakers are drawn: savee" in split.notes
    assert "tess trains only: it has two speakers" in split.notes


@pytest.mark.parametrize("channels", [("ravdess",), ("ravdess-song",), ("ravdess", "ravdess-song")])
@pytest.mark.parametrize("seed", SEEDS)
def test_six_folds_of_ravdess_are_emoboxes(channels: tuple[str, ...], seed: int) -> None:
    splits = make_splits(_ravdess(*channels), SIX, SplitSettings(kind="folds", folds=6), seed)
    everyone = {clip.speaker for clip in _ravdess(*channels)}
    for i, split in enumerate(splits):
        expected = [{f"ravdess-{4 * fold + n:02d}" for n in (1, 2, 3, 4)} & everyone for fold in (i, (i + 1) % 6)]
        assert [_speakers(split, "test"), _speakers(split, "validation")] == expected
        assert split.name == f"fold {i + 1} of 6"
        assert split.protocol.startswith(f"fold {i + 1} of 6, EmoBox's folds of four actors (split folds, seed {seed})")


@pytest.mark.parametrize("count", [3, 5, 7])
def test_folds_are_balanced_and_the_next_one_validates(count: int) -> None:
    splits = make_splits(_mixed(), SIX, SplitSettings(kind="folds", folds=count), 4)
    tests = [_speakers(split, "test") for split in splits]
    assert [_speakers(split, "validation") for split in splits] == tests[1:] + tests[:1]
    assert set().union(*tests) == {clip.speaker for clip in _mixed()}
    assert sum(map(len, tests)) == 37  # each is the test once
    for start, sex in (("", None), ("alpha", None), ("alpha", "male"), ("alpha", "female"), ("beta", "male")):
        own = [
            {c.speaker for c in s.sides["test"] if c.speaker.startswith(start) and sex in (None, c.sex)} for s in splits
        ]
        assert max(map(len, own)) - min(map(len, own)) <= 1
    assert len(splits) == count
    assert len(make_splits(_ravdess("ravdess"), SIX, SplitSettings(kind="folds", folds=5), 0)) == 5


def test_each_speaker_is_left_out_once_and_the_next_of_the_corpus_validates() -> None:
    splits = made_splits(made_people("alpha", 3) + made_people("one", 1), "leave-one-speaker-out")
    assert [(split.name, _speakers(split, "test"), _speakers(split, "validation")) for split in splits] == [
        ("without alpha-01", {"alpha-01"}, {"alpha-02"}),
        ("without alpha-02", {"alpha-02"}, {"alpha-03"}),
        ("without alpha-03", {"alpha-03"}, {"alpha-01"}),
        ("without one-01", {"one-01"}, {"alpha-01"}),  # there is no other of its corpus
    ]


def test_one_person_who_validates_may_miss_a_label() -> None:
    clips = [clip for clip in made_people("alpha", 4) if (clip.speaker, clip.label) != ("alpha-02", "disgust")]
    splits = made_splits(clips, "leave-one-speaker-out")
    assert [note for split in splits for note in split.notes if "labelled" in note] == [
        "no validation clip is labelled disgust",
        "no test clip is labelled disgust",
    ]


def test_each_corpus_is_left_out_once_with_those_that_share_its_people() -> None:
    splits = made_splits(_mixed(), "leave-one-corpus-out")
    assert [split.name for split in splits] == [
        "without alpha",
        "without beta",
        "without gamma + gamma-song",
        "without pair",
    ]
    for split in splits:
        assert {clip.corpus for clip in split.sides["test"]} == set(split.name.removeprefix("without ").split(" + "))
    assert Counter(speaker[:-3] for speaker in _speakers(splits[-1], "validation")) == {
        "alpha": 3,
        "beta": 1,
        "gamma": 1,
    }
    assert Counter(speaker[:-3] for speaker in _speakers(splits[0], "validation")) == {"beta": 1, "gamma": 1}
    two = made_splits(made_people("alpha", 3) + made_people("pair", 2), "leave-one-corpus-out")[0]
    assert len(_speakers(two, "validation")) == len(_speakers(two, "train")) == 1  # of the two that are left
    with pytest.raises(TrainingError, match=r"there is gamma \+ gamma-song alone"):
        made_splits(made_people("gamma", 6) + made_people("gamma-song", 5, prefix="gamma"), "leave-one-corpus-out")


def test_across_measures_other_corpora_than_it_trains_on() -> None:
    (split,) = made_splits(_mixed(), "across")
    assert {clip.corpus for clip in split.sides["test"]} == {"beta"}
    assert {clip.corpus for clip in split.sides["train"]} == {"alpha", "pair"}
    assert Counter(speaker[:-3] for speaker in _speakers(split, "validation")) == {"alpha": 3}
    assert "neither trains nor is measured: gamma, gamma-song" in split.notes
    assert "0 of 2 test sentences are also spoken in training" in split.notes
    with pytest.raises(TrainingError, match=r"no clip is of 'betta'; did you mean `beta`\?"):
        make_splits(_mixed(), SIX, SplitSettings(kind="across", train=("alpha",), test=("betta",)), 0)
    with pytest.raises(TrainingError, match="speakers on two sides of the split: gamma-01, "):
        make_splits(_mixed(), SIX, SplitSettings(kind="across", train=("gamma",), test=("gamma-song",)), 0)


def test_random_is_70_15_15_of_each_label() -> None:
    (split,) = made_splits(made_people("alpha", 20), "random")
    assert {side: Counter(clip.label for clip in clips) for side, clips in split.sides.items()} == {
        "train": dict.fromkeys(WORDS, 28),
        "validation": dict.fromkeys(WORDS, 6),
        "test": dict.fromkeys(WORDS, 6),
    }


def test_stated_sides_are_kept_and_missing_ones_named() -> None:
    clips = [
        replace(clip, side="train" if clip.speaker != "alpha-01" else "validation") for clip in made_people("alpha", 2)
    ]
    (split,) = make_splits(clips, SIX, SplitSettings(kind="stated"), 0)
    assert _speakers(split, "validation") == {"alpha-01"}
    assert "there is no test side: no clip is measured as a test" in split.notes
    for side in (None, "dev"):
        wrong = [*clips[1:], replace(clips[0], side=side)]
        with pytest.raises(TrainingError, match=r"1 of 24 clips have no side .*alpha_01_angry_a"):
            make_splits(wrong, SIX, SplitSettings(kind="stated"), 0)
    shared = [*clips[1:], replace(clips[0], side="train")]
    with pytest.raises(TrainingError, match="speakers on two sides of the split: alpha-01"):
        make_splits(shared, SIX, SplitSettings(kind="stated"), 0)


def test_words_that_the_labels_leave_out_are_dropped() -> None:
    clips = made_people("alpha", 9, words=(*WORDS, "calm", "surprise"))
    (split,) = made_splits(clips, "speakers")
    assert {clip.label for side in split.sides.values() for clip in side} == {*WORDS, "calm"}  # calm counts as neutral
    assert "18 clips are left out: surprise 18" in split.notes
    with pytest.raises(TrainingError, match="none of 10 clips has a word of the labels `six`"):
        made_splits(made_people("alpha", 5, words=("bored",)), "speakers")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("speakers", "stated", "random")])
def test_one_or_two_people_are_told_what_to_do(kind: str) -> None:
    for people, said in ((1, r"one speaker \(alpha-01\)"), (2, r"two speakers \(alpha-01, alpha-02\)")):
        with pytest.raises(TrainingError, match=rf"{said} and three are needed .* --split random"):
            made_splits(made_people("alpha", people), kind)
    assert len(made_splits(made_people("alpha", 2), "random")) == 1


def test_of_two_speakers_the_one_with_more_clips_trains() -> None:
    with pytest.raises(TrainingError, match=r"one speaker \(alpha-01\) and two are needed to train and to validate"):
        made_splits(made_people("alpha", 1), "speakers")
    clips = [*made_people("alpha", 2), *made_people("more", 1, prefix="alpha")]  # 24 clips of alpha-01, 12 of alpha-02
    for seed in SEEDS:
        (split,) = made_splits(clips, "speakers", seed)
        assert (_speakers(split, "train"), _speakers(split, "validation")) == ({"alpha-01"}, {"alpha-02"})
        assert not split.sides["test"]
        assert not split.speakers_shared
        assert any(note.startswith("two speakers: one trains, one validates") for note in split.notes)
        assert "there is no test side: no clip is measured as a test" in split.notes
        assert split.protocol.startswith(f"one speaker drawn to validate (split speakers, seed {seed}): train 24 clips")


def test_small_corpora_are_drawn_from_together() -> None:
    (split,) = made_splits(made_people("one", 2) + made_people("two", 2) + made_people("three", 1), "speakers")
    assert {side: len(_speakers(split, side)) for side in split.sides} == {"train": 3, "validation": 1, "test": 1}
    with pytest.raises(TrainingError, match="split `public`: no validation clip is labelled angry, "):
        made_splits([replace(c, speaker=f"ravdess-{c.speaker[-2:]}") for c in made_people("ravdess", 6)], "public")


@pytest.mark.parametrize("seed", range(8))
def test_speakers_are_drawn_again_until_they_serve(seed: int) -> None:
    """Two of five people are afraid, one has most of the clips: one of the first trains, and so does the second."""
    clips = [
        clip for clip in made_people("alpha", 5) if clip.label != "fear" or clip.speaker in ("alpha-01", "alpha-02")
    ]
    clips += [
        replace(clip, path=Path(f"nowhere/{n}_{clip.path.name}"))
        for n in range(9)
        for clip in clips
        if "03" in clip.speaker
    ]
    (split,) = made_splits(clips, "speakers", seed)
    for side in ("train", "validation"):
        assert {clip.label for clip in split.sides[side]} == set(WORDS)  # type: ignore[index]
    assert "alpha-03" in _speakers(split, "train")


def test_labels_of_few_clips_and_of_one_speaker_are_told() -> None:
    clips = [clip for clip in made_people("alpha", 9) if clip.label != "sad" or clip.speaker == "alpha-01"]
    (split,) = made_splits(clips, "speakers", 1)
    assert "alpha-01" in _speakers(split, "train")
    assert {"no validation clip is labelled sad", "no test clip is labelled sad"} <= set(split.notes)
    assert "labels of fewer than 10 train clips, hardly learnt: sad 2" in split.notes


def test_random_leaves_clips_of_every_label_to_validate() -> None:
    clips = [clip for clip in made_people("alpha", 2) if (clip.speaker, clip.path.stem[-1]) != ("alpha-02", "b")]
    (split,) = made_splits(clips, "random")
    assert {side: Counter(clip.label for clip in own) for side, own in split.sides.items()} == {
        side: dict.fromkeys(WORDS, 1) for side in split.sides
    }


def test_a_label_that_a_side_misses() -> None:
    with pytest.raises(TrainingError, match="no train clip is labelled disgust"):
        made_splits(made_people("alpha", 9, words=[word for word in WORDS if word != "disgust"]), "speakers")
    clips = [clip for clip in _mixed() if (clip.corpus, clip.label) != ("beta", "sad")]
    assert "no test clip is labelled sad" in made_splits(clips, "across")[0].notes
    lone = [clip for clip in made_people("alpha", 9) if clip.label != "sad" or clip.speaker == "alpha-01"]
    with pytest.raises(TrainingError, match=r"split `folds`, fold \d of 5: no (train|validation) clip is labelled sad"):
        made_splits(lone, "folds")


def test_settings_are_checked_with_a_near_miss() -> None:
    for wrong, said in (
        ({"kind": "speaker"}, r"there is no split 'speaker'; did you mean `speakers`\?"),
        ({"kind": "qqq"}, "there is no split 'qqq'; there are speakers, public, stated"),
        ({"kind": "folds", "folds": 2}, "`folds` must be 3 or more, not 2"),
        ({"kind": "across", "train": ("alpha",)}, "name the corpora that train"),
        ({"kind": "across", "train": ("a", "b"), "test": ("b",)}, "b cannot both train and be the test"),
    ):
        with pytest.raises(TrainingError, match=said):
            SplitSettings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match="10 folds need 10 speakers or more, not 4"):
        make_splits(made_people("alpha", 4), SIX, SplitSettings(kind="folds", folds=10), 0)


@pytest.mark.corpora
def test_the_corpora_at_hand(corpora: Path) -> None:
    clips = find_clips([corpora], CORPORA)
    (split,) = make_splits(clips, SIX, SplitSettings(kind="public"), 0)
    cremad = {side: sum(clip.corpus == "cremad" for clip in own) for side, own in split.sides.items()}
    assert cremad == {"train": 5143, "validation": 738, "test": 1557}  # the silent clip of 5,144 is left out
    assert "24 of 24 test sentences are also spoken in training" in split.notes
    folds = make_splits(
        [clip for clip in clips if clip.corpus == "ravdess"],
        label_map("eight"),
        SplitSettings(kind="folds", folds=6),
        0,
    )
    assert [len(fold.sides["test"]) for fold in folds] == [240, 239, 240, 240, 240, 240]  # less the copy of actor 07
    berlin = [clip for clip in clips if clip.corpus == "emodb"]
    assert len(make_splits(berlin, SIX, SplitSettings(kind="leave-one-speaker-out"), 0)) == 10


def test_pooled_protocol_counts_the_tests() -> None:
    splits = made_splits(made_people("alpha", 6) + made_people("beta", 3), "folds", 2)
    said = pooled_protocol(splits, "folds", 2)
    assert said == (
        "split folds, seed 2, 5 folds with a model each, their tests pooled: "
        "108 clips of 9 speakers (alpha 72 of 6, beta 36 of 3)"
    )
    (one,) = made_splits(made_people("alpha", 6), "random")
    assert pooled_protocol([one], "random", 0) == one.protocol
