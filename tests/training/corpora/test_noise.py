"""Recordings of noise are found by their names, at any depth, each side its own."""

from __future__ import annotations

from pathlib import Path

from ser_train.corpora.noise import find_backgrounds, find_esc10


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folds_of_esc10_keep_apart(tmp_path: Path) -> None:
    _touch(tmp_path, "rain/4-7-B-10.wav", "rain/5-200-A-10.wav", "dog/4-9.ogg", "dog/1-100-A.flac", "dog/6-1-A.wav")
    _touch(tmp_path, "rain.wav", "03-01-06-01-02-01-12.wav", "1-100-A-10-x.wav")
    names = ["1-100-A.flac", "4-9.ogg", "4-7-B-10.wav"]  # by path, so dogs before rain
    assert [path.name for path in find_esc10([tmp_path], "train")] == names
    assert find_esc10([tmp_path], "validation") == find_esc10([tmp_path], "train")
    assert [path.name for path in find_esc10([tmp_path], "test")] == ["5-200-A-10.wav"]


def test_folders_inside_of_each_other_give_a_recording_once(tmp_path: Path) -> None:
    _touch(tmp_path, "rain/5-200-A-10.wav", "speech_commands/running_tap.flac", "speech_commands/tap.flac")
    assert len(find_esc10([tmp_path, tmp_path / "rain"], "test")) == 1
    assert [path.stem for path in find_backgrounds([tmp_path, tmp_path / "speech_commands"])] == ["running_tap"]
    assert find_backgrounds([]) == find_esc10([], "test") == []
