"""Sums over the bands of a spectrum, without a matrix product and the threads that one would wake."""

from __future__ import annotations

from typing import cast

import numpy as np

from ser_live.types import FloatArray

__all__ = ["Bands"]


class Bands:
    """The product with a filter bank of which most is zero: each band is the sum of its own few bins.

    NumPy leaves matrix products to a library that divides even small ones among threads, and whose last bits depend
    on how many rows are there. These sums are made by the calling thread, each row by itself.

    Args:
        filters: weight of each bin in each band, `(bins, bands)`.

    Shape:
        `(..., bins)` to `(..., bands)`.
    """

    def __init__(self, filters: FloatArray) -> None:
        used = filters.T != 0
        used[:, 0] |= ~used.any(axis=1)  # a band between two bins keeps one, of weight 0
        bands, self._bins = np.nonzero(used)
        self._weights = filters[self._bins, bands]
        self._starts = np.searchsorted(bands, np.arange(len(used)))

    def __call__(self, power: FloatArray) -> FloatArray:
        """Return the weighted sums."""
        weighted = np.take(power, self._bins, axis=-1) * self._weights
        return cast(FloatArray, np.add.reduceat(weighted, self._starts, axis=-1))
