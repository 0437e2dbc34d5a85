"""What a split is checked for: equal recordings, speakers on two sides, sentences that were heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from made_people import clips_by_side, made_people, made_splits
from ser_train.corpora import Clip
from ser_train.corpora import duplicates as overlap
from ser_train.corpora.digests import Digests
from ser_train.errors import TrainingError
from ser_train.splits.checks import check_disjoint


def test_sentences_that_are_heard_in_training_are_counted() -> None:
    clips = [replace(clip, text="" if clip.text == "alpha-b" else clip.text) for clip in made_people("alpha", 9)]
    (split,) = made_splits(clips, "speakers")
    assert "1 of 1 test sentences are also spoken in training" in split.notes
    assert "what is said in 6 test clips is not known" in split.notes


def _written(folder: Path, clips: Sequence[Clip]) -> list[Clip]:
    """The same clips with files that differ, all of one size."""
    own = [replace(clip, path=folder / clip.path.name) for clip in clips]
    for n, clip in enumerate(own):
        clip.path.write_bytes(f"{n:06d}".encode())
    return own


def test_an_equal_recording_on_two_sides_is_refused_by_name(tmp_path: Path) -> None:
    clips = _written(tmp_path, made_people("alpha", 9))
    (split,) = made_splits(clips, "speakers")
    inside, outside = split.sides["train"][:2], split.sides["test"][0]
    inside[1].path.write_bytes(inside[0].path.read_bytes())
    assert clips_by_side(made_splits(clips, "speakers")[0]) == clips_by_side(split)  # inside one side no harm is done
    outside.path.write_bytes(inside[0].path.read_bytes())
    with pytest.raises(TrainingError, match="the same recording on two sides") as caught:
        made_splits(clips, "speakers")
    assert all(clip.path.name in str(caught.value) for clip in (*inside, outside))
    told = set()
    for seed in range(6):
        (look,) = made_splits(clips, "random", seed)
        twins = {side for side, own in look.sides.items() for clip in own if clip in (*inside, outside)}
        said = "recordings that stand on two sides, byte for byte: 1" in look.notes
        assert said == (len(twins) > 1)
        told.add(said)
    assert told == {True, False}


def test_equal_recordings_are_found_and_few_files_are_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = _written(tmp_path, [replace(c, path=Path(f"{n}.wav")) for n, c in enumerate(made_people("alpha", 9))])
    long = b"x" * 5000
    contents = (b"a" + long + b"a", b"a" + long + b"a", b"a" + long + b"b", b"", b"", long, long)
    for clip, content in zip(clips, contents, strict=False):
        clip.path.write_bytes(content)
    clips[6].path.unlink()
    read: list[Path] = []
    digest = Digests.file
    monkeypatch.setattr(Digests, "file", lambda self, path: (read.append(path), digest(self, path))[1])
    # the third differs in its last byte; empty files are no recordings; the others differ in a piece of the middle
    assert overlap.equal_recordings(clips) == [clips[:2]]
    assert read == [clip.path for clip in clips[:3]]


def test_a_speaker_on_two_sides_is_named() -> None:
    check_disjoint([made_people("alpha", 1), made_people("beta", 1)])
    with pytest.raises(TrainingError, match="alpha-01"):
        check_disjoint([made_people("alpha", 1), made_people("alpha", 2)])
