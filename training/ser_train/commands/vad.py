"""`ser-train vad`: the table of the detectors, and the search that chose their thresholds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from ser_train.console import progress_bars
from ser_train.errors import TrainingError
from ser_train.files import check_folder
from ser_train.provenance import commit
from ser_train.vad.detectors import SHIPPED
from ser_train.vad.metrics import side_figures
from ser_train.vad.recordings import SIDES, gather
from ser_train.vad.report import vad_markdown
from ser_train.vad.search import search_thresholds

__all__ = ["measure_vad"]


def measure_vad(data: Sequence[Path], out: Path, console: Console, *, seed: int = 0) -> str:
    """Measure the detectors on what chooses and on what reports, search their thresholds, and write it all as JSON.

    Returns:
        the tables as Markdown.

    Raises:
        TrainingError: if there is neither a meeting nor a clip, a recording cannot be decoded, or `out` cannot be
            written.
    """
    check_folder(out)
    with progress_bars(console) as bars:
        listening = bars.add_task("listening", total=len(SIDES))
        sides = {}
        for side in SIDES:
            sides[side] = gather(data, side, seed)
            if not (sides[side].meetings or sides[side].speech) and side == "choosing":
                raise TrainingError(
                    f"below {', '.join(map(str, data))} is nothing to choose on: give the folder of CREMA-D, RAVDESS "
                    "or EMO-DB, or that of the meetings"
                )
            bars.advance(listening)
        searching = bars.add_task("searching", total=None)
        search = search_thresholds(
            sides["choosing"], lambda done, total: bars.update(searching, completed=done, total=total)
        )
    results: dict[str, Any] = {
        "commit": commit(),
        "seed": seed,
        "shipped": asdict(SHIPPED),
        "sides": {side: side_figures(material, SHIPPED) for side, material in sides.items()},
        "search": search,
        "notes": [note for material in sides.values() for note in material.notes],
    }
    try:
        out.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"{out} cannot be written: {error.strerror or error}: choose another --out") from None
    return vad_markdown(results)
