"""Speed, pitch and tempo: one change of each kind for each quarter of a batch, so that whole batches go through."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from torchaudio.functional import resample

from training.augment.draw import uniform

__all__ = ["fitted", "play", "resampled", "stretched"]

_GROUPS = 4
_ZEROS = 16  # zero crossings of the resampling filter on each side; torchaudio's own 6 take 3 dB off at 6.5 kHz
_FFT, _HOP = 512, 128
_OVERLAP = _FFT // _HOP
_BEFORE = 4  # frames of silence before the sound


def play(
    samples: Tensor,
    lengths: Tensor,
    generator: torch.Generator,
    *,
    speed: float = 0.0,
    pitch: float = 0.0,
    stretch: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Play the windows at another speed, another pitch and another tempo.

    Args:
        samples: `(batch, samples)`.
        lengths: `(batch,)`, how many of them are speech.
        generator: what the changes are drawn from.
        speed: largest change of speed, pitch included, as a share.
        pitch: largest change of pitch, in semitones; the duration stays.
        stretch: largest change of tempo, as a share; the pitch stays.

    Returns:
        As many samples, cut or followed by zeros; and how many of them are speech now.
    """
    if not (speed or pitch or stretch):
        return samples, lengths
    batch, count = samples.shape
    changed, new_lengths = samples.clone(), lengths.clone()
    for part in torch.arange(batch).chunk(_GROUPS):
        faster, higher, quicker = uniform(generator, 3, low=-1.0, high=1.0).tolist()
        played = samples[part]
        if speed or pitch:
            played = resampled(played, (1 + faster * speed) * 2 ** (higher * pitch / 12))
        if pitch or stretch:
            wanted = count / ((1 + faster * speed) * (1 + quicker * stretch))
            played = stretched(played, played.shape[1] / wanted)
        changed[part] = fitted(played, count)
        scaled = (lengths[part] * (played.shape[1] / count)).round().long()
        new_lengths[part] = scaled.clamp(max=count)
    return changed, new_lengths


def fitted(samples: Tensor, count: int) -> Tensor:
    """Cut, or followed by zeros; `(batch, samples)` to `(batch, count)`."""
    return pad(samples[:, :count], (0, max(0, count - samples.shape[1])))


def resampled(samples: Tensor, factor: float) -> Tensor:
    """Faster and higher by that factor, to a whole percent; `(batch, samples)` to `(batch, samples / factor)`."""
    played: Tensor = resample(samples, max(1, round(100 * factor)), 100, lowpass_filter_width=_ZEROS)
    return played


def stretched(samples: Tensor, rate: float) -> Tensor:
    """Quicker by that factor, 4 at most, at the same pitch: a phase vocoder.

    Each frame's phases go on from the last one's by as much as they do in the sound at that moment (Laroche and Dolson
    1999, https://doi.org/10.1109/89.759041); the neighbours of a peak then take its own (Puckette 1995,
    https://doi.org/10.1109/ASPAA.1995.482995), without which voices sound hollow. Phases are kept as complex numbers of
    magnitude 1, whose products need no sines.

    Shape:
        `(batch, samples)` to `(batch, samples / rate)`.
    """
    window = torch.hann_window(_FFT)
    target = round(samples.shape[1] / rate)
    frames = -(-target // _HOP) + _OVERLAP - 1  # every sample that is kept lies in four
    times = (torch.arange(frames) - 1.0) * rate + _BEFORE  # the frame of the sound at each frame's moment
    at, part = times.long(), (times % 1)[None, :, None]
    padded = pad(samples, (_FFT // 2 + _BEFORE * _HOP, _FFT + 2 * _HOP + round(4 * _HOP * rate)))
    sound = torch.fft.rfft(padded.unfold(1, _FFT, _HOP) * window)  # (batch, frames, bins)
    level, unit = sound.abs(), torch.sgn(sound)
    unit = torch.where(unit == 0, 1.0, unit)  # the phase of silence
    turn = unit[:, at + 1] * unit[:, at].conj()
    phase = torch.cat([unit[:, at[:1]], turn[:, :-1]], dim=1).cumprod(dim=1)
    level = torch.lerp(level[:, at], level[:, at + 1], part)
    each = level * phase
    locked = each.clone()
    locked[:, :, 1:] -= each[:, :, :-1]  # less, because phases turn half a circle from bin to bin of a peak
    locked[:, :, :-1] -= each[:, :, 1:]
    pieces = torch.fft.irfft(level * torch.sgn(locked)) * window
    played = samples.new_zeros(len(samples), frames + _OVERLAP - 1, _HOP)
    for k, quarter in enumerate(pieces.unflatten(2, (_OVERLAP, _HOP)).unbind(2)):
        played[:, k : k + frames] += quarter
    return played.flatten(1)[:, _FFT - _HOP :][:, :target] / window.square()[::_HOP].sum()
