# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Arrays of clips are computed once, and anew where anything changes that they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_system import tiny_ravdess

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
pytest.importorskip("librosa", reason="this test needs `ser-live[train]`")

from ser_train.corpora import Clip, find_clips
from ser_train.errors import TrainingError
from ser_train.papers.arrays import Arrays, build_arrays
from ser_train.papers.augmentation import Copy
from ser_train.papers.features import ClipSettings


def _clips(folder: Path) -> list[Clip]:
    tiny_ravdess(folder)
    return find_clips([folder], ["ravdess"])[:4]


def _build(clips: list[Clip], cache: Path, copies: Mapping[str, list[Copy]] | None = None) -> tuple[Arrays, list[int]]:
    done: list[int] = []
    settings = ClipSettings(window_seconds=1.0)
    arrays = build_arrays(
        clips, "averaged", settings, copies or {"ravdess": []}, cache, lambda n, total: done.append(n), workers=1
    )
    return arrays, done


def test_arrays_are_computed_once_and_anew_where_a_recording_changes(tmp_path: Path) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    data.mkdir()
    clips = _clips(data)
    copies = {"ravdess": [Copy(kind="noise", amount=0.1)]}
    arrays, done = _build(clips, cache, copies)
    assert arrays.shape == (162,)
    assert done == [1, 2, 3, 4]
    assert _build(clips, cache, copies)[1] == []
    both = arrays.take(np.array([(2, 0), (2, 1)]))
    assert not np.array_equal(both[0], both[1])
    clips[0].path.write_bytes(clips[1].path.read_bytes())
    anew, done = _build(clips, cache, copies)
    assert done == [1, 2, 3, 4]
    assert np.array_equal(anew.take(np.array([(0, 0)])), arrays.take(np.array([(1, 0)])))


def test_damaged_recordings_are_left_out_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    clips = _clips(data)
    clips[1].path.write_bytes(b"nothing")
    arrays, _ = _build(clips, tmp_path / "cache")
    assert [clip.name for clip in arrays.clips] == [clips[i].name for i in (0, 2, 3)]
    assert list(arrays.faulty) == [clips[1].name]
    assert arrays.take(np.array([(1, 0)])).shape == (1, 162)


def test_a_process_that_dies_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*rest: Any, **settings: Any) -> Any:
        raise BrokenProcessPool("a process died")

    monkeypatch.setattr("ser_train.papers.arrays.ProcessPoolExecutor.map", broken)
    with pytest.raises(TrainingError, match="a process that computes features died"):
        _build(_clips(tmp_path), tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.json"))
