# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Listeners' votes as targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.corpora import Clip
from ser_train.corpora.labels import label_map
from ser_train.data.targets import perceived_targets


def test_votes_become_targets() -> None:
    def clip(label: str, *perceived: tuple[str, float]) -> Clip:
        return Clip(path=Path("x"), corpus="c", label=label, speaker="s", sex=None, text="t", perceived=perceived)

    clips = [
        clip("sad", ("angry", 0.5), ("calm", 0.2), ("neutral", 0.3)),
        clip("sad", ("surprise", 0.5), ("happy", 0.25), ("sad", 0.25)),
        clip("sad"),
        clip("sad", ("surprise", 1.0)),
    ]
    targets = perceived_targets(clips, label_map("four"))  # angry happy neutral sad; calm is neutral
    expected = [[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1], [0, 0, 0, 1]]
    np.testing.assert_allclose(targets.numpy(), expected, atol=1e-6)
