"""Feed the pipeline from anything that yields samples: here, noise with a recording in it, in blocks of 37 ms.

python examples/your_own_source.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

import ser_live


def my_source() -> Iterator[np.ndarray]:
    """Mono blocks, as a network stream or a telephone exchange might deliver them."""
    samples, rate = soundfile.read(Path(__file__).with_name("call.wav"), dtype="float32")
    left = samples[: 15 * rate, 0]
    block = int(0.037 * rate)
    for start in range(0, len(left), block):
        yield left[start : start + block]


pipeline = ser_live.EmotionPipeline(sample_rate=16_000, step=0.5)


def show(records: list[ser_live.Prediction | ser_live.Event]) -> None:
    """Print what came out of the last block."""
    for record in records:
        if isinstance(record, ser_live.Event):
            print(f"{record.start:7.2f} s  event: {record.kind} {dict(record.fields)} until {record.end}")
        else:
            print(f"{record.available:7.2f} s  {record.label} {record.smoothed[record.label]:.0%} ({record.state})")


for block in my_source():
    show(pipeline.feed(block))
show(pipeline.flush())
