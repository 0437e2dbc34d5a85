"""A LiveKit speech recogniser that also tells how the user's voice sounds: wrap your own recogniser in it.

    session = AgentSession(stt=EmotionSTT(deepgram.STT()), ...)

It needs `pip install livekit-agents` and `ser-live`. The words come from your recogniser, untouched and undelayed; the
model hears the same sound in a thread. The framework gives the language model what `VoiceTone.to_instructions` says.
Only committed emotions are told: a provisional label may still change.
"""

from __future__ import annotations

import asyncio

import numpy as np
from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, APIConnectOptions
from livekit.agents.stt import STT, RecognizeStream, SpeechEvent
from livekit.agents.types import NotGivenOr
from livekit.agents.utils import AudioBuffer
from pydantic import BaseModel

from ser_live import EmotionPipeline
from ser_live.types import Event


class VoiceTone(BaseModel):
    """What the user's voice sounds like now."""

    label: str

    def to_instructions(self) -> str:
        """Return a sentence for the language model."""
        return f"The user's voice sounds {self.label} to a model that is often wrong. Do not mention it."


class EmotionSTT(STT):
    """Recognise words with another recogniser, and hear the tone beside it."""

    def __init__(self, words: STT) -> None:
        super().__init__(capabilities=words.capabilities)
        self._words = words

    async def _recognize_impl(
        self, buffer: AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> SpeechEvent:
        return await self._words.recognize(buffer, language=language, conn_options=conn_options)

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> RecognizeStream:
        """Return a stream whose events are those of the wrapped recogniser."""
        return _Stream(self, self._words.stream(language=language, conn_options=conn_options), conn_options)

    async def aclose(self) -> None:
        """Close the wrapped recogniser."""
        await self._words.aclose()


class _Stream(RecognizeStream):
    def __init__(self, stt: EmotionSTT, words: RecognizeStream, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=stt, conn_options=conn_options)
        self._words = words
        self._sound: asyncio.Queue[rtc.AudioFrame | None] = asyncio.Queue()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hand_on())
            tasks.create_task(self._hear())
            async for event in self._words:
                self._event_ch.send_nowait(event)

    async def _hand_on(self) -> None:
        """Give every frame to the recogniser at once, and to the model when it has time."""
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._words.push_frame(item)
                self._sound.put_nowait(item)
            else:
                self._words.flush()
        self._words.end_input()
        self._sound.put_nowait(None)

    async def _hear(self) -> None:
        pipeline: EmotionPipeline | None = None
        while (frame := await self._sound.get()) is not None:
            if pipeline is None:
                pipeline = await asyncio.to_thread(EmotionPipeline, sample_rate=frame.sample_rate)
            samples = np.frombuffer(frame.data, np.int16).reshape(-1, frame.num_channels).mean(axis=1) / 32768
            for record in await asyncio.to_thread(pipeline.feed, samples.astype(np.float32)):
                if isinstance(record, Event) and record.kind == "emotion":
                    self.context = VoiceTone(label=record.fields["label"]) if record.end is None else None

    async def aclose(self) -> None:
        """Close both."""
        await super().aclose()
        await self._words.aclose()
