"""The model on this machine, and the room for recordings."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ser_live.app.card import card
from ser_live.app.watchdog import Watchdog, end_loading, load_seconds
from ser_live.check.report import Finding
from ser_live.classifier import Classifier, Device
from ser_live.config import Settings
from ser_live.types import FloatArray

__all__ = ["ModelRun", "card_finding", "disk_finding", "model_finding", "run_model", "speed_finding"]

_WINDOWS = 10  # that are timed; the first is not, it fills caches
_BUSY = 0.5  # of the time between two predictions: beyond, a busy moment makes the program late
_LEAST_HOURS = 1.0  # of recording
_SAMPLE_BYTES = 4  # --record writes 32-bit float


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """A model that was run.

    Attributes:
        classifier: the model.
        asked: device that was asked for.
        load: seconds to open it.
        window: the median of the seconds that a window took, features and model.
        slowest: window, seconds.
    """

    classifier: Classifier
    asked: Device
    load: float
    window: float
    slowest: float


def run_model(path: Path | None, device: Device) -> ModelRun:
    """Open the model and run it on noise.

    Raises:
        ModelError: where it cannot be run on that device.
    """
    with Watchdog(end_loading) as watchdog:
        began = time.perf_counter()
        with watchdog.watching("load", load_seconds(device)):
            classifier = Classifier(path, device)
        loaded = time.perf_counter() - began
        watchdog.progress = lambda: classifier.windows
        spent = []
        contract = classifier.contract.input
        window = _noise(round(contract.window_seconds * contract.sample_rate))
        with watchdog.watching("window", load_seconds(device)):
            for _ in range(_WINDOWS + 1):
                began = time.perf_counter()
                classifier(window)
                spent.append(time.perf_counter() - began)
    return ModelRun(
        classifier=classifier, asked=device, load=loaded, window=float(np.median(spent[1:])), slowest=max(spent[1:])
    )


def _noise(count: int) -> FloatArray:
    return np.random.default_rng(0).normal(0, 0.05, count).astype(np.float32)


def model_finding(run: ModelRun) -> Finding:
    """Say which model it is."""
    model = run.classifier
    return Finding(
        name="model",
        light="green",
        text=f"{model.path.name}, {len(model.labels)} labels, sha256 {model.sha256[:12]}…",
        values={"path": str(model.path), "sha256": model.sha256, "labels": list(model.labels)},
    )


def card_finding(run: ModelRun) -> Finding:
    """Say what the model was trained on and how good it was."""
    fields = card(run.classifier.contract)
    trained = ", ".join(str(row.get("title", "?")) for row in fields["trained_on"])
    scores = [row for row in fields["scores"] if isinstance(row.get("uar"), (int, float))]
    tests = [row for row in scores if row.get("side") == "test"] or scores
    best = next((row for row in tests if row.get("corpus") == "pooled"), tests[0] if tests else None)
    values: dict[str, Any] = dict(fields)
    if best is None:
        return Finding(
            name="card",
            light="yellow",
            text=f"trained on {trained or 'unknown recordings'}, no score is written in it",
            advice="measure it with `ser-train evaluate` before you trust a label",
            values=values,
        )
    people = f"{best.get('clips', '?')} clips of {best.get('speakers', '?')} unknown speakers"
    text = f"trained on {trained or 'unknown recordings'}; finds {100 * best['uar']:.0f} % of each emotion in {people}"
    return Finding(name="card", light="green", text=text, values=values)


def speed_finding(run: ModelRun) -> Finding:
    """Say whether the model keeps up."""
    share = run.window / Settings.step
    values = {
        "device_asked": run.asked,
        "device_got": run.classifier.device,
        "load_seconds": round(run.load, 3),
        "window_ms": round(1000 * run.window, 3),
        "slowest_ms": round(1000 * run.slowest, 3),
        "share_of_step": round(share, 4),
    }
    text = (
        f"{1000 * run.window:.1f} ms a window on {run.classifier.device}, {100 * share:.1f} % of the time from one "
        f"prediction to the next"
    )
    advice = run.classifier.notice
    if advice is None and share > _BUSY:
        advice = f"close other programs, or give --step {max(2 * run.window, 2 * Settings.step):.1g}"
    return Finding(name="speed", light="yellow" if advice else "green", text=text, advice=advice, values=values)


def disk_finding(sample_rate: float, channels: int) -> Finding:
    """Say how many hours `--record` could write into the current folder."""
    folder = os.getcwd()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"the free space of {folder} cannot be told ({error.strerror})"
        return Finding(name="disk", light="grey", text=text, values={"folder": folder})
    hours = free / (sample_rate * channels * _SAMPLE_BYTES * 3600)
    writable = os.access(folder, os.W_OK)
    values = {"folder": folder, "free_bytes": free, "hours": round(hours, 2), "writable": writable}
    advice = None
    if hours < _LEAST_HOURS:
        advice = "make room before --record"
    elif not writable:
        advice = "this user may not write there: give --record a path elsewhere"
    text = f"{free / 1e9:.1f} GB free in {folder}: {hours:.0f} h of --record"
    return Finding(name="disk", light="yellow" if advice else "green", text=text, advice=advice, values=values)
