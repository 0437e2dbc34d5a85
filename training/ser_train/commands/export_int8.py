"""Make the int8 variant of a model, with scores of its own and its own card."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ser_live.classifier import Classifier
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import predict_side, score_side
from ser_train.export.contract import contract_of, read_contract, working_copy, write_with_contract
from ser_train.export.int8 import AGREEMENT, model_inputs, quantise
from ser_train.files import check_model_path
from ser_train.reporting.card import write_card
from ser_train.reporting.results import measured_contract, write_results
from ser_train.splits import Split

__all__ = ["export_int8"]

_CURVES = (".history.json", ".history.csv", ".png")  # what training left beside the model
_CALIBRATION = 64  # clips


def export_int8(model: Path, out: Path, split: Split, console: Console) -> None:
    """Write the int8 variant of a model, with its own scores on validation clips; the training curves go beside it too.

    Args:
        model: in float.
        out: the ONNX file of the variant.
        split: that the model was made with; some of its training clips, spread over all, set the ranges.
        console: for progress and scores.

    Raises:
        TrainingError: if the model is in int8 already, `out` is the model itself, it cannot be quantised, or the
            variant cannot be written.
    """
    if "quantised" in Classifier(model, "cpu").contract.training:
        raise TrainingError(f"{model} is quantised to int8 already: give the model that it was made from")
    if out.exists() and out.samefile(model):
        raise TrainingError(f"{out} is the model itself: give the variant another name with --out")
    check_model_path(out)
    console.print(f"calibrating on {_CALIBRATION} training clips at most")
    train = split.sides["train"]
    graph = quantise(model, model_inputs(model, train[:: max(1, -(-len(train) // _CALIBRATION))]))
    contract = contract_of(graph)
    comparison = contract.training["quantised"]
    if comparison["agreement"] < AGREEMENT:
        console.print(
            f"only {comparison['agreement']:.1%} of the labels agree with the model in float ({AGREEMENT:.0%} are "
            "wanted): look at the scores of both before you use it",
            style="yellow",
            soft_wrap=True,
        )
    with working_copy(graph, out) as copy:
        result = predict_side(copy, split.sides["validation"], "validation", console, split.protocol)
        scores = score_side(result, console, speakers_shared=split.speakers_shared, notes=split.notes)
    comparison = comparison | _beside_float(model, scores["pooled"].uar)
    contract = replace(contract, training={**contract.training, "quantised": comparison})
    results = {"validation": scores}
    write_with_contract(graph, measured_contract(contract, results), out)
    write_results(out, out.name, results)
    _copy_curves(model, out)
    write_card(out)
    console.print(f"wrote {out}: {comparison['what']}", markup=False, soft_wrap=True)


def _beside_float(model: Path, uar: float) -> dict[str, float]:
    """Return the variant's UAR on the validation clips beside that of the model, if it was measured there."""
    pooled = {"side": "validation", "corpus": "pooled"}
    of_float = [score["uar"] for score in read_contract(model).scores if pooled.items() <= score.items()]
    return {"uar": uar, "uar_of_float": of_float[0]} if of_float else {"uar": uar}


def _copy_curves(model: Path, out: Path) -> None:
    try:
        for suffix in _CURVES:
            if model.with_suffix(suffix).exists():
                shutil.copyfile(model.with_suffix(suffix), out.with_suffix(suffix))
    except OSError as error:
        raise TrainingError(
            f"the curves beside {out} cannot be written: {error.strerror or error}: make room, or choose another --out"
        ) from None
