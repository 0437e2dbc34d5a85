"""What the attack found, each as a case made by code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from voices import voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.errors import SerLiveError, SettingsError
from ser_live.pipeline import EmotionPipeline


def test_a_stated_error_is_one_short_line_whatever_it_quotes() -> None:
    assert str(SerLiveError("a\nb\x0b\u2028c: do this")) == "a b  c: do this"
    long = str(SerLiveError("x" * 10**6 + ": do this"))
    assert len(long) < 1000
    assert long.endswith(": do this")


@pytest.mark.train
@pytest.mark.parametrize("age", ["9" * 5000, "9" * 4])
def test_a_number_of_thousands_of_digits_is_no_age(age: str, tmp_path: Path) -> None:
    from ser_train.corpora.manifest import read_manifest
    from ser_train.errors import TrainingError

    (tmp_path / "m.csv").write_text(f"path,label,speaker,age\na.wav,angry,x,{age}\n")
    with pytest.raises(TrainingError, match="the age"):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.train
@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000])
def test_a_recipe_that_the_reader_of_toml_cannot_take_is_refused(value: str, tmp_path: Path) -> None:
    from ser_train.errors import TrainingError
    from ser_train.fitting.recipe import load_recipe

    (tmp_path / "r.toml").write_text(f"epochs = {value}\n")
    with pytest.raises(TrainingError, match="cannot be read"):
        load_recipe(str(tmp_path / "r.toml"))


RATES = (1e30, 0, -1, float("nan"), float("inf"), 1e-300, 10**400, 1e9, 0.5, None, "16000", True, 1j)


@pytest.mark.parametrize("rate", RATES, ids=range(len(RATES)))
def test_a_rate_that_no_recording_has_is_refused_at_once(rate: Any, tiny: Classifier) -> None:
    with pytest.raises(SettingsError, match="sample rate"):
        ser_live.analyze((voice(0.2), rate), model=tiny)
    with pytest.raises(SettingsError, match="sample rate"):
        EmotionPipeline(tiny, sample_rate=rate)


def test_a_channel_may_be_a_number(tiny: Classifier) -> None:
    sound = np.stack([voice(2.0), voice(2.0, seed=1)], 1)
    assert ser_live.analyze((sound, 16_000), model=tiny, channels=2) == ser_live.analyze(
        (sound[:, 1], 16_000), model=tiny
    )
    for channels in (0, 3, -1, 10**5000, None, 1.5, True, [1]):
        with pytest.raises(SettingsError, match="channel"):
            ser_live.analyze((sound, 16_000), model=tiny, channels=channels)  # type: ignore[arg-type]


NOT_SOUND: tuple[Any, ...] = (None, "x", [[1], [2, 3]], {}, object(), [1j], np.zeros(3, bool), np.zeros((2, 2, 2)))


@pytest.mark.parametrize("samples", NOT_SOUND, ids=range(len(NOT_SOUND)))
def test_what_is_no_sound_is_refused(samples: Any, tiny: Classifier) -> None:
    with pytest.raises(SettingsError, match=r"feed|samples"):
        EmotionPipeline(tiny).feed(samples)
    with pytest.raises(SettingsError, match="samples"):
        ser_live.analyze((samples, 16_000), model=tiny)


def test_a_source_track_or_model_of_another_kind_is_refused(tiny: Classifier, short_call: Path) -> None:
    for source in (None, 5, b"a.wav", [], (np.zeros(3),), (np.zeros(3), 16_000, 1)):
        with pytest.raises(SettingsError, match="source takes"):
            ser_live.analyze(source, model=tiny)  # type: ignore[arg-type]
    for track in ("1", 1.5):
        with pytest.raises(SettingsError, match="track"):
            ser_live.analyze(short_call, model=tiny, track=track)  # type: ignore[arg-type]
    for model in (5, b"x", object()):
        with pytest.raises(SettingsError, match="model takes"):
            ser_live.analyze(short_call, model=model)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(0,), (0, 1), (0, 2)])
def test_no_samples_give_no_predictions(shape: tuple[int, ...], tiny: Classifier) -> None:
    assert ser_live.analyze((np.zeros(shape, np.float32), 16_000), model=tiny) == []
