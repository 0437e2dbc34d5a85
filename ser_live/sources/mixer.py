"""From the channels of a source to the one that is heard, also where their mix cancels.

A fault of adapters and call recorders is two channels in opposite phase: their mean is silence. It is noticed on a
grid counted in samples from the start of the stream, so that it does not depend on how the input was cut.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ser_live.sources.base import block_frames
from ser_live.sources.channels import select_channels
from ser_live.types import Event, FloatArray

__all__ = ["Mixer"]

_CELL_SECONDS: Final = 0.1  # of the grid
_SECONDS: Final = 1.0  # that are looked at together
_LOSS: Final = 10 ** (-10 / 10)  # of power: the mix is 10 dB below its loudest channel
_OPPOSED: Final = -0.5  # correlation of the loudest channel with the sum of the others
_SILENCE: Final = 10 ** (-60 / 10)  # mean square of a channel that is near silence
_PAUSE: Final = 10 ** (-20 / 10)  # of the loudest second so far: below it nobody speaks, and only hum may cancel


class Mixer:
    """Make blocks mono as `select_channels` does; where a mix cancels, go on with its louder channel.

    Args:
        choice: as in `check_channels`.
        channels: of the source.
        sample_rate: of the source, in Hz.

    Attributes:
        choice: what is heard now.
        channel: number of the channel that is heard instead of the mix, from 1; None before.
    """

    def __init__(self, choice: str, channels: int, sample_rate: float) -> None:
        self.channel: int | None = None
        self.choice = choice
        self._rate = sample_rate
        self._watching = choice == "mix" and channels > 1
        self._cell = np.empty((block_frames(_CELL_SECONDS, sample_rate, channels), channels), np.float32)
        self._filled = 0  # frames of the present cell
        self._done = 0  # frames before it
        self._sums: deque[NDArray[np.float64]] = deque(maxlen=max(1, round(_SECONDS * sample_rate / len(self._cell))))
        self._loudest = 0.0

    def feed(self, block: FloatArray) -> tuple[FloatArray, list[Event]]:
        """Return the block made mono, `(frames,)` float32, and the event where the mix is left.

        Args:
            block: `(frames, channels)`.
        """
        if not self._watching:
            return select_channels(block, self.choice), []
        parts: list[FloatArray] = []
        events: list[Event] = []
        at = 0
        while self._watching and at < len(block):
            part = block[at : at + len(self._cell) - self._filled]
            self._cell[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            at += len(part)
            parts.append(select_channels(part, self.choice))
            if self._filled == len(self._cell) and (event := self._look()) is not None:
                events.append(event)
        rest = select_channels(block[at:], self.choice)
        return np.concatenate([*parts, rest]), events

    def _look(self) -> Event | None:
        """Weigh the last second, now that a cell is full; change over to a channel where the mix cancels."""
        self._done += self._filled
        self._filled = 0
        with np.errstate(all="ignore"):  # non-finite samples are the pipeline's to tell
            self._sums.append(_sums(self._cell))
            if len(self._sums) != self._sums.maxlen:
                return None
            channel = self._cancelled(np.sum(self._sums, axis=0) / (len(self._sums) * len(self._cell)))
        if channel is None:
            return None
        self.channel, self.choice, self._watching = channel, str(channel), False
        seconds = self._done / self._rate
        message = (
            f"the channels are in opposite phase, so that their mix is silent: from {seconds:.1f} s on channel "
            f"{channel} alone is heard; choose one yourself with --channels"
        )
        return Event(kind="signal", start=round(seconds, 6), fields={"message": message, "channel": channel})

    def _cancelled(self, means: NDArray[np.float64]) -> int | None:
        """Return the loudest channel, from 1, if the mix has lost it; `means` are those of `_sums`."""
        count = self._cell.shape[1]
        mean, square, product = means[:count], means[count : 2 * count], means[2 * count : 3 * count]
        total_mean = mean.sum()
        power = square - mean**2  # without the offset, which need not cancel
        common = product - mean * total_mean  # of each channel with the sum of all
        total = means[-1] - total_mean**2
        loudest = int(np.argmax(power))
        own, shared = power[loudest], common[loudest]
        self._loudest = max(self._loudest, float(own))
        if not own > max(_SILENCE, _PAUSE * self._loudest) or not total / count**2 <= _LOSS * own:
            return None
        others = total - 2 * shared + own  # power of the sum of the other channels
        return loudest + 1 if shared - own < _OPPOSED * np.sqrt(own * max(others, 0.0)) else None


def _sums(cell: FloatArray) -> NDArray[np.float64]:
    """Return the sums over a cell: of each channel, its square, its product with the sum of all; of that one's square.

    Shape:
        `(3 * channels + 1,)`
    """
    samples = cell.T.astype(np.float64, order="C")
    total = samples[0].copy()
    for channel in samples[1:]:
        total += channel
    products = [np.einsum("i,i->", channel, channel) for channel in samples]
    products += [np.einsum("i,i->", channel, total) for channel in samples]
    return np.array([*(channel.sum() for channel in samples), *products, np.einsum("i,i->", total, total)])
