"""Settings and models of the pipeline, and what it keeps of a long stream."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from records import AT_ONCE, Record, events, listen, predictions
from tiny_model import FEATURES, tiny_contract, tiny_model
from voices import silence, voice

from ser_live.classifier import Classifier
from ser_live.errors import ModelError, SettingsError
from ser_live.pipeline import EmotionPipeline
from ser_live.resample import resample
from ser_live.types import FloatArray


def test_settings_reach_their_stages(tiny: Classifier) -> None:
    found = predictions(
        listen(tiny, voice(4.0), vad="off", first=1.5, step=0.5, min_last=0.0, warm_up=0.0, evidence=AT_ONCE)
    )
    assert [p.end for p in found] == [1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    assert {p.state for p in found} == {"committed"}
    assert predictions(listen(tiny, voice(1.0), vad="off", evidence=AT_ONCE, warm_up=1.0))[0].state == "warming-up"
    assert predictions(listen(tiny, voice(1.0), vad="off", evidence=AT_ONCE, warm_up=0.5))[0].state == "committed"
    parted = np.concatenate([voice(1.0), silence(1.0), voice(1.0)])
    assert len(events(listen(tiny, parted), "speech")) == 2
    assert len(events(listen(tiny, parted, max_pause=0.3), "speech")) == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stepp": 0.5}, "unknown setting: .*'stepp'"),
        ({"window_seconds": 3.0}, "unknown setting: .*'window_seconds'"),
        ({"step": 0.01}, "step must be between 0.05 and 10 seconds, not 0.01"),
        ({"smoothing": -1.0}, "smoothing"),
        ({"smoothing": float("nan")}, "smoothing"),
        ({"vad": "energy"}, "vad must be one of both, webrtc, silero, off, not 'energy'"),
        ({"warm_up": 1.5}, "warm_up"),
        ({"sample_rate": 0}, "sample_rate must be a number"),
        ({"sample_rate": -8000}, "sample_rate must be a number"),
        ({"sample_rate": float("nan")}, "sample_rate"),
        ({"sample_rate": float("inf")}, "sample_rate"),
    ],
)
def test_a_setting_that_is_none_is_refused(tiny: Classifier, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        EmotionPipeline(tiny, **settings)


def test_a_path_will_do_for_a_model(tiny: Classifier, tiny_path: Path, talk: FloatArray) -> None:
    assert EmotionPipeline(tiny_path, device="cpu").feed(talk) == EmotionPipeline(tiny).feed(talk)
    with pytest.raises(ModelError, match="no model at"):
        EmotionPipeline(tiny_path.with_name("other.onnx"))


@pytest.mark.parametrize(("window", "ends"), [(0.5, [0.5, 0.75, 1.0, 1.25]), (3.0, [0.75, 1.0, 1.25])])
def test_the_window_is_the_models(tmp_path: Path, window: float, ends: list[float]) -> None:
    model = Classifier(tiny_model(tmp_path / "model.onnx", window_seconds=window), "cpu")
    found = predictions(listen(model, voice(4.0), vad="off"))
    assert [p.end for p in found[: len(ends)]] == ends
    assert [p.speech_seconds for p in found] == [min(p.end, window) for p in found]


def test_a_model_at_another_rate_gets_its_window_resampled(tmp_path: Path) -> None:
    contract = tiny_contract(sample_rate=8000, features=replace(FEATURES, n_fft=256, win_length=256, hop_length=128))
    model = Classifier(tiny_model(tmp_path / "model.onnx", contract=contract), "cpu")
    signal = voice(3.0)
    found = predictions(listen(model, signal, vad="off"))
    assert len(found) == 10
    for p in found:
        window = signal[round(p.start * 16_000) : round(p.end * 16_000)]
        expected = model(resample(window, 16_000, 8000))
        np.testing.assert_allclose(list(p.probabilities.values()), expected, atol=1e-7)
    heard: list[int] = []
    features = model.front_end.features

    def noting(samples: FloatArray) -> FloatArray:
        heard.append(len(samples))
        return features(samples)

    model.front_end = replace(model.front_end, features=noting)
    listen(model, signal, vad="off")
    assert heard == [round(p.speech_seconds * 8000) for p in found]


def test_a_model_that_asks_for_centring(tmp_path: Path) -> None:
    contract = tiny_contract(features=replace(FEATURES, center=True))
    model = Classifier(tiny_model(tmp_path / "model.onnx", contract=contract), "cpu")
    signal = voice(2.0)
    found = predictions(listen(model, signal, vad="off"))
    np.testing.assert_allclose(list(found[0].probabilities.values()), model(signal[:12_000]), atol=1e-7)


def test_pipelines_that_share_a_model_do_not_meet(tiny: Classifier, talk: FloatArray) -> None:
    other = np.concatenate([voice(3.0, seed=9), silence(1.0)])
    first, second = EmotionPipeline(tiny), EmotionPipeline(tiny)
    records: tuple[list[Record], list[Record]] = ([], [])
    for start in range(0, len(talk), 1600):
        records[0].extend(first.feed(talk[start : start + 1600]))
        records[1].extend(second.feed(other[start : start + 1600]))
    assert records[0] + first.flush() == listen(tiny, talk)
    assert records[1] + second.flush() == listen(tiny, other)


def kept(thing: Any) -> int:
    """Numbers kept in a thing and in all that it holds."""
    if isinstance(thing, np.ndarray):
        return thing.size
    if isinstance(thing, (list, tuple, deque)):
        return 1 + sum(map(kept, thing))
    if isinstance(thing, dict):
        return 1 + sum(map(kept, thing.values()))
    if type(thing).__module__.startswith("ser_live") and not isinstance(thing, Classifier):
        return 1 + sum(map(kept, vars(thing).values()))
    return 1


@pytest.mark.parametrize("vad", ["both", "off"])
def test_a_long_stream_keeps_no_more_than_a_short_one(tiny: Classifier, talk: FloatArray, vad: Any) -> None:
    pipeline = EmotionPipeline(tiny, vad=vad)
    signal = np.tile(talk, 2)
    sizes = []
    for _ in range(12):
        pipeline.feed(signal)
        sizes.append(kept(pipeline))
    assert max(sizes[6:]) <= max(sizes[:6]) + 5_000  # up to four known tones come and go
    assert max(sizes) < 150_000  # the window's samples and positions, and little else
