"""Training windows are those of the live path."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.train
def test_training_windows_are_those_of_the_live_path() -> None:
    pytest.importorskip("torch", reason="this test needs `ser-live[train]`")
    from ser_train.data.windows import live_windows

    from ser_live.config import Settings
    from ser_live.windows import SpeechWindows, Window

    settings = Settings()
    for window in (8_000, 40_000):
        for speech in (0, 100, 4_799, 4_800, 11_999, 12_000, 12_001, 16_799, 16_800, 40_000, 44_000, 100_003):
            cutter = SpeechWindows(
                window=window,
                step=round(settings.step * 16_000),
                first=round(settings.first * 16_000),
                max_pause=round(settings.max_pause * 16_000),
                min_last=round(settings.min_last * 16_000),
            )
            cut = cutter.feed(np.zeros(speech, np.float32), np.ones(speech, np.bool_)) + cutter.flush()
            expected = [(one.start, one.end) for one in cut if isinstance(one, Window)]
            assert live_windows(speech, window) == expected, (speech, window)
