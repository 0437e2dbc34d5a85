"""Score a network after every epoch, and say which epoch is the best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ser_train.data.windows import WindowSet
from ser_train.evaluation.metrics import uar
from ser_train.fitting.batches import Batch

__all__ = ["best_epoch", "clip_verdicts", "validation_scores", "window_logits"]


@torch.no_grad()
def window_logits(model: nn.Module, batches: Iterable[Batch], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits `(windows, labels)` of the batches' windows, the clip of each, its seconds of speech."""
    model.eval()
    rows = [(model(batch.features.to(device, non_blocking=True))[0], batch.clips, batch.seconds) for batch in batches]
    logits, clips, seconds = zip(*rows, strict=True)
    return torch.cat(logits).cpu(), torch.cat(clips), torch.cat(seconds)


def clip_verdicts(probabilities: Tensor, clips: Tensor, seconds: Tensor, count: int) -> NDArray[np.float64]:
    """Return each clip's mean probabilities, weighted by speech, `(count, labels)`; zeros for a clip without any."""
    total = torch.zeros(count, probabilities.shape[1], dtype=torch.float64)
    total.index_add_(0, clips, probabilities.double() * seconds[:, None].double())
    return np.asarray((total / total.sum(1, keepdim=True).clamp(min=1e-12)).numpy())


def validation_scores(
    model: nn.Module, windows: WindowSet, batches: Iterable[Batch], device: torch.device
) -> dict[str, float]:
    """Return the loss by window and the UAR by clip, pooled and of each corpus, against the intended labels."""
    logits, clips, seconds = window_logits(model, batches, device)
    truth = np.array(windows.labels)
    verdicts = clip_verdicts(logits.softmax(1), clips, seconds, len(truth))
    predicted = np.where(verdicts.any(axis=1), verdicts.argmax(axis=1), -1)
    corpora = np.array([windows.cache.clips[clip].corpus for clip in windows.clips])
    scores = {
        "validation_loss": float(functional.cross_entropy(logits, windows.distributions[clips])),
        "validation_uar": uar(truth, predicted, windows.label_count),
    }
    for corpus in sorted(set(corpora)):
        chosen = corpora == corpus
        scores[f"validation_uar_{corpus}"] = uar(truth[chosen], predicted[chosen], windows.label_count)
    return scores


def best_epoch(history: Sequence[dict[str, float]]) -> int:
    """Return the first epoch with the highest recall on validation, from 1."""
    recalls = [row["validation_uar"] for row in history]
    return 1 + recalls.index(max(recalls))
