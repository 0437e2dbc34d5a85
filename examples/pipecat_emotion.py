"""A pipecat processor that tells what a user's voice sounds like: put it after `transport.input()`.

It needs `pip install pipecat-ai` and `ser-live`. The sound goes on first, so that nothing waits for it; the model runs
in a thread. Only committed emotions become frames: a provisional label may still change.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
from pipecat.frames.frames import Frame, InputAudioRawFrame, SystemFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from ser_live import EmotionPipeline
from ser_live.types import Event


@dataclass
class UserEmotionFrame(SystemFrame):
    """What the user's voice sounds like from now on; None once that is over."""

    label: str | None = None


class EmotionProcessor(FrameProcessor):
    """Push a `UserEmotionFrame` when an emotion is committed and when it ends."""

    def __init__(self) -> None:
        super().__init__()
        self._pipeline: EmotionPipeline | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hand every frame on, and hear those that hold sound."""
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            return
        samples = np.frombuffer(frame.audio, "<i2").reshape(-1, frame.num_channels).mean(axis=1) / 32768
        for record in await asyncio.to_thread(self._feed, samples.astype(np.float32), frame.sample_rate):
            if isinstance(record, Event) and record.kind == "emotion":
                await self.push_frame(UserEmotionFrame(label=record.fields["label"] if record.end is None else None))

    def _feed(self, samples: np.ndarray, rate: int) -> list:
        if self._pipeline is None:
            self._pipeline = EmotionPipeline(sample_rate=rate)
        return self._pipeline.feed(samples)
