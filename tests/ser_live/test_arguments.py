"""Whatever a caller hands in: it is taken for what it plainly is, or refused in a sentence before any work starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ser_live
from ser_live import EmotionPipeline, analyze
from ser_live.classifier import Classifier
from ser_live.errors import SerLiveError, SettingsError

ZEROS = np.zeros(16_000, np.float32)
CALL = Path(ser_live.__file__).parent.parent / "examples" / "call.wav"


class Unwilling:
    def __array__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("no\nthanks")


RATES = [
    0,
    -1,
    1e30,
    1e12,
    1e-300,
    5e-324,
    99.9,
    float("nan"),
    float("inf"),
    None,
    "16000",
    1j,
    True,
    10**400,
    [16_000],
]
SAMPLES = [
    None,
    "text",
    b"bytes",
    {},
    [1, 2],
    [[1.0], [2.0, 3.0]],
    Unwilling(),
    np.array([None]),
    np.array([1j]),
    np.array(["2020"], dtype="M8[s]"),
    np.zeros(3, dtype=[("a", "f4")]),
    np.float32(1.0),
    np.zeros((2, 2, 2)),
    np.lib.stride_tricks.as_strided(ZEROS[:1], (10**13,), (0,)),
]


def refused(call: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: str(rate)[:9])
def test_a_rate_that_is_none_is_refused(rate: Any, tiny: Classifier) -> None:
    refused(lambda: EmotionPipeline(tiny, sample_rate=rate))
    refused(lambda: analyze((ZEROS, rate), model=tiny))


@pytest.mark.parametrize("samples", SAMPLES, ids=lambda samples: type(samples).__name__)
def test_samples_that_are_none_are_refused_and_nothing_is_taken(samples: Any, tiny: Classifier) -> None:
    pipeline = EmotionPipeline(tiny)
    refused(lambda: pipeline.feed(samples))
    refused(lambda: analyze((samples, 16_000), model=tiny))
    assert pipeline.flush() == []


@pytest.mark.parametrize("samples", [[], ZEROS[:0], ZEROS.astype(np.float16), ZEROS.astype(">f4"), ZEROS.astype(">i2")])
def test_samples_are_samples_in_any_order_of_bytes_and_any_number(samples: Any, tiny: Classifier) -> None:
    assert EmotionPipeline(tiny).feed(samples) == []
    assert analyze((samples, 16_000), model=tiny) == []


def test_samples_of_the_other_order_of_bytes_are_the_same(tiny: Classifier) -> None:
    import soundfile

    samples, rate = soundfile.read(CALL, dtype="int16", stop=80_000)
    expected = analyze((samples, rate), model=tiny)
    assert expected
    assert analyze((samples.astype(">i2"), np.float32(rate)), model=tiny) == expected


def test_a_frame_of_no_samples_is_none(tiny: Classifier) -> None:
    assert analyze((np.zeros((0, 2), np.float32), 16_000), model=tiny, channels="split") == []


def test_a_channel_is_a_number_too(tiny: Classifier) -> None:
    stereo = np.stack([ZEROS, ZEROS], axis=1)
    assert analyze((stereo, 16_000), model=tiny, channels=2) == []
    assert analyze((stereo, 16_000), model=tiny, channels=np.int64(1)) == []
    assert analyze((stereo, 16_000), model=tiny, channels="split", lane_names=None) == []


WRONG: list[dict[str, Any]] = [
    *({"channels": value} for value in (None, True, 0, 3, -1, 10**5000, "9" * 5000, [1], 1.0)),
    *({"channels": "split", "lane_names": value} for value in ("AB", [1, 2], 5, [None])),
    *({"track": value} for value in ("1", 1.5, float("nan"), 0, 10**5000, True)),
    *({"step": value} for value in ("a", None, float("nan"), 10**400, np.array([0.1, 0.2]), 1j)),
    {"vad": ["both"]},
    {"vad": "x" * 1000},
    {"unknown": 1},
]


@pytest.mark.parametrize("settings", WRONG, ids=lambda settings: "-".join(settings))
def test_a_choice_that_is_none_is_refused(settings: dict[str, Any], tiny: Classifier) -> None:
    refused(lambda: analyze((np.stack([ZEROS, ZEROS], axis=1), 16_000), model=tiny, **settings))


@pytest.mark.parametrize(
    "source", [None, 5, 5.5, ZEROS, [ZEROS, 16_000], (ZEROS,), (ZEROS, 16_000, 1), (16_000, ZEROS)]
)
def test_a_source_that_is_none_is_refused(source: Any, tiny: Classifier) -> None:
    refused(lambda: analyze(source, model=tiny))


@pytest.mark.parametrize("model", [5, [], b"m.onnx", "a\0b", "", "no.onnx", ZEROS])
def test_a_model_that_is_none_is_refused(model: Any) -> None:
    with pytest.raises(SerLiveError):
        analyze((ZEROS, 16_000), model=model)
