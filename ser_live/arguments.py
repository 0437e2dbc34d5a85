"""What callers of the Python interface hand in, judged before any work starts: samples, rates, choices."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_live.errors import SettingsError, shortened
from ser_live.types import FloatArray

__all__ = ["check_path", "check_rate", "choice_of_channels", "float_samples", "names_of_lanes", "track_number"]

_LEAST_RATE, _MOST_RATE = 100.0, 10_000_000.0  # Hz; beyond them a block of 80 ms has no sample, or fills the memory
_MOST_SAMPLES = 1 << 31  # in one call: half a day
_MOST_NUMBER = 9_999


def float_samples(samples: Any) -> FloatArray:
    """Return what was given as samples as float32, of any shape.

    Raises:
        SettingsError: for what is no array of float or int16, or too much at once.
    """
    try:
        array: NDArray[Any] = np.asarray(samples)
    except MemoryError:
        raise SettingsError("these are too many samples for the memory: feed them in pieces") from None
    except Exception as error:  # whatever the object's own conversion raises
        raise SettingsError(
            f"samples must be an array of float in [-1, 1] or int16, and {type(samples).__name__} cannot be made one: "
            f"{shortened(' '.join(str(error).split()), 80)}"
        ) from None
    integers = array.dtype.kind == "i" and array.dtype.itemsize == 2
    if not integers and not np.issubdtype(array.dtype, np.floating):
        raise SettingsError(f"samples must be float in [-1, 1] or int16, not {shortened(array.dtype, 40)}")
    if array.size > _MOST_SAMPLES:
        raise SettingsError(f"{array.size:,} samples are too many at once: feed them in pieces")
    try:
        with np.errstate(over="ignore"):  # a double beyond float32 becomes infinite, which is refused later
            floats: FloatArray = array.astype(np.float32)
            return floats / np.float32(32768) if integers else floats
    except MemoryError:
        raise SettingsError("these are too many samples for the memory: feed them in pieces") from None


def check_rate(rate: Any) -> float:
    """Return a sample rate, in Hz.

    Raises:
        SettingsError: for what is no number, or no rate of sound.
    """
    if _is(Real, rate) and _LEAST_RATE <= rate <= _MOST_RATE:
        return int(rate) if _is(Integral, rate) else float(rate)
    raise SettingsError(f"sample_rate must be a number of Hz from 100 to 10,000,000, not {_told(rate)}")


def choice_of_channels(channels: Any) -> str:
    """Return a choice of channels as `--channels` takes it; a whole number is one, too.

    Raises:
        SettingsError: for anything else; whether the source has that channel is not looked at.

    Example:
        >>> choice_of_channels(2)
        '2'
    """
    if isinstance(channels, str):
        return channels
    if _is(Integral, channels) and 1 <= channels <= _MOST_NUMBER:
        return str(int(channels))
    raise SettingsError(f"channels must be mix, left, right, split or a number from 1, not {_told(channels)}")


def names_of_lanes(names: Any) -> Sequence[str]:
    """Return the names of lanes; None is none.

    Raises:
        SettingsError: for what is no sequence of texts.
    """
    if names is None:
        return ()
    if isinstance(names, Sequence) and not isinstance(names, str) and all(isinstance(name, str) for name in names):
        return names
    raise SettingsError(f"lane_names must be a sequence of texts such as ['Agent', 'Customer'], not {_told(names)}")


def track_number(track: Any) -> int | None:
    """Return the number of an audio track, None for the default one.

    Raises:
        SettingsError: for what is no whole number from 1.
    """
    if track is None:
        return None
    if _is(Integral, track) and 1 <= track <= _MOST_NUMBER:
        return int(track)
    raise SettingsError(f"track must be a whole number from 1, not {_told(track)}")


def check_path(path: Any, wanted: str) -> str | bytes | os.PathLike[str]:
    """Return a path.

    Args:
        path: what was given.
        wanted: for the message.

    Raises:
        SettingsError: for what is no path.
    """
    if isinstance(path, (str, bytes, os.PathLike)):
        return path
    raise SettingsError(f"{wanted}, not {_told(path)}")


def _is(kind: type, value: Any) -> bool:
    """Return whether a value is a number of that kind."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _told(value: Any) -> str:
    """Return what a message says of a value: the value if it is short, else its kind."""
    number = isinstance(value, int) and not math.isfinite(_as_float(value))
    text = type(value).__name__ if number or not isinstance(value, (str, int, float, type(None))) else repr(value)
    return shortened(text, 40)


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
