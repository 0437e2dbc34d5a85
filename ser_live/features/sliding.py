"""The front end for windows that overlap: frames that the last window held too are not computed again."""

from __future__ import annotations

import numpy as np

from ser_live.features.front_end import FrontEnd
from ser_live.types import FloatArray

__all__ = ["SlidingFrontEnd"]


class SlidingFrontEnd:
    """What `FrontEnd` gives of each window of an utterance, at a fraction of the work.

    A frame depends on its own samples alone, so it serves every window that holds it, where windows are a whole number
    of hops apart; others are computed anew, and so are centred frames, which see the window's edge.

    Args:
        front_end: of the model, one with `log_mel`.

    Shape:
        `feed`: a window's speech `(samples,)`, of which the last `new` are not in the window before, to `(frames,
        n_mels)`; equal to `FrontEnd`, to the last bit.
    """

    def __init__(self, front_end: FrontEnd) -> None:
        assert front_end.log_mel is not None, "only frames of log-mel features can be shared"
        self.front_end = front_end
        self.log_mel = front_end.log_mel
        self.reset()

    def reset(self) -> None:
        """Forget the past: as a new object."""
        self._features: FloatArray = np.zeros((0, self.log_mel.n_mels), np.float32)
        self._length = 0  # samples of the last window

    def feed(self, samples: FloatArray, new: int) -> FloatArray:
        """Take the next window of the utterance, give the model's input."""
        log_mel = self.log_mel
        gone, between = divmod(self._length + new - len(samples), log_mel.hop_length)  # frames before this window
        serve = gone >= 0 and not between and not log_mel.center
        kept = self._features[gone if serve else len(self._features) :]
        fresh = log_mel(samples[len(kept) * log_mel.hop_length :])
        self._features, self._length = np.concatenate([kept, fresh]), len(samples)
        return self.front_end.finish(self._features)
