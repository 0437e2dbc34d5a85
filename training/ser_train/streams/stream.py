"""A stream whose truth is known to the sample, and the changes of emotion in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ser_live.types import SAMPLE_RATE, FloatArray

__all__ = ["KINDS", "Change", "Kind", "Span", "Stream", "changes_of"]

Kind = Literal["mixed", "changes", "constant", "neutral", "meetings", "silence"]
KINDS: tuple[Kind, ...] = ("mixed", "changes", "constant", "neutral", "meetings", "silence")


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of speech of one emotion by one person: one clip from its first to its last active cell.

    Attributes:
        start: seconds of the stream.
        end: seconds of the stream.
        label: the model's word for the emotion.
        speaker: who speaks.
        joined: no pause lies between the span before and this one.
    """

    start: float
    end: float
    label: str
    speaker: str
    joined: bool = False


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A recording that the live path is run on.

    Attributes:
        name: unique in its set.
        kind: what it is for.
        samples: `(samples,)` at 16 kHz.
        spans: who speaks when, with what emotion, in order and without overlap; empty where that is not known
            (`meetings`) or nobody speaks (`silence`).
    """

    name: str
    kind: Kind
    samples: FloatArray
    spans: tuple[Span, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the whole."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def speech_seconds(self) -> float:
        """Length of the spans together."""
        return sum(span.end - span.start for span in self.spans)

    @property
    def speaker(self) -> str | None:
        """Who speaks, if it is one person alone."""
        speakers = {span.speaker for span in self.spans}
        return speakers.pop() if len(speakers) == 1 else None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One person's emotion changes, or somebody begins to speak.

    Attributes:
        at: when, in seconds of the stream.
        until: when the next one comes, or the stream's end: a right label after that is too late.
        label: the new emotion.
        speaker: who speaks.
        joined: no pause lies before it.
    """

    at: float
    until: float
    label: str
    speaker: str
    joined: bool


def changes_of(spans: tuple[Span, ...], seconds: float) -> list[Change]:
    """Return the changes of one and the same speaker's emotion, each until the next new stretch or the stream's end."""
    new = [i for i in range(1, len(spans)) if _of(spans[i]) != _of(spans[i - 1])]
    ends = [spans[i].start for i in new[1:]] + [seconds]
    return [
        Change(at=spans[i].start, until=end, label=spans[i].label, speaker=spans[i].speaker, joined=spans[i].joined)
        for i, end in zip(new, ends, strict=False)  # without a change only the end is left over
        if spans[i].speaker == spans[i - 1].speaker
    ]


def _of(span: Span) -> tuple[str, str]:
    return span.speaker, span.label
