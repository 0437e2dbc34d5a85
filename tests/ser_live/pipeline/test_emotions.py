"""When an emotion opens and closes in the pipeline, and when it abstains."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from records import AT_ONCE, events, listen, predictions
from tiny_model import tiny_model
from voices import silence

from ser_live.classifier import Classifier
from ser_live.types import Event, FloatArray


class Scripted(Classifier):
    """Says what it is told, one label after the other, whatever it hears."""

    def __init__(self, path: Path, labels: Sequence[str] = (), certainty: float = 0.9) -> None:
        super().__init__(path, "cpu")
        self.script = deque(labels)
        self.certainty = certainty
        self.heard: list[FloatArray] = []

    def classify(self, inputs: FloatArray) -> tuple[NDArray[np.float64], FloatArray | None]:
        self.heard.append(inputs)
        label = self.script.popleft() if self.script else self.labels[0]
        others = (1 - self.certainty) / (len(self.labels) - 1)
        return np.array([self.certainty if other == label else others for other in self.labels]), None


def test_emotions_open_and_close_in_order(tiny_path: Path) -> None:
    """Windows end at 0.75, 1.00, …, 3.25 s; two of `sad` are too few to commit to it, three of `fear` are not."""
    model = Scripted(tiny_path, ["happy"] * 4 + ["sad"] * 2 + ["fear"] * 5)
    records = listen(model, silence(3.25), vad="off", smoothing=0, warm_up=1.0, evidence=3.5)
    assert [(e.start, e.end, e.fields["label"]) for e in events(records, "emotion")] == [
        (1.0, None, "happy"),
        (1.0, 2.75, "happy"),
        (2.75, None, "fear"),
        (2.75, 3.25, "fear"),
    ]
    assert [p.state for p in predictions(records)] == [
        *("warming-up", "committed", "committed", "committed"),
        *("provisional", "provisional"),
        *("provisional", "provisional", "committed", "committed", "committed"),
    ]


def test_a_committed_emotion_outlasts_a_doubt(tiny_path: Path) -> None:
    """Happy leads, then sad for two windows, then happy again: the emotion goes on."""
    model = Scripted(tiny_path, ["happy"] * 4 + ["sad"] * 2 + ["happy"] * 5)
    records = listen(model, silence(3.25), vad="off", smoothing=0, warm_up=1.0, evidence=3.5)
    assert [(e.start, e.end) for e in events(records, "emotion")] == [(1.0, None), (1.0, 3.25)]


def test_an_emotion_ends_with_its_utterance_before_the_utterance_does(tiny: Classifier, talk: FloatArray) -> None:
    records = listen(tiny, np.concatenate([talk, silence(0.5), talk]), evidence=AT_ONCE)
    marks = [(r.kind, r.end is None) for r in records if isinstance(r, Event)]
    assert marks == [("speech", True), ("emotion", True), ("emotion", False), ("speech", False)] * 2
    for opened, closed in zip(events(records, "emotion")[::2], events(records, "emotion")[1::2], strict=True):
        assert (opened.start, opened.fields) == (closed.start, closed.fields)


def test_an_uncertain_model_abstains_and_commits_to_nothing(tiny_path: Path, tmp_path: Path) -> None:
    unsure = tiny_model(tmp_path / "unsure.onnx", contract={"abstention": 0.8})
    model = Scripted(unsure, ["happy"] * 20, certainty=0.79)
    records = listen(model, silence(3.0), vad="off", smoothing=0, warm_up=1.0)
    assert {p.state for p in predictions(records)} == {"warming-up", "uncertain"}
    assert not events(records, "emotion")
    sure = Scripted(unsure, ["happy"] * 20, certainty=0.81)
    assert events(listen(sure, silence(3.0), vad="off", smoothing=0), "emotion")
