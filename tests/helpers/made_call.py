"""Records of a call that nobody made: what a session of any length and of any number of lanes says."""

from __future__ import annotations

import base64
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from ser_live.types import Event, Prediction

LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad")
STEP = 0.25
CALL_STARTED = "2026-12-01T09:30:00.000+00:00"


def session_of(lanes: Sequence[str] = (), seconds: float = 60.0, **changes: Any) -> dict[str, Any]:
    """Return the fields of a session record."""
    named = {"lanes": [{"name": name, "channel": n + 1} for n, name in enumerate(lanes)]} if lanes else {}
    return {
        "version": "0.2.0",
        "model": {
            "name": "made.onnx",
            "sha256": "0123456789abcdef" * 4,
            "labels": list(LABELS),
            "window_seconds": 2.5,
            "trained_on": [{"title": "Made speech", "clips": 1234, "speakers": 12, "licence": "none"}],
            "scores": [
                {"corpus": "made", "side": "test", "clips": 200, "speakers": 4, "uar": 0.68, "uar_interval": [0.6, 0.7]}
            ],
        },
        "source": "call.wav",
        "sample_rate": 16000,
        "device": {"asked": "auto", "got": "cpu"},
        "step": STEP,
        "started": CALL_STARTED,
        "channels": {"source": max(1, len(lanes)), "heard": "split" if lanes else "mix"},
        "seconds": seconds,
        "live": False,
        "settings": {"step": STEP, "smoothing": 0.5, "vad": "both", "max_pause": 1.5},
        "lag_seconds": 0.24,
        **named,
        **changes,
    }


def records_of(lanes: Sequence[str] = (), seconds: float = 60.0, seed: int = 1) -> Iterator[Prediction | Event]:
    """Return the records of all lanes, in turns: in each one a lane speaks, and then another."""
    chance = random.Random(seed)
    names: list[str | None] = list(lanes) or [None]
    numbers = {"speech": 0, "emotion": 0}
    start, turn = 0.5, 0
    while start < seconds - 4.0:
        end = round(min(seconds - 1.0, start + chance.uniform(3.0, 20.0)), 2)
        yield from _utterance(names[turn % len(names)], start, end, chance, numbers)
        start = round(end + chance.uniform(0.1, 1.0) + (2.0 if len(names) == 1 else 0.0), 2)
        turn += 1


def _utterance(
    lane: str | None, start: float, end: float, chance: random.Random, numbers: dict[str, int]
) -> Iterator[Prediction | Event]:
    numbers["speech"] += 1
    speech = f"speech-{numbers['speech']}"
    yield Event(kind="speech", id=speech, start=start, lane=lane)
    weights = [chance.random() ** 3 for _ in LABELS]
    targets = list(weights)
    smoothed = [1 / len(LABELS)] * len(LABELS)
    open_label: tuple[str, float, str] | None = None
    time, heard = round(start + 0.75, 2), 0.75
    while time <= end:
        if chance.random() < 0.04:
            targets = [chance.random() ** 4 for _ in LABELS]
        weights = [0.8 * weight + 0.2 * target for weight, target in zip(weights, targets, strict=True)]
        window = _shares([weight * chance.uniform(0.6, 1.4) for weight in weights])
        smoothed = [0.7 * before + 0.3 * now for before, now in zip(smoothed, window, strict=True)]
        values = _rounded(smoothed)
        label = max(values, key=values.__getitem__)
        length = min(2.5, heard)
        state = "warming-up" if heard < 1.0 else "uncertain" if values[label] < 0.33 else "committed"
        if state == "committed" and (open_label is None or open_label[0] != label):
            if open_label is not None:
                yield _emotion(lane, open_label, time)
            numbers["emotion"] += 1
            open_label = (label, time, f"emotion-{numbers['emotion']}")
            yield Event(kind="emotion", id=open_label[2], start=time, fields={"label": label}, lane=lane)
        yield Prediction(
            start=round(time - length, 2),
            end=time,
            available=round(time + 0.24, 2),
            speech_seconds=round(length, 2),
            probabilities=_rounded(window),
            smoothed=values,
            label=label,
            state=state,
            attention=tuple(round(s, 3) for s in _shares([chance.random() ** 2 for _ in range(round(10 * length))])),
            lane=lane,
        )
        time, heard = round(time + STEP, 2), heard + STEP
    if open_label is not None:
        yield _emotion(lane, open_label, end)
    fields = {"speech_seconds": round(end - start, 2)}
    yield Event(kind="speech", id=speech, start=start, end=end, fields=fields, lane=lane)


def _emotion(lane: str | None, begun: tuple[str, float, str], end: float) -> Event:
    return Event(kind="emotion", id=begun[2], start=begun[1], end=end, fields={"label": begun[0]}, lane=lane)


def _shares(weights: Sequence[float]) -> list[float]:
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _rounded(shares: Sequence[float]) -> dict[str, float]:
    return {label: round(share, 7) for label, share in zip(LABELS, shares, strict=True)}


def summary_of(lanes: Sequence[str] = (), seconds: float = 60.0, **changes: Any) -> dict[str, Any]:
    """Return the fields of a summary record, with a call sheet and a waveform."""
    names: list[str | None] = list(lanes) or [None]
    bins = min(2048, max(1, round(seconds / 0.05)))
    shown = {"neutral": 20.5, "happy": 9.25, "angry": 4.0, "uncertain": 12.0}
    rows = [
        {
            "name": name,
            "talk_seconds": round(seconds / (n + 2), 2),
            "talk_share": round(1 / (n + 2), 3),
            "interruptions": 3 - n,
            "responses": {"count": 14, "median_seconds": 0.62, "p90_seconds": 1.9},
            "level_dbfs": -21.4 - 3 * n,
            "emotion_seconds": {label: round(s / (n + 1), 2) for label, s in shown.items()},
            "quarters": [
                {"neutral": 0.7, "uncertain": 0.3},
                {"neutral": 0.4, "angry": 0.35, "uncertain": 0.25},
                {} if n else {"angry": 0.6, "disgust": 0.1, "uncertain": 0.3},
                {"happy": 0.5, "neutral": 0.3, "uncertain": 0.2},
            ],
        }
        for n, name in enumerate(names)
    ]
    peaks = [
        bytes(round(90 + 80 * math.sin(0.7 * bin + lane) * math.sin(0.05 * bin)) for bin in range(bins))
        for lane in range(len(names))
    ]
    return {
        "seconds": seconds,
        "speech_seconds": round(0.7 * seconds, 3),
        "speech_share": 0.7,
        "predictions": 200,
        "emotion_seconds": shown,
        "emotion_changes": 9,
        "overflows": 0,
        "notices": [],
        "ended": "end",
        "error": None,
        "call": {"silence_seconds": round(0.2 * seconds, 2), "overlap_seconds": 1.5, "lanes": rows},
        "waveform": {
            "bin_seconds": seconds / bins,
            "lanes": [
                {"name": name, "peaks": base64.b64encode(peak).decode()}
                for name, peak in zip(names, peaks, strict=True)
            ],
        },
        **changes,
    }
