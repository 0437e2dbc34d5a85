"""Hours of sound: memory and open files stay as they are."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from attack import CASES
from voices import noise, silence, voice

from ser_live.classifier import Classifier
from ser_live.lanes import Lanes, lanes_of

MINUTES = 24 * 60 if CASES >= 10_000 else 5


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the open files are counted as on Linux")
def test_hours_of_a_conversation_take_no_more_memory_and_no_more_files(tiny: Classifier) -> None:
    parts = [voice(5.0), silence(3.0), voice(7.0, seed=1), noise(5.0, level=0.01)]
    there = np.concatenate(parts)
    block = np.stack([there, np.roll(there, len(there) // 2)], 1)
    lanes = Lanes(lanes_of("split", [], 2), tiny, channels=2, sample_rate=16_000)
    records, kept = 0, []
    tracemalloc.start()
    try:
        for turn in range(MINUTES * 3):
            for start in range(0, len(block), 8000):
                records += len(lanes.feed(block[start : start + 8000]))
            if turn > 1 and turn % max(1, MINUTES * 3 // 10) == 0:
                kept.append((tracemalloc.get_traced_memory()[0], len(os.listdir("/proc/self/fd"))))
    finally:
        tracemalloc.stop()
    assert records > 20 * MINUTES  # people were heard all the time
    sizes = [size for size, _ in kept]
    assert max(sizes[1:]) - sizes[0] < 500_000, sizes
    assert len({files for _, files in kept}) == 1, kept
