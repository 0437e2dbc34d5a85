# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The features in torch are NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from program import RATE
from voices import noise, voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.data.front_end import TorchFrontEnd
from ser_train.fitting.recipe import load_recipe

from ser_live.features.from_contract import make_front_end


@pytest.mark.parametrize("normalisation", ["window", "peak"])
def test_torch_features_equal_numpys(normalisation: Any) -> None:
    recipe = load_recipe("default")
    front_end = make_front_end(
        recipe.features,
        sample_rate=RATE,
        window_seconds=recipe.window_seconds,
        range_db=recipe.range_db,
        normalisation=normalisation,
    )
    twin = TorchFrontEnd(front_end)
    for length in (40_000, 30_000, 12_345, 1024):
        signal = voice(2.5)[:length] + noise(2.5, level=1e-3)[:length]
        padded = torch.zeros(1, 40_000)
        padded[0, :length] = torch.from_numpy(signal)
        padded[0, length:] = 0.3  # what stands right of the window's end must not matter
        features, frames = twin(padded, torch.tensor([length]))
        np.testing.assert_allclose(features[0].numpy(), front_end(signal), atol=1e-3)
        assert front_end.log_mel is not None
        assert int(frames[0]) == front_end.log_mel.frames(length)
