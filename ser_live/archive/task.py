"""What a worker is given, and what it gives back. Both travel between processes, and to other machines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ser_live.classifier import Device
from ser_live.config import Settings

__all__ = ["FOLDER", "Outcome", "Plan", "Task"]

FOLDER = "recordings"
"""Folder of the results, below the output folder."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is the same for every recording of a run.

    Attributes:
        out: the output folder.
        formats: endings of the files to write beside the JSON lines, such as `.csv`, sorted.
        model: path of the model, None for the shipped one.
        model_sha256: of the model that the command found; a worker that finds another one refuses.
        device: compute device.
        settings: of the pipeline.
        channels: `mix`, `left`, `right`, a number, or `split`.
        lane_names: of the lanes, in the order of their channels.
    """

    out: Path
    formats: Sequence[str]
    model: Path | None
    model_sha256: str
    device: Device
    settings: Settings
    channels: str
    lane_names: Sequence[str]

    def key(self, digest: str) -> str:
        """Return the key of a recording's results: the digest of its bytes' digest, the model's and the settings."""
        what = {
            "recording": digest,
            "model": self.model_sha256,
            "device": self.device,
            "settings": asdict(self.settings),
            "channels": self.channels,
            "lane_names": list(self.lane_names),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Task:
    """One recording to be heard.

    Attributes:
        path: where it is.
        name: of its results, see `Recording.name`.
    """

    path: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a recording.

    Attributes:
        name: of its results.
        digest: of its bytes, empty where they could not be read.
        rows: a row a lane of the summary table, empty where it failed.
        sentence: why it failed, None where it did not.
        fault: what failed: the recording itself, or the place where results are written, which ends the run.
        skipped: its results were there already.
        times: when it was heard and how long that took, None where it was not.
    """

    name: str
    digest: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    sentence: str | None = None
    fault: Literal["recording", "output"] = "recording"
    skipped: bool = False
    times: Mapping[str, Any] | None = None
