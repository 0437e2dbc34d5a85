"""The LiveKit example, in the real framework."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

pytest.importorskip("livekit.agents", reason="this test needs livekit-agents")

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.filterwarnings("ignore")  # the framework's own
def test_the_words_come_untouched_and_the_tone_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from livekit import rtc
    from livekit.agents import stt
    from livekit_emotion import EmotionSTT, VoiceTone

    from ser_live import EmotionPipeline

    class Counting(stt.STT):
        """A recogniser whose words are how much it has heard."""

        def __init__(self) -> None:
            super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))

        async def _recognize_impl(self, buffer: Any, **options: Any) -> stt.SpeechEvent:
            raise NotImplementedError

        def stream(self, **options: Any) -> stt.RecognizeStream:
            return CountingStream(stt=self, conn_options=options["conn_options"])

    class CountingStream(stt.RecognizeStream):
        async def _run(self) -> None:
            heard = 0
            async for item in self._input_ch:
                if isinstance(item, rtc.AudioFrame):
                    heard += item.samples_per_channel
                    continue
                if not heard:  # a second flush at the end
                    continue
                words = stt.SpeechData(language="en", text=str(heard))  # type: ignore[arg-type] # it converts
                event = stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[words])
                self._event_ch.send_nowait(event)
                heard = 0

    samples, rate = soundfile.read(EXAMPLES / "call.wav", frames=10 * 16_000, dtype="int16")
    left = np.ascontiguousarray(samples[:, 0])
    blocks = [left[at : at + 1600] for at in range(0, len(left), 1600)]
    pipeline = EmotionPipeline(sample_rate=rate)
    records = [record for block in blocks for record in pipeline.feed(block.astype(np.float32) / 32768)]
    emotions = [record for record in records if getattr(record, "kind", "") == "emotion"]
    expected = emotions[-1].fields["label"] if emotions[-1].end is None else None
    assert any(record.end is None for record in emotions)

    async def talk() -> tuple[list[str], list[Any]]:
        tones: list[Any] = []
        async with EmotionSTT(Counting()).stream() as stream:
            for block in blocks:
                stream.push_frame(rtc.AudioFrame(block.tobytes(), rate, 1, len(block)))
            stream.end_input()
            words = [event.alternatives[0].text async for event in stream]
            for _ in range(200):  # the tone may lag behind the words
                tones.append(stream.context)
                await asyncio.sleep(0.01)
        return words, tones

    words, tones = asyncio.run(talk())
    assert words == [str(len(left))]
    assert tones[-1] == (None if expected is None else VoiceTone(label=expected))
    assert expected is None or f"sounds {expected} to a model" in tones[-1].to_instructions()
    sys.modules.pop("livekit_emotion", None)
