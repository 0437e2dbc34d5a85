"""The log of test openings: whenever a model is measured on test speakers, a line says so beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console

from ser_train.errors import TrainingError
from ser_train.provenance import commit

__all__ = ["log_opening"]


def log_opening(model: Path, sha256: str, corpora: Sequence[str], console: Console) -> None:
    """Write down, in `test-openings.jsonl` beside the model, that the test speakers are opened for it.

    The console is told how often they were opened before for a model of that name, if they were.

    Args:
        model: the ONNX file.
        sha256: of the file.
        corpora: whose test speakers are opened.
        console: for that sentence.

    Raises:
        TrainingError: if the log cannot be written: then nothing may be opened.
    """
    path = model.with_name("test-openings.jsonl")
    opening = {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "model": model.name,
        "sha256": sha256,
        "corpora": list(corpora),
        "commit": commit(),
    }
    try:
        earlier = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        with path.open("a") as log:
            log.write(json.dumps(opening) + "\n")
        times = sum(before["model"] == model.name for before in earlier)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path}, where openings of the test speakers are written down, cannot be read and written ({error!r}): "
            "copy the model to a folder of your own, or mend the file"
        ) from None
    if times:
        console.print(f"the test speakers were opened {times} times before for this model", style="yellow")
