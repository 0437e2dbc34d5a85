"""Flips sorted by the clip in which they come, on streams made by hand."""

from __future__ import annotations

import numpy as np
from ser_train.streams.flip_origins import flip_origins
from ser_train.streams.inference import StreamPredictions, Utterance
from ser_train.streams.scores import ClipShares
from ser_train.streams.stream import Span, Stream
from ser_train.streams.timeline import Piece, Timeline

from ser_live.types import Prediction


def prediction(end: float, label: str) -> Prediction:
    return Prediction(
        start=0.0,
        end=end,
        available=end,
        speech_seconds=2.0,
        probabilities={name: 0.8 if name == label else 0.1 for name in ("angry", "happy", "sad")},
        smoothed={},
        label=label,
        state="committed",
    )


def timeline(heard: str, shown: list[Piece]) -> Timeline:
    """Clips of five seconds, all `sad`; a letter a second of what the model hears in it: `s`, `h` or `a`."""
    words = {"s": "sad", "h": "happy", "a": "angry"}
    spans = tuple(
        Span(start=at, end=at + 5.0, label="sad", speaker="1") for at in np.arange(0.0, len(heard), 5.0).tolist()
    )
    samples = np.zeros(16_000 * len(heard), np.float32)
    predictions = tuple(prediction(at + 0.5, words[letter]) for at, letter in enumerate(heard))
    stream = Stream(name="made", kind="constant", samples=samples, spans=spans)
    return (
        StreamPredictions(
            stream=stream, utterances=(Utterance(predictions=predictions, over=float(len(heard))),), audible=()
        ),
        shown,
    )


def test_flips_are_sorted_by_the_clip_in_which_they_come() -> None:
    right_wrong_right_doubt = "sssss" + "hhhhh" + "sssss" + "shhss"
    shown = [
        Piece(0.5, 6.0, "sad"),
        Piece(6.0, 11.0, "happy"),  # into a clip that is heard wrongly
        Piece(11.0, 16.5, "sad"),  # back
        Piece(16.5, 18.0, "happy"),  # doubt
        Piece(18.0, 20.0, "sad"),  # and back
    ]
    made = timeline(right_wrong_right_doubt, shown)
    origins = flip_origins([made], [made])
    assert origins is not None
    assert (origins.into_wrong_clips, origins.back_into_right_clips, origins.within_clips) == (1, 1, 2)
    assert origins.clips == ClipShares(clips=4, all_right=0.5, all_wrong=0.25)


def test_none_without_a_flip() -> None:
    assert flip_origins([timeline("sssss", [Piece(0.5, 5.0, "sad")])], []) is None
