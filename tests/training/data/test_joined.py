# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Windows that go on from another clip of the speaker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import tiny_fit as tiny
from ser_train.data.joined import WindowJoiner

from ser_live.types import SAMPLE_RATE


def _joined(share: float, clips: int = 60) -> Any:
    windows = tiny.tiny_set(clips)
    everyone = list(range(clips))
    samples, lengths, targets = windows.batch([(i, len(windows.windows[i]) - 1) for i in everyone])
    before = samples.clone(), lengths.clone(), targets.clone()
    rewritten = WindowJoiner(windows, everyone).join(
        everyone, samples, lengths, targets, share, np.random.default_rng(1)
    )
    return windows, before, (samples, lengths, targets), rewritten


def test_nothing_is_joined_where_nothing_is_asked() -> None:
    _, before, after, rewritten = _joined(0.0)
    assert not rewritten.any()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_window_ends_with_its_own_beginning_after_another_end_of_the_speaker() -> None:
    windows, _, (samples, lengths, targets), rewritten = _joined(1.0)
    assert rewritten.sum() > 50
    changes = 0
    for row in torch.nonzero(rewritten)[:, 0].tolist():
        window = samples[row, : int(lengths[row])].numpy()
        own = windows.cache.speech(row)
        found = [(other, at) for other in range(60) for at in _joints(window, windows.cache.speech(other), own)]
        assert len(found) >= 1
        other, at = found[0]
        assert windows.cache.clips[other].speaker == windows.cache.clips[row].speaker
        new = (len(window) - at) / SAMPLE_RATE
        assert new >= 0.3 - 1e-3
        expected = torch.zeros(6)
        told = min(1.0, new / 0.6)
        expected[windows.labels[other]] += 1 - told
        expected[windows.labels[row]] += told
        assert torch.allclose(targets[row], expected, atol=1e-3)
        changes += windows.labels[other] != windows.labels[row]
        assert not samples[row, int(lengths[row]) :].any()
    assert 0.3 < changes / int(rewritten.sum()) < 0.7


def _joints(window: Any, earlier: Any, own: Any) -> list[int]:
    """Where the window goes over from the end of `earlier` to the beginning of `own`, if it does."""
    starts = np.flatnonzero((window[:-2] == own[0]) & (window[1:-1] == own[1]) & (window[2:] == own[2]))
    return [
        int(at)
        for at in starts
        if np.array_equal(window[at:], own[: len(window) - at])
        and at <= len(earlier)
        and np.array_equal(window[:at], earlier[len(earlier) - at :])
        and at
    ]


def test_no_clip_goes_on_from_itself() -> None:
    windows = tiny.tiny_set(3)
    samples, lengths, targets = windows.batch([(i, 0) for i in range(3)])
    before = targets.clone()
    WindowJoiner(windows, range(3)).join(range(3), samples, lengths, targets, 1.0, np.random.default_rng(0))
    assert torch.equal(targets, before)


def test_the_share_of_joined_windows_changes_a_run(tmp_path: Any) -> None:
    plain, joined = (
        tiny.tiny_fit(tmp_path / f"{share}.ckpt", recipe=tiny.changed(epochs=1, joined=share)).history[0]["loss"]
        for share in (0.0, 0.5)
    )
    assert plain != joined
