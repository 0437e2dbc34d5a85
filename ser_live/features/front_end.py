"""The front end of a model: from a window's speech to the graph's input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ser_live.features.log_mel import LogMel, Normalisation
from ser_live.types import FloatArray

__all__ = ["FrontEnd", "Signal"]

Signal = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, kw_only=True)
class FrontEnd:
    """Steps on the window's samples, then features, then their normalisation and padding.

    Args:
        shape: of the model's input.
        window_samples: samples of the longest window.
        steps: what is done to the samples, in this order; each must see the window as a whole.
        features: from at most `window_samples` samples to features.
        finish: from features to the model's input.
        log_mel: the features, where they are log-mel and no step comes before them: then windows that overlap can
            share frames. None elsewhere.
        normalisation: of those.

    Shape:
        `(samples,)` to `shape`; longer input keeps its end. With `log_mel`, `(batch, samples)` of one length to
        `(batch, *shape)` too.
    """

    shape: tuple[int, ...]
    window_samples: int
    steps: tuple[Signal, ...] = ()
    features: Signal
    finish: Signal
    log_mel: LogMel | None = None
    normalisation: Normalisation | None = None

    def prepare(self, samples: FloatArray) -> FloatArray:
        """Do the steps to samples `(samples,)`, of which some may be cut off."""
        for step in self.steps:
            samples = step(samples)
        return samples

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Return the model's input."""
        return self.finish(self.features(self.prepare(samples)[..., -self.window_samples :]))
