# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Back from the annotator: long recordings with corrected annotations train a model and measure it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_annotations import Intervals, eaf, long_textgrid
from program import RATE
from trainer import ser_train
from voices import silence, voice

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora import find_clips
from ser_train.data.speech_cache import build_cache, cut_speech
from ser_train.export.contract import read_contract

WORDS = ("angry", "happy", "neutral", "sad")
TURN, PAUSE = 1.3, 0.7  # seconds


def _call(folder: Path, number: int, ending: str) -> Path:
    """A stereo call of two people who speak by turns, each on a channel, and its corrected annotation."""
    names = (f"Anna{number}", f"Bert{number}")
    tiers: dict[str, Intervals] = {f"{name} {kind}": [] for name in names for kind in ("speech", "emotion")}
    pieces = []
    for turn in range(8):
        own, word = turn % 2, turn // 2
        start = turn * (TURN + PAUSE)
        said = np.concatenate([voice(TURN, seed=10 * number + own, pitch=80 + 60 * word), silence(PAUSE)])
        pieces.append(np.stack([said, silence(TURN + PAUSE)][:: 1 - 2 * own], 1))
        tiers[f"{names[own]} emotion"] = [*tiers[f"{names[own]} emotion"], (start, start + TURN, f"[{WORDS[word]}]")]
    path = folder / f"call{number}.{ending}"
    soundfile.write(folder / f"call{number}.flac", np.concatenate(pieces), RATE)
    path.write_text(
        eaf(tiers, relative=f"./call{number}.flac") if ending == "eaf" else long_textgrid(tiers, 8 * (TURN + PAUSE)),
        encoding="utf-8" if ending == "eaf" else "utf-16",
    )
    return path


def test_annotated_calls_make_a_model_and_measure_it(small_recipe: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "calls", tmp_path / "m.onnx"
    folder.mkdir()
    calls = [_call(folder, number, ending) for number, ending in enumerate(("TextGrid", "eaf", "eaf"))]
    common = ("--recipe", small_recipe, "--epochs", "1", "--cache", tmp_path / "c")
    told = ser_train("--data", folder, *common, "--out", out)
    assert "read as corrected by hand: 3 annotations" in told
    assert "train: 16 clips of 4 speakers" in told
    contract = read_contract(out)
    assert contract.labels == WORDS
    assert [corpus["name"] for corpus in contract.training["corpora"]] == ["calls"]
    assert {score["clips"] for score in contract.scores} == {4}
    scores = tmp_path / "e"
    ser_train("evaluate", out, "--data", calls[0], "--data", calls[1], "--side", "all", "--out", scores)
    found = json.loads(scores.with_suffix(".json").read_text())["all"]["pooled"]
    assert (found["clips"], found["speakers"], found["without_prediction"]) == (16, 4, 0)


def test_the_cache_holds_the_stretch_and_is_made_anew_when_it_moves(tmp_path: Path) -> None:
    path = _call(tmp_path, 1, "eaf")
    clips = find_clips([path])
    cache = build_cache(clips, tmp_path / "cache", lambda done, of: None, workers=1)
    assert cache.clips == clips
    sound, _ = soundfile.read(tmp_path / "call1.flac", dtype="float32")
    for number, clip in enumerate(clips):
        start, end, channel = clip.excerpt
        assert end is not None
        assert channel is not None
        alone = sound[round(start * RATE) : round(end * RATE), channel - 1]
        np.testing.assert_allclose(cache.speech(number), cut_speech(alone, RATE), atol=1 / 32768)
        assert len(cache.speech(number)) > 0.9 * TURN * RATE  # the other channel is silent there
    path.write_text(path.read_text().replace('TIME_VALUE="1300"', 'TIME_VALUE="900"'))
    moved = build_cache(find_clips([path]), tmp_path / "cache", lambda done, of: None, workers=1)
    assert len(moved.speech(0)) < len(cache.speech(0))


def test_streams_and_int8_hear_the_stretches(small_recipe: Path, tiny_path: Path, tmp_path: Path) -> None:
    from ser_train.evaluation.inference import predict_clips
    from ser_train.export.int8 import model_inputs
    from ser_train.streams.tape import active_speech

    clips = find_clips([_call(tmp_path, 1, "TextGrid")])
    for clip in clips:
        assert 0.8 * TURN < len(active_speech(clip)) / RATE <= TURN
    predictions = predict_clips(tiny_path, clips, lambda done, of: None, workers=1)
    assert all(prediction.verdict is not None for prediction in predictions)
    assert all(prediction.speech.max() <= TURN + 0.2 for prediction in predictions)
    assert len(model_inputs(tiny_path, clips[:2])) < 12  # a stretch has few windows
