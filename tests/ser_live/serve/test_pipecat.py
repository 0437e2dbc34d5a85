"""The pipecat example, in a real pipecat pipeline."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("pipecat", reason="this test needs pipecat-ai")

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.filterwarnings("ignore")  # the framework's own
def test_a_committed_emotion_becomes_a_frame_and_the_sound_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from pipecat.frames.frames import InputAudioRawFrame
    from pipecat.tests.utils import run_test
    from pipecat_emotion import EmotionProcessor, UserEmotionFrame

    from ser_live import EmotionPipeline

    samples, rate = soundfile.read(EXAMPLES / "call.wav", frames=10 * 16_000, dtype="int16")
    left = np.ascontiguousarray(samples[:, 0])
    blocks = [left[at : at + 1600] for at in range(0, len(left), 1600)]
    pipeline = EmotionPipeline(sample_rate=rate)
    records = [record for block in blocks for record in pipeline.feed(block.astype(np.float32) / 32768)]
    emotions = [record for record in records if getattr(record, "kind", "") == "emotion"]
    expected = [record.fields["label"] if record.end is None else None for record in emotions]
    assert expected
    frames = [InputAudioRawFrame(audio=block.tobytes(), sample_rate=rate, num_channels=1) for block in blocks]
    down, _ = asyncio.run(run_test(EmotionProcessor(), frames_to_send=frames))
    assert [frame.label for frame in down if isinstance(frame, UserEmotionFrame)] == expected
    assert [frame.audio for frame in down if isinstance(frame, InputAudioRawFrame)] == [f.audio for f in frames]
    sys.modules.pop("pipecat_emotion", None)
