# ruff: noqa: E402 - matplotlib comes with `ser-live[train]`
"""Pictures of corpora: what stands in them is what there is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from voices import silence, tone, voice

pytestmark = pytest.mark.train
pytest.importorskip("matplotlib", reason="this test needs `ser-live[train]`")

from matplotlib.figure import Figure
from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.reporting.corpus_plots import (
    draw_corpora,
    plot_augmentations,
    plot_counts,
    plot_durations,
    plot_labels,
    plot_preprocessing,
)
from ser_train.reporting.sound_grid import Sound, sound_grid


def _clip(path: Path, label: str, corpus: str = "mine") -> Clip:
    return Clip(path=path, corpus=corpus, label=label, speaker=f"{corpus}-a", sex=None, text="")


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    """Two corpora, three labels, and one file that is no sound."""
    made = []
    for i, (label, corpus) in enumerate((("angry", "mine"), ("sad", "mine"), ("sad", "other"), ("happy", "other"))):
        path = tmp_path / f"{label}-{corpus}.wav"
        pause = silence(0.6, sample_rate=22_050)
        soundfile.write(path, np.concatenate([pause, voice(0.8, sample_rate=22_050, seed=i), pause]), 22_050)
        made.append(_clip(path, label, corpus))
    broken = tmp_path / "angry-broken.wav"
    broken.write_bytes(b"RIFF nothing")
    return [_clip(broken, "angry"), *made]


def _titles(figure: Figure) -> list[str]:
    return [axes.get_title() or axes.get_title(loc="left") for axes in figure.axes if axes.axison]


def test_counts(clips: list[Clip]) -> None:
    (axes,) = plot_counts(clips).axes
    heights = {c.get_label(): [bar.get_height() for bar in c] for c in axes.containers if hasattr(c, "patches")}
    assert heights == {"mine": [2, 0, 1], "other": [0, 1, 1]}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["angry", "happy", "sad"]


def test_durations_leave_out_what_cannot_be_read(clips: list[Clip]) -> None:
    figure = plot_durations(clips)
    assert _titles(figure) == ["mine: 2 clips, median 2.0 s", "other: 2 clips, median 2.0 s"]
    assert [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes] == [2, 2]


def test_one_readable_clip_of_each_label(clips: list[Clip]) -> None:
    titles = [title for title in _titles(plot_labels(clips)) if title]
    assert titles == ["angry\nmine angry-mine", "happy\nother happy-other", "sad\nmine sad-mine"]


def test_preprocessing_shows_each_step(clips: list[Clip]) -> None:
    figure = plot_preprocessing(clips[1])
    titles = [title for title in _titles(figure) if title]
    assert [title.split("\n")[0] for title in titles] == [
        "as recorded",
        "resampled",
        "levelled, for the detectors alone",
        "speech alone, as the features see it",
    ]
    assert "22,050 Hz, 2.00 s" in titles[0]
    waves = [axes.lines[0].get_xdata()[-1] for axes in figure.axes if axes.lines]
    assert waves[:3] == pytest.approx([2.0, 2.0, 2.0], abs=0.02)
    assert 0.7 < waves[3] < 1.4  # the pauses are gone but for the padding


def test_augmentations_are_those_of_the_trainer(clips: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    import ser_train.augment

    def halve(batch: Any, generator: Any) -> Any:
        return batch / 2

    monkeypatch.setattr(ser_train.augment, "DEMONSTRATIONS", {"half as loud": halve}, raising=False)
    figure = plot_augmentations(clips[1])
    assert [title for title in _titles(figure) if title] == ["as it is", "half as loud"]
    before, after = (axes.lines[0].get_ydata() for axes in figure.axes if axes.lines)
    np.testing.assert_allclose(after, np.asarray(before) / 2, rtol=1e-6)


def test_a_tone_stands_at_its_band_and_level() -> None:
    loud, soft = tone(1000.0, 0.5), tone(1000.0, 0.5, amplitude=0.05)
    for own_scale, expected in ((False, -20.0), (True, 0.0)):
        figure = sound_grid([Sound("loud", loud), Sound("soft", soft)], "tones", own_scale=own_scale)
        first, second = (axes.images[0].get_array() for axes in figure.axes if axes.images)
        assert np.max(first) == pytest.approx(0.0, abs=1e-3)
        assert np.max(second) == pytest.approx(expected, abs=0.1)
        assert (
            np.argmax(np.mean(first, axis=1)) == np.argmax(np.mean(second, axis=1)) == 21
        )  # (1000 - 78) mel / 42.5 - 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 9])
def test_every_sound_has_its_place(count: int) -> None:
    sounds = [Sound(str(i), tone(500.0, 0.02 * (i + 1))) for i in range(count)]
    titles = _titles(sound_grid(sounds, "tones"))
    assert [title for title in titles if title] == [str(i) for i in range(count)]


def test_all_pictures_are_written(clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ser_train.augment

    monkeypatch.setattr(ser_train.augment, "DEMONSTRATIONS", {"nothing": lambda batch, _: batch}, raising=False)
    paths = draw_corpora(clips, tmp_path / "new")
    assert [path.name for path in paths] == [
        "classes.png", "durations.png", "emotions.png", "preprocessing.png", "augmentation.png",
    ]  # fmt: skip
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    (tmp_path / "file").touch()
    with pytest.raises(TrainingError, match="pictures cannot be written into"):
        draw_corpora(clips, tmp_path / "file")


def test_no_readable_clip_is_a_sentence(clips: list[Clip], tmp_path: Path) -> None:
    broken = replace(clips[0], label="sad")
    with pytest.raises(TrainingError, match="not one sad clip of mine can be decoded: look at the recordings"):
        draw_corpora([broken], tmp_path)
