"""Label maps: a corpus's words to a model's labels."""

from __future__ import annotations

import pytest
from ser_train.corpora.labels import LABEL_MAPS, fitting_map, label_map
from ser_train.errors import TrainingError


def test_label_maps() -> None:
    sizes = {name: len(label_map(name).labels) for name in LABEL_MAPS}
    assert sizes == {"four": 4, "six": 6, "seven": 7, "seven-berlin": 7, "eight": 8}
    six = label_map("six")
    assert six.labels == ("angry", "disgust", "fear", "happy", "neutral", "sad")
    assert [six.of(word) for word in ("calm", "surprise", "bored", "fear")] == ["neutral", None, None, "fear"]
    assert six.index("calm") == 4
    assert label_map("eight").of("calm") == "calm"
    own = label_map({"angry": "angry", "fear": "sad", "sad": "sad"})
    assert (own.labels, own.of("fear"), own.of("happy")) == (("angry", "sad"), "sad", None)
    assert fitting_map(("sad", "neutral")).of("calm") == "neutral"
    assert fitting_map(("sad", "calm", "neutral")).of("calm") == "calm"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sixx", "no map 'sixx'"),
        ({"angry": "angry", "mad": "sad"}, "'mad' is not known"),
        ({"sad": "sad"}, "two or more"),
    ],
)
def test_label_maps_that_cannot_be(setting: str | dict[str, str], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        label_map(setting)
