"""The live path's front end in torch, for batches of windows of unequal lengths; a test holds it to within 1e-3."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ser_live.features.front_end import FrontEnd

__all__ = ["TorchFrontEnd"]


class TorchFrontEnd(nn.Module):
    """`ser_live.features.front_end.FrontEnd` for batches.

    Args:
        front_end: of log-mel features, without centring.

    Shape:
        samples `(batch, window_samples)`, right of each window's end arbitrary, and `lengths` `(batch,)` in samples
        to `(batch, frames, n_mels)`, zero from the window's last whole frame on, and frames `(batch,)`.
    """

    window: Tensor
    filterbank: Tensor

    def __init__(self, front_end: FrontEnd) -> None:
        super().__init__()
        assert front_end.log_mel is not None
        assert front_end.normalisation is not None
        self.settings = front_end.log_mel
        self.normalisation = front_end.normalisation
        self.window_samples = front_end.window_samples
        self.register_buffer("window", torch.from_numpy(self.settings.window), persistent=False)
        self.register_buffer("filterbank", torch.from_numpy(self.settings.filterbank), persistent=False)

    def log_mel(self, samples: Tensor) -> Tensor:
        """Return log-mel features `(batch, frames, n_mels)` of `(batch, samples)`, not normalised."""
        if samples.is_cuda:
            return self._log_mel(samples)
        # one window fits the processor's cache: three times as fast as a batch
        return torch.stack([self._log_mel(window) for window in samples])

    def _log_mel(self, samples: Tensor) -> Tensor:
        settings = self.settings
        frames = samples.unfold(-1, settings.n_fft, settings.hop_length) * self.window
        spectrum = torch.fft.rfft(frames)
        power = spectrum.real**2 + spectrum.imag**2
        return torch.log(power @ self.filterbank + settings.floor)

    def forward(self, samples: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return normalised, zero-padded features, and how many frames of each window hold speech."""
        settings = self.settings
        features = self.log_mel(samples)
        frames = (1 + (lengths - settings.n_fft) // settings.hop_length).clamp(min=0)
        return self.normalise(features, frames), frames

    def normalise(self, features: Tensor, frames: Tensor) -> Tensor:
        """Normalise each window by its own first `frames` frames and set the others to zero."""
        settings = self.normalisation
        valid = (torch.arange(features.shape[1], device=features.device) < frames[:, None])[:, :, None]
        count = (frames * features.shape[2]).clamp(min=1)[:, None, None]
        peak = features.masked_fill(~valid, -torch.inf).amax((1, 2), keepdim=True)
        kept = torch.maximum(features, peak - settings.range)
        if settings.method == "peak":
            return torch.where(valid, 1 + (kept - peak) / settings.range, 0.0)
        mean = (kept * valid).sum((1, 2), keepdim=True) / count
        centred = (kept - mean) * valid
        deviation = (centred.square().sum((1, 2), keepdim=True) / count).sqrt()
        return torch.where(valid, centred / deviation.clamp(min=1e-5), 0.0)
