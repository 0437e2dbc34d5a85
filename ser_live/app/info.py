"""Describe microphones and models, as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ser_live.app.watchdog import Watchdog, end_loading, load_seconds
from ser_live.classifier import Device
from ser_live.outputs.lines import silence_libraries
from ser_live.pipeline import EmotionPipeline
from ser_live.sources import NO_MICROPHONE, list_devices

__all__ = ["device_lines", "model_lines"]


def device_lines() -> list[str]:
    """Return a table of the microphones, as lines for a person.

    Raises:
        SourceError: without PortAudio.
    """
    with silence_libraries():
        devices = list_devices()
    if not devices:
        return [NO_MICROPHONE]
    rows = [("", "index", "name", "channels", "rate", "system")]
    for device in devices:
        mark = "*" if device.is_default else ""
        rows.append(
            (mark, str(device.index), device.name, str(device.channels), str(device.sample_rate), device.host_api)
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*table, "* = the default; choose another one with --input-device"]


def model_lines(path: Path | None = None, device: Device = "auto") -> list[str]:
    """Return what a model states of itself, as lines for a person.

    Raises:
        ModelError: for a model that cannot be run.
    """
    with Watchdog(end_loading) as watchdog, watchdog.watching("load", load_seconds(device)):
        classifier = EmotionPipeline(path, device=device).classifier
    contract = classifier.contract
    of_input = {
        "window": f"{contract.input.window_seconds:g} s of speech at {contract.input.sample_rate} Hz",
        "preprocessing": list(contract.input.preprocessing),
        "features": str(contract.input.features),
    }
    if contract.input.range_db is not None:
        of_input["dynamic range"] = f"{contract.input.range_db:g} dB"
    lines = {
        "model": str(classifier.path),
        "sha256": classifier.sha256,
        "device": classifier.device,
        "labels": list(contract.labels),
        "input": of_input,
        "temperature": contract.temperature,
        "abstention": contract.abstention,
        "training": contract.training,
        "scores": contract.scores,
    }
    return list(_tree(lines))


def _tree(value: Any, indent: str = "") -> Iterator[str]:
    """Return the lines of nested fields; a list of plain values stays in one line."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if _is_flat(item):
                yield f"{indent}{name}: {' '.join(map(str, item)) if isinstance(item, (list, tuple)) else item}"
            else:
                yield f"{indent}{name}:"
                yield from _tree(item, indent + "  ")
    elif isinstance(value, (list, tuple)):
        for item in value:
            first, *others = _tree(item, indent + "  ") if item else [""]
            yield f"{indent}- {first.lstrip()}"
            yield from others
    else:
        yield f"{indent}{value}"


def _is_flat(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return not any(isinstance(item, (Mapping, list, tuple)) for item in value)
    return not isinstance(value, Mapping)
