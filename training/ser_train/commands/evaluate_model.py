"""Measure a model that is already there, and keep its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ser_train.corpora import Clip
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import predict_side, score_side
from ser_train.evaluation.inference import Condition
from ser_train.evaluation.scores import SideScores
from ser_train.export.contract import rewrite_contract
from ser_train.files import check_folder, check_model_path
from ser_train.reporting.card import write_card
from ser_train.reporting.results import contract_scores, read_results, write_results

__all__ = ["evaluate_model"]


def evaluate_model(
    model: Path,
    clips: Sequence[Clip],
    side: str,
    console: Console,
    *,
    protocol: str,
    out: Path | None = None,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
    conditions: Mapping[str, Condition] | None = None,
    measured: Sequence[str] = (),
) -> None:
    """Measure a model and keep its scores.

    They go beside the model, into its contract and its card; or, with `out`, to `<out>.json`, `.md` and `.html` alone,
    and the model file stays as it is. Scores of fewer labels than the model's (`measured`) go there only.

    Args:
        model: an ONNX file with a contract.
        clips: of one side.
        side: `train`, `validation`, `test`, or another name for the scores.
        console: for progress and the headline.
        protocol: how the clips were chosen.
        out: where the scores go instead.
        speakers_shared: voices of these clips were heard in training.
        notes: what a reader must know.
        conditions: test conditions to measure under too.
        measured: labels that the scores are restricted to.

    Raises:
        TrainingError: see `predict_side`, or for what cannot be written.
    """
    if measured and out is None:
        raise TrainingError(
            "--labels needs --out, because scores of fewer labels are not stored in the model: give --out"
        )
    if out is None:
        check_model_path(model)
        _earlier(model)  # before any long work
    else:
        check_folder(out)
    result = predict_side(model, clips, side, console, protocol, measured)
    scores = score_side(result, console, speakers_shared=speakers_shared, notes=notes, conditions=conditions)
    if out is None:
        written = _store(model, side, scores)
        write_card(model)
    else:
        written = write_results(out, model.name, {side: scores}, tables=out.with_suffix(".md"))
    console.print(f"wrote {', '.join(str(path) for path in written)}", markup=False)


def _store(model: Path, side: str, scores: SideScores) -> list[Path]:
    """Keep one side's scores beside the model (`.json`, `.html`, `.<side>.png`) and inside it (`scores`)."""
    results = _earlier(model) | {side: scores}
    rewrite_contract(model, scores=contract_scores(results))
    return write_results(model, model.name, results)


def _earlier(model: Path) -> dict[str, SideScores]:
    path = model.with_suffix(".json")
    return read_results(path) if path.exists() else {}
