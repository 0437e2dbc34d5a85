"""What a network says of windows, of clips, and how well: the figures of every epoch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ser_train.data.windows import WindowSet
from ser_train.evaluation.metrics import uar
from ser_train.fitting.batches import Batch

__all__ = ["clip_verdicts", "validation_figures", "window_logits"]


@torch.no_grad()
def window_logits(model: nn.Module, batches: Iterable[Batch], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Logits `(windows, labels)` of the batches' windows, the clip of each, its seconds of speech."""
    model.eval()
    rows = [(model(batch.features.to(device, non_blocking=True))[0], batch.clips, batch.seconds) for batch in batches]
    logits, clips, seconds = zip(*rows, strict=True)
    return torch.cat(logits).cpu(), torch.cat(clips), torch.cat(seconds)


def clip_verdicts(probabilities: Tensor, clips: Tensor, seconds: Tensor, count: int) -> NDArray[np.float64]:
    """Mean of each clip's window probabilities weighted by speech, `(count, labels)`; zeros for a clip without any."""
    total = torch.zeros(count, probabilities.shape[1], dtype=torch.float64)
    total.index_add_(0, clips, probabilities.double() * seconds[:, None].double())
    return np.asarray((total / total.sum(1, keepdim=True).clamp(min=1e-12)).numpy())


def validation_figures(
    model: nn.Module, windows: WindowSet, batches: Iterable[Batch], device: torch.device
) -> dict[str, float]:
    """Loss by window, and unweighted average recall by clip, pooled and of each corpus, against the intended labels."""
    logits, clips, seconds = window_logits(model, batches, device)
    truth = np.array(windows.labels)
    verdicts = clip_verdicts(logits.softmax(1), clips, seconds, len(truth))
    said = np.where(verdicts.any(axis=1), verdicts.argmax(axis=1), -1)
    corpora = np.array([windows.cache.clips[clip].corpus for clip in windows.clips])
    figures = {
        "validation_loss": float(functional.cross_entropy(logits, windows.distributions[clips])),
        "validation_uar": uar(truth, said, windows.label_count),
    }
    for corpus in sorted(set(corpora)):
        own = corpora == corpus
        figures[f"validation_uar_{corpus}"] = uar(truth[own], said[own], windows.label_count)
    return figures
