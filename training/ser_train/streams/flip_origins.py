"""Where flips come from: clips that the model hears wrongly throughout, or doubts within a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ser_live.types import Prediction
from ser_train.streams.risk_coverage import label_at
from ser_train.streams.scores import ClipShares, FlipOrigins
from ser_train.streams.stream import Span
from ser_train.streams.timeline import Timeline

__all__ = ["flip_origins"]

_THROUGHOUT = 0.8
"""Share of a clip's windows that are right, or wrong, from which on the clip counts as heard so throughout."""


def flip_origins(constant: Sequence[Timeline], all_streams: Sequence[Timeline]) -> FlipOrigins | None:
    """Sort the flips in speech of one emotion by the clip in which they come; None without a flip.

    Args:
        constant: streams of one emotion, with what is shown.
        all_streams: streams of known emotions, whose clips are counted besides.
    """
    wrong = right = doubt = 0
    for predictions, shown in constant:
        windows = [p for utterance in predictions.utterances for p in utterance.predictions]
        for before, after in pairwise(shown):
            if before.label == after.label:
                continue
            span = label_at(predictions.stream.spans, after.start)
            share = _right_share(span, windows)
            if share is not None and share <= 1 - _THROUGHOUT and after.label != span.label:
                wrong += 1
            elif share is not None and share >= _THROUGHOUT and after.label == span.label:
                right += 1
            else:
                doubt += 1
    if not wrong + right + doubt:
        return None
    return FlipOrigins(
        into_wrong_clips=wrong, back_into_right_clips=right, within_clips=doubt, clips=_clips(all_streams)
    )


def _clips(timelines: Sequence[Timeline]) -> ClipShares:
    counts: Counter[str] = Counter()
    for predictions, _ in timelines:
        windows = [p for utterance in predictions.utterances for p in utterance.predictions]
        for span in predictions.stream.spans:
            share = _right_share(span, windows)
            if share is not None:
                counts["wrong" if share == 0 else "right" if share == 1 else "between"] += 1
    whole = sum(counts.values())
    return ClipShares(
        clips=whole,
        all_right=round(counts["right"] / whole, 4) if whole else 0.0,
        all_wrong=round(counts["wrong"] / whole, 4) if whole else 0.0,
    )


def _right_share(span: Span, windows: Sequence[Prediction]) -> float | None:
    """Return the share of the windows that end in a clip whose likeliest label is right; None without a window."""
    own = [p for p in windows if span.start <= p.end <= span.end + 0.05]
    if not own:
        return None
    return sum(_likeliest(p) == span.label for p in own) / len(own)


def _likeliest(prediction: Prediction) -> str:
    return max(prediction.probabilities, key=lambda label: prediction.probabilities[label])
