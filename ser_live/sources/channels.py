"""From the channels of a source to the one that is listened to."""

from __future__ import annotations

import numpy as np

from ser_live.errors import SettingsError, shortened
from ser_live.types import FloatArray

__all__ = ["channel_number", "check_channels", "select_channels"]

_SIDES = {"left": 1, "right": 2}
_DIGITS = 4


def check_channels(choice: str, channels: int) -> None:
    """Refuse a choice that a source with that many channels does not have, before any work starts.

    Args:
        choice: `mix` (the mean of all), `left` (channel 1), `right` (channel 2) or a number from 1.
        channels: how many the source has.

    Raises:
        SettingsError: for anything else, naming what is there.
    """
    _number(choice, channels)


def select_channels(block: FloatArray, choice: str) -> FloatArray:
    """Make a block mono.

    The channels are added one after the other, so that a sample never depends on how the signal was cut.

    Args:
        block: `(frames, channels)`.
        choice: as in `check_channels`.

    Returns:
        `(frames,)` float32.

    Raises:
        SettingsError: for a choice that the block does not have.

    Example:
        >>> select_channels(np.array([[0.5, 0.25]], np.float32), "mix").tolist()
        [0.375]
    """
    channels = block.shape[1]
    number = _number(choice, channels)
    if number is not None:
        return np.ascontiguousarray(block[:, number - 1], dtype=np.float32)
    mono = block[:, 0].astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # non-finite samples are the pipeline's to tell
        for channel in range(1, channels):
            mono += block[:, channel]
        mono /= np.float32(channels)
    return mono


def channel_number(choice: str) -> int | None:
    """Return the number in a choice of channels, None where it is none, or has more digits than any source needs."""
    return int(choice) if choice.isascii() and choice.isdigit() and len(choice) <= _DIGITS else None


def _number(choice: str, channels: int) -> int | None:
    """Return the chosen channel, counted from 1, or None for all of them."""
    if choice == "mix":
        return None
    number = channel_number(choice) if channel_number(choice) is not None else _SIDES.get(choice)
    if number is None:
        raise SettingsError(
            f"--channels takes mix, left, right, split or a number from 1, not {shortened(choice, 60)!r}"
        )
    if not 1 <= number <= channels:
        there = "1 channel" if channels == 1 else f"{channels} channels"
        usable = "mix, left or 1" if channels == 1 else f"mix, left, right or 1 to {channels}"
        raise SettingsError(f"--channels {choice} does not fit: the source has {there}, choose {usable}")
    return number
