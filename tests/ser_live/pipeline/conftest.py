"""A signal that many tests of the pipeline hear."""

from __future__ import annotations

import numpy as np
import pytest
from voices import silence, voice

from ser_live.types import FloatArray


@pytest.fixture(scope="module")
def talk() -> FloatArray:
    """A second of silence, two of voice, one of silence."""
    return np.concatenate([silence(1.0), voice(2.0), silence(1.0)])
