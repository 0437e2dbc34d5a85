"""Test conditions that a worker process can import by name."""

from __future__ import annotations

import numpy as np

from ser_live.types import FloatArray


def same(samples: FloatArray, seed: int) -> FloatArray:
    """Change nothing."""
    return samples


def muted(samples: FloatArray, seed: int) -> FloatArray:
    """Take all speech away."""
    return np.zeros_like(samples)


def hiss(samples: FloatArray, seed: int) -> FloatArray:
    """White noise of the clip's own power, drawn with the seed."""
    level = float(np.sqrt(np.mean(samples**2)))
    return (samples + level * np.random.default_rng(seed).normal(size=len(samples))).astype(np.float32)
