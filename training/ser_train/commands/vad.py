"""`ser-train vad`: the table of the detectors, and the search that chose their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ser_train.console import progress_bars
from ser_train.errors import TrainingError
from ser_train.files import check_folder, write_json
from ser_train.provenance import commit
from ser_train.vad.detectors import SHIPPED
from ser_train.vad.metrics import side_scores
from ser_train.vad.recordings import SIDES, gather
from ser_train.vad.report import vad_markdown
from ser_train.vad.scores import VadScores
from ser_train.vad.search import search_thresholds

__all__ = ["measure_vad"]


def measure_vad(data: Sequence[Path], out: Path, console: Console, *, seed: int = 0) -> str:
    """Measure the detectors on the side that chooses and on the one that reports; search their thresholds.

    Args:
        data: folders and manifests.
        out: JSON file to write.
        console: for the progress.
        seed: of what is drawn.

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
    scores = VadScores(
        commit=commit(),
        seed=seed,
        shipped=SHIPPED,
        sides={side: side_scores(recordings, SHIPPED) for side, recordings in sides.items()},
        search=search,
        notes=tuple(note for recordings in sides.values() for note in recordings.notes),
    )
    write_json(out, scores.to_json(), remedy="choose another --out")
    return vad_markdown(scores)
