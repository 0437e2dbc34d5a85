"""Convolutions and self-attention that can begin as Whisper's: the attention CRNN on a pretrained speech encoder.

From the report's network (see `crnn`) it keeps convolutions, a sequence layer, attention over its states, dense; the
convolutions and the sequence layer are those of Whisper's encoder (Radford et al. 2022,
https://arxiv.org/abs/2212.04356, section 2.2), so that they need not be learnt from acted emotions alone. What is
pooled are the attentive statistics (Okabe et al. 2018, https://arxiv.org/abs/1803.10963) of every layer's states: for
the tone of a voice the lower layers carry more than the last, which carries words (Pasad et al. 2021,
https://arxiv.org/abs/2107.04734).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ser_train.errors import TrainingError
from ser_train.settings import at_least, shares

__all__ = ["AttentionEncoder", "EncoderSettings"]

_RANGE = 2.0
"""Whisper's range of values for 80 dB of dynamic range; the network is given one of 1."""


@dataclass(frozen=True, kw_only=True)
class EncoderSettings:
    """Sizes; `width` and `heads` are those of Whisper tiny.

    Attributes:
        width: of the states.
        heads: of the self-attention.
        layers: of the self-attention.
        pool: steps of 20 ms that are averaged into one before the self-attention.
        dense: units of the dense layer and of the pooling's hidden layer.
        dropout: before and after the dense layer. There is none in the layers, as in Whisper's training: the pooled
            deviations hear it (0.05 of it took the UAR of a fixed encoder from 0.56 to 0.35).
    """

    width: int = 384
    heads: int = 6
    layers: int = 2
    pool: int = 2
    dense: int = 96
    dropout: float = 0.2

    def __post_init__(self) -> None:
        at_least(self, 1, "width", "heads", "layers", "pool", "dense")
        shares(self, "dropout")
        if self.width % (2 * self.heads):
            raise TrainingError(f"`width` must be a multiple of twice the `heads` ({self.heads}), not {self.width}")


class AttentionEncoder(nn.Module):
    """Logits and attention weights from log-mel windows normalised by `peak`, with a range of 80 dB.

    Steps that hold padding alone (zeros, see `ser_live.features.front_end.FrontEnd`) get no attention.

    Args:
        labels: how many.
        n_mels: bands; Whisper's are 80 from 0 to 8 kHz on Slaney's scale, 25 ms wide, every 10 ms.
        settings: sizes.

    Shape:
        `(batch, frames, n_mels)` to logits `(batch, labels)` and weights `(batch, ceil(frames / 2) // pool)` that sum
        to 1.
    """

    def __init__(self, *, labels: int, n_mels: int = 80, settings: EncoderSettings | None = None) -> None:
        super().__init__()
        sizes = settings or EncoderSettings()
        width = sizes.width
        self.pool = sizes.pool
        self.level = nn.Parameter(torch.zeros(n_mels))
        self.conv1 = nn.Linear(3 * n_mels, width)
        self.conv2 = nn.Linear(3 * width, width)
        self.layers = nn.ModuleList(_Layer(width, sizes.heads) for _ in range(sizes.layers))
        pooled = 2 * width * (sizes.layers + 1)
        self.state = nn.Linear(width, sizes.dense)
        self.score = nn.Linear(sizes.dense, 1, bias=False)
        self.norm = nn.BatchNorm1d(pooled)
        self.dense = nn.Linear(pooled, sizes.dense)
        self.dropout = nn.Dropout(sizes.dropout)
        self.output = nn.Linear(sizes.dense, labels)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and attention weights."""
        speech = features.abs().amax(2) > 0  # not where a frame is padding
        states = functional.gelu(self.conv1(_neighbours(_RANGE * (features - 1) + self.level)))
        states = functional.gelu(self.conv2(_every_second(states)))
        states = _means(states, self.pool)
        steps, width = _sizes(states)
        mask = functional.max_pool1d(speech[:, None, :].float(), 2 * self.pool, ceil_mode=True)[:, 0, :steps] > 0
        states = states + _positions(steps, self.pool, width).to(states.device)
        unheard = torch.zeros_like(mask, dtype=torch.float32).masked_fill(~mask, -1e4)[:, None, None]
        layers = [states.float()]
        for layer in self.layers:
            states = layer(states, unheard)
            layers.append(states.float())
        scores = self.score(torch.tanh(self.state(states)))[:, :, 0].float()
        weights = torch.softmax(scores.masked_fill(~mask, -1e4), 1)
        every = torch.cat(layers, 2)
        mean = (every * weights[:, :, None]).sum(1)
        variance = ((every - mean[:, None]).square() * weights[:, :, None]).sum(1)
        summary = self.norm(torch.cat([mean, (variance + 1e-4).sqrt()], 1))
        hidden = functional.relu(self.dense(self.dropout(summary)))
        return self.output(self.dropout(hidden)).float(), weights


class _Layer(nn.Module):
    """Self-attention and two dense layers, each added to the states (Whisper's: norms first, keys without a bias)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.dense_norm = nn.LayerNorm(width)
        self.dense1 = nn.Linear(width, 4 * width)
        self.dense2 = nn.Linear(4 * width, width)

    def forward(self, states: Tensor, unheard: Tensor) -> Tensor:
        normed = self.attention_norm(states)
        steps, width = _sizes(states)
        query, key, value = (
            part(normed).reshape(-1, steps, self.heads, width // self.heads).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(2, 3) / math.sqrt(width // self.heads) + unheard
        mixed = torch.softmax(scores.float(), -1).to(value.dtype) @ value
        states = states + self.out(mixed.transpose(1, 2).reshape(-1, steps, width))
        inner = functional.gelu(self.dense1(self.dense_norm(states)))
        added: Tensor = self.dense2(inner)
        return states + added


def _neighbours(steps: Tensor) -> Tensor:
    """Return each step between those before and after it, `(batch, steps, 3 * width)`: a convolution is their product.

    Quantised to int8 the product takes a quarter of the convolution's time in float (ONNX Runtime 1.31, x86).
    """
    padded = functional.pad(steps, (0, 0, 1, 1))
    return torch.cat([padded[:, :-2], steps, padded[:, 2:]], 2)


def _every_second(steps: Tensor) -> Tensor:
    """Return every second step between those before and after it, `(batch, ceil(steps / 2), 3 * width)`."""
    count, width = _sizes(steps)
    pairs = functional.pad(steps, (0, 0, 0, count % 2)).reshape(-1, (count + 1) // 2, 2 * width)
    return torch.cat([functional.pad(pairs[:, :-1, width:], (0, 0, 1, 0)), pairs], 2)


def _means(steps: Tensor, pool: int) -> Tensor:
    """Return the mean of each `pool` steps, `(batch, steps // pool, width)`; a rest is dropped."""
    count, width = _sizes(steps)
    whole = count // pool
    return steps[:, : whole * pool].reshape(-1, whole, pool, width).mean(2)


def _sizes(states: Tensor) -> tuple[int, int]:
    """Return steps and width as plain numbers: constants in an exported graph, which is for windows of one length."""
    return int(states.shape[1]), int(states.shape[2])


def _positions(steps: int, pool: int, width: int) -> Tensor:
    """Return Whisper's sinusoids, `(steps, width)`, at the middle of each `pool` of its steps."""
    at = torch.arange(steps) * pool + (pool - 1) / 2
    scales = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = at[:, None] * scales
    return torch.cat([angles.sin(), angles.cos()], 1)
