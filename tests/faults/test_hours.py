"""Hours of sound: memory and open files stay as they are."""

from __future__ import annotations

import gc
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from attack import CASES
from voices import noise, silence, voice

from ser_live.classifier import Classifier
from ser_live.lanes import Lanes, lanes_of

LONG = CASES >= 10_000
MINUTES = 24 * 60 if LONG else 5


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the open files are counted as on Linux")
def test_hours_of_a_conversation_take_no_more_memory_and_no_more_files(tiny: Classifier) -> None:
    parts = [voice(5.0), silence(3.0), voice(7.0, seed=1), noise(5.0, level=0.01)]
    there = np.concatenate(parts)
    block = np.stack([there, np.roll(there, len(there) // 2)], 1)
    lanes = Lanes(lanes_of("split", [], 2), tiny, channels=2, sample_rate=16_000)
    records = 0
    sizes, files = [], []
    if not LONG:
        tracemalloc.start()
    try:
        for turn in range(MINUTES * 3):
            for start in range(0, len(block), 8000):
                records += len(lanes.feed(block[start : start + 8000]))
            if turn > 1 and turn % max(1, MINUTES * 3 // 10) == 0:
                sizes.append(_resident() if LONG else tracemalloc.get_traced_memory()[0])
                files.append(len(os.listdir("/proc/self/fd")))
    finally:
        tracemalloc.stop()
    assert records > 20 * MINUTES  # people were heard all the time
    assert max(sizes[1:]) - sizes[0] < (8_000_000 if LONG else 500_000), sizes
    assert len(set(files)) == 1, files
    if LONG:
        first, most = (f"{size / 1e6:.1f} MB" for size in (sizes[0], max(sizes)))
        print(f"{MINUTES // 60} hours: {records} records, {first} at first, {most} at most")


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
