"""Choose the smoothing and the warm-up of the live path on streams of validation speakers.

A stream is one speaker's clips strung together with short pauses, stretches of one to four clips of one emotion after
the other. The pipeline runs once without smoothing; every time constant is then tried on what it said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ser_live import EmotionPipeline, Event, Prediction
from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_live.smoothing import Smoother
from ser_live.types import SAMPLE_RATE, FloatArray
from training.audio import read_recording
from training.corpora import Clip
from training.labels import LabelMap
from training.metrics import uar

__all__ = ["TIME_CONSTANTS", "search_smoothing", "string_together"]

TIME_CONSTANTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Seconds of speech that are tried."""

_PAUSES = (0.3, 1.0)  # seconds, shortest and longest
_PRICE = 0.01  # recall that a steadier label may cost
_STRETCH = 4  # clips of one emotion in a row, at most

Marks = list[tuple[float, str]]
"""When each clip ends, and its label."""


def string_together(clips: Sequence[Clip], words: LabelMap, random: np.random.Generator) -> tuple[FloatArray, Marks]:
    """One speaker's clips as a stream at 16 kHz, `(samples,)`, and what is said in it until when."""
    by_label: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_label[words.words[clip.label]].append(clip)
    for own in by_label.values():
        random.shuffle(own)
    pieces: list[FloatArray] = []
    marks: Marks = []
    seconds = 0.0
    last = ""
    while left := [label for label, own in by_label.items() if own]:
        label = str(random.choice([one for one in left if one != last] or left))
        for _ in range(int(random.integers(1, _STRETCH + 1))):
            if not by_label[label]:
                break
            pause = np.zeros(round(float(random.uniform(*_PAUSES)) * SAMPLE_RATE), np.float32)
            piece = np.concatenate([read_recording(by_label[label].pop().path), pause])
            pieces.append(piece)
            seconds += len(piece) / SAMPLE_RATE
            marks.append((seconds, label))
        last = label
    return np.concatenate(pieces), marks


def search_smoothing(
    classifier: Classifier,
    clips: Sequence[Clip],
    words: LabelMap,
    *,
    seed: int,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Unweighted average recall by prediction, for every time constant and by the speech a window holds."""
    labels = classifier.labels
    pipeline = EmotionPipeline(classifier, smoothing=0.0)
    random = np.random.default_rng(seed)
    speakers = sorted({clip.speaker for clip in clips})
    heard: list[tuple[Prediction | Event, int]] = []  # with the label that was true at the window's end
    for done, speaker in enumerate(speakers, 1):
        samples, marks = string_together([clip for clip in clips if clip.speaker == speaker], words, random)
        ends = [end for end, _ in marks]
        for record in pipeline.feed(samples) + pipeline.flush():
            mark = int(np.searchsorted(ends[:-1], record.end or record.start))
            heard.append((record, labels.index(marks[mark][1])))
        progress(done, len(speakers))
    predictions = [(record, true) for record, true in heard if isinstance(record, Prediction)]
    truth = np.array([true for _, true in predictions])
    by_constant: dict[float, float] = {}
    flips: dict[float, float] = {}
    for constant in TIME_CONSTANTS:
        said = _smooth(heard, constant)
        by_constant[constant] = round(uar(truth, said, len(labels)), 4)
        flipped = (said[1:] != said[:-1]) & (truth[1:] == truth[:-1])
        flips[constant] = round(float(flipped.sum()) / (len(said) * Settings().step / 60), 2)
    speech = np.array([record.speech_seconds for record, _ in predictions])
    alone = np.array([labels.index(record.label) for record, _ in predictions])
    by_speech = {
        f"{low:g} to {high:g} s": round(uar(truth[own], alone[own], len(labels)), 4)
        for low, high in ((0.0, 0.75), (0.75, 1.0), (1.0, 1.5), (1.5, 2.0), (2.0, 3.0))
        if (own := (speech >= low) & (speech < high)).sum() >= 50
    }
    return {
        "protocol": f"predictions on strung-together clips of {len(speakers)} validation speakers, {len(clips)} clips",
        "predictions": len(predictions),
        "seed": seed,
        "uar_by_time_constant": {f"{constant:g}": value for constant, value in by_constant.items()},
        "flips_per_minute_of_speech": {f"{constant:g}": value for constant, value in flips.items()},
        "rule": f"the longest time constant that costs at most {_PRICE:g} of the best recall",
        "chosen_time_constant": max(
            c for c, value in by_constant.items() if value >= max(by_constant.values()) - _PRICE
        ),
        "uar_of_a_window_by_its_speech": by_speech,
    }


def _smooth(heard: Sequence[tuple[Prediction | Event, int]], constant: float) -> np.ndarray:
    """What the live path's smoother says of each prediction with that time constant."""
    smoother = Smoother(time_constant=constant, warm_up=0.0, threshold=0.0, commit=0.0)
    said: list[int] = []
    before = 0.0  # speech in the window before
    for record, _ in heard:
        if isinstance(record, Event):
            if record.kind == "speech":
                smoother.reset()
                before = 0.0
            continue
        full = before and record.speech_seconds <= before  # a window that has reached its length tells nothing of it
        new = Settings().step if full else record.speech_seconds - before
        _, leader, _ = smoother.feed(
            np.array(list(record.probabilities.values())), new_speech=new, speech=record.speech_seconds
        )
        said.append(leader)
        before = record.speech_seconds
    return np.array(said)
