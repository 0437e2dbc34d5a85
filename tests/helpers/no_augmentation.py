"""Settings of the augmentation of samples, all of them off."""

from __future__ import annotations

OFF = dict.fromkeys(("gain_db", "noise", "band", "room", "telephone", "codec", "clipping", "speed"), 0.0)
"""Probabilities and the range of the gain."""
