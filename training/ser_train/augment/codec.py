"""Send speech through real codecs at low rates, those of libsndfile, without delay.

Not torchaudio's: since version 2.9 it has none of its own.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

import numpy as np
import soundfile
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from ser_live.resample import resample
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_train.augment.draw import chosen
from ser_train.errors import TrainingError

__all__ = ["CODECS", "Codec", "code", "usable_codecs"]

_FARTHEST = 2048  # samples that a codec may delay; the longest seen is 1105, of MP3


@dataclass(frozen=True, kw_only=True)
class Codec:
    """One codec at one rate.

    Attributes:
        name: for people.
        container: libsndfile's name of the format.
        subtype: libsndfile's name of the coding.
        sample_rate: Hz.
        compression: 0 (largest) to 1 (smallest), of those that have levels.
        bitrate_mode: of MP3.
    """

    name: str
    container: str
    subtype: str
    sample_rate: int = SAMPLE_RATE
    compression: float | None = None
    bitrate_mode: str | None = None

    def __call__(self, samples: FloatArray) -> FloatArray:
        """Encode and decode `(samples,)` at 16 kHz in memory; as long as before, and not delayed."""
        file = io.BytesIO()
        soundfile.write(
            file,
            resample(samples, SAMPLE_RATE, self.sample_rate),
            self.sample_rate,
            format=self.container,
            subtype=self.subtype,
            compression_level=self.compression,
            bitrate_mode=self.bitrate_mode,
        )
        file.seek(0)
        decoded, rate = soundfile.read(file, dtype="float32")
        return _aligned(samples, resample(decoded, rate))


CODECS = (
    Codec(name="Opus, 15 kb/s", container="OGG", subtype="OPUS", compression=0.97),
    Codec(name="Opus, 25 kb/s", container="OGG", subtype="OPUS", compression=0.9),
    Codec(name="Vorbis, 27 kb/s", container="OGG", subtype="VORBIS", compression=1.0),
    Codec(name="MP3, 12 kb/s", container="MP3", subtype="MPEG_LAYER_III", compression=0.99, bitrate_mode="AVERAGE"),
    Codec(name="GSM 6.10", container="WAV", subtype="GSM610", sample_rate=8000),
)


@cache
def usable_codecs() -> tuple[Codec, ...]:
    """Return those of `CODECS` that this libsndfile has.

    Raises:
        TrainingError: if it has none.
    """
    usable = []
    for codec in CODECS:
        try:
            codec(np.zeros(SAMPLE_RATE // 10, np.float32))
        except (RuntimeError, ValueError):
            continue
        usable.append(codec)
    if not usable:
        raise TrainingError("`codec` needs a libsndfile with Opus, Vorbis, MP3 or GSM 6.10: set it to 0")
    return tuple(usable)


def code(samples: Tensor, generator: torch.Generator, *, share: float) -> Tensor:
    """Send a share of the windows `(batch, samples)` through a random codec; each costs 10 to 100 ms.

    Raises:
        TrainingError: if libsndfile has no codec.
    """
    rows = chosen(len(samples), share, generator).tolist()
    changed = samples.clone() if rows else samples
    for row in rows:
        codecs = usable_codecs()
        codec = codecs[int(torch.randint(len(codecs), (1,), generator=generator))]
        changed[row] = torch.from_numpy(codec(samples[row].numpy()))
    return changed


def _aligned(before: FloatArray, after: FloatArray) -> FloatArray:
    """Move a codec's output to where it correlates best with its input, and make it as long."""
    size = next_fast_len(len(before) + len(after), real=True)
    correlation = np.fft.irfft(np.fft.rfft(after, size) * np.conj(np.fft.rfft(before, size)), size)
    lags = np.r_[0:_FARTHEST, -_FARTHEST:0]
    lag = int(lags[np.argmax(correlation[lags % size])])
    moved = after[lag:] if lag >= 0 else np.pad(after, (-lag, 0))
    kept: FloatArray = np.pad(moved[: len(before)], (0, max(0, len(before) - len(moved)))).astype(np.float32)
    return kept
