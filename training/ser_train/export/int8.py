"""A variant of a model in whole numbers (int8): smaller, often faster, its figures measured anew.

Matrices and recurrent layers are quantised dynamically, their ranges measured window by window. Convolutions are
quantised statically, their ranges calibrated on windows of real training speech: quantised dynamically they were
slower than in float, and further from it.
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from __future__ import annotations

import dataclasses
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from rich.console import Console

from ser_live import EmotionPipeline
from ser_live.classifier import Classifier
from ser_live.types import FloatArray
from ser_train.commands.evaluate import store_results
from ser_train.corpora import Clip
from ser_train.corpora.audio import read_recording
from ser_train.errors import TrainingError
from ser_train.evaluation.evaluate import predict_side, score_side
from ser_train.export.to_onnx import read_contract, rewrite_contract, write_with_contract
from ser_train.files import check_model_path
from ser_train.reporting.card import write_card

__all__ = ["export_int8", "int8_path", "model_inputs", "quantise"]

_CURVES = (".history.json", ".history.csv", ".png")  # what training left beside the model
_CALIBRATION = 64  # clips
_AGREEMENT = 0.97  # of labels with the model in float; below it one product more, at most two, stays in float
_TIMED = 200  # runs of one window each
_DYNAMIC = ["MatMul", "Gemm", "LSTM", "Attention"]
# signed: with unsigned weights attention-encoder took 3 times as long; reduced to 7 bits: sums of 8 overflow
_WEIGHTS = QuantType.QInt8


def int8_path(model: Path) -> Path:
    """Where the variant of a model goes without a word: `MODEL.int8.onnx` beside it."""
    return model.with_suffix(".int8.onnx")


def export_int8(
    model: Path,
    out: Path,
    calibration: Sequence[Clip],
    validation: Sequence[Clip],
    console: Console,
    *,
    protocol: str,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Write the int8 variant of a model, with its own figures on validation clips and its own card.

    The training curves of the model go beside it too.

    Args:
        model: in float.
        out: the ONNX file of the variant.
        calibration: clips that trained the model; some of them, spread over all, set the ranges.
        validation: clips to measure on, as in `ser_train.evaluation.evaluate.predict_side`.
        console: for progress and figures.
        protocol: how the validation clips were chosen.
        speakers_shared: voices of the validation clips were heard in training.
        notes: what a reader must know.

    Raises:
        TrainingError: if the model is in int8 already, `out` is the model itself, it cannot be quantised, or the
            variant cannot be written.
    """
    if "quantised" in Classifier(model, "cpu").contract.training:
        raise TrainingError(f"{model} is in int8 already: give the model that it was made of")
    if out.exists() and out.samefile(model):
        raise TrainingError(f"{out} is the model itself: give the variant another name by --out")
    check_model_path(out)
    console.print(f"calibrating on {_CALIBRATION} training clips at most")
    quantise(model, model_inputs(model, calibration[:: max(1, -(-len(calibration) // _CALIBRATION))]), out)
    training = read_contract(out).training
    agreement = training["quantised"]["agreement"]
    if agreement < _AGREEMENT:
        console.print(
            f"only {agreement:.1%} of the labels agree with the model in float ({_AGREEMENT:.0%} are wanted): look at "
            "both figures before you use it",
            style="yellow",
            soft_wrap=True,
        )
    result = predict_side(out, validation, "validation", console, protocol)
    scores = score_side(result, console, speakers_shared=speakers_shared, notes=notes)
    said = training["quantised"] | _validated(model, scores["pooled"].uar)
    rewrite_contract(out, abstention=scores["pooled"].abstention_at_coverage, training={**training, "quantised": said})
    out.with_suffix(".json").unlink(missing_ok=True)  # of an earlier variant
    store_results(out, "validation", scores)
    _copy_curves(model, out)
    write_card(out)
    console.print(f"wrote {out}: {said['what']}", markup=False, soft_wrap=True)


def _validated(model: Path, uar: float) -> dict[str, float]:
    """UAR of the variant on the validation clips beside that of the model, if it was measured there."""
    scores = read_contract(model).scores
    own = [one["uar"] for one in scores if (one.get("side"), one.get("corpus")) == ("validation", "pooled")]
    return {"uar": uar, "uar_of_float": own[0]} if own else {"uar": uar}


def _copy_curves(model: Path, out: Path) -> None:
    try:
        for suffix in _CURVES:
            if model.with_suffix(suffix).exists():
                shutil.copyfile(model.with_suffix(suffix), out.with_suffix(suffix))
    except OSError as error:
        raise TrainingError(f"the curves beside {out} cannot be written: {error.strerror or error}") from None


class _Recorder(Classifier):
    """A classifier that keeps what it was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "cpu")
        self.kept: list[FloatArray] = []

    def probabilities(self, inputs: FloatArray) -> np.ndarray[Any, np.dtype[np.float64]]:
        self.kept.append(inputs)
        return super().probabilities(inputs)


def model_inputs(model: Path, clips: Sequence[Clip]) -> FloatArray:
    """What the live pipeline gives to the model while it hears the clips: `(windows, frames, n_mels)`.

    Raises:
        TrainingError: if no speech is found in them.
    """
    recorder = _Recorder(model)
    pipeline = EmotionPipeline(recorder)
    for clip in clips:
        pipeline.feed(read_recording(clip.path))
        pipeline.flush()
    if not recorder.kept:
        raise TrainingError("no speech was found in the clips to calibrate int8 on: look at the recordings")
    return np.stack(recorder.kept)


def quantise(model: Path, windows: FloatArray, out: Path) -> None:
    """Write the int8 variant of a model, calibrated on real inputs `(windows, frames, n_mels)`.

    Where fewer than 97 % of their labels agree with the model in float, the product that the features enter stays in
    float, then the next one too: on the CREMA-D model these two lost most.

    The variant's contract says what it is of, how large and how fast beside it, and carries no figures: they are to be
    measured.

    Raises:
        TrainingError: if onnxruntime cannot quantise the graph, or the variant does not run.
    """
    said: dict[str, Any] = {}
    for in_float in range(3):
        graph = _quantised(model, windows, in_float)
        write_with_contract(graph, dataclasses.replace(read_contract(model), scores=()), out)
        said = _compare(model, out, windows)
        if said["agreement"] >= _AGREEMENT:
            break
    rewrite_contract(out, training={**read_contract(model).training, "quantised": said})


def _quantised(model: Path, windows: FloatArray, in_float: int) -> onnx.ModelProto:
    """The graph in whole numbers; its first `in_float` products, which the features enter, stay as they are."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        at = [Path(folder) / f"{i}.onnx" for i in range(3)]
        try:
            quant_pre_process(model, at[0], skip_symbolic_shape=True)
            nodes = onnx.load(at[0]).graph.node
            if any(node.op_type == "Conv" for node in nodes):
                quantize_static(
                    at[0],
                    at[1],
                    _Windows(read_contract(model).input_name, windows),
                    quant_format=QuantFormat.QDQ,
                    op_types_to_quantize=["Conv"],
                    per_channel=True,
                    activation_type=QuantType.QUInt8,
                    weight_type=_WEIGHTS,
                    reduce_range=True,
                )
            else:
                at[1] = at[0]
            quantize_dynamic(
                at[1],
                at[2],
                op_types_to_quantize=_DYNAMIC,
                nodes_to_exclude=[node.name for node in nodes if node.op_type in _DYNAMIC][:in_float],
                per_channel=True,
                reduce_range=True,
                weight_type=_WEIGHTS,
            )
        except Exception as error:  # onnxruntime raises many kinds for graphs that it cannot quantise
            reason = " ".join(str(error).split())[:200]
            raise TrainingError(f"onnxruntime cannot quantise {model}: {reason}: use the model in float") from None
        graph = onnx.load(at[2])
    graph.producer_name = "ser-train"
    return graph


def _compare(model: Path, variant: Path, windows: FloatArray) -> dict[str, Any]:
    """Size, time of a window and agreement of the variant beside the model it is of."""
    float_, int8 = Classifier(model, "cpu"), Classifier(variant, "cpu")
    before, after = _milliseconds((float_, int8), windows)
    one, other = (_logits(classifier, windows).argmax(axis=1) for classifier in (float_, int8))
    agreement = float(np.mean(one == other))
    sizes = [path.stat().st_size for path in (model, variant)]
    speed = f"{before / after:.1f} times as fast" if after < before else f"{after / before:.1f} times as slow"
    return {
        "of": model.name,
        "sha256": float_.sha256,
        "bytes": sizes[1],
        "bytes_of_float": sizes[0],
        "milliseconds": round(after, 3),
        "milliseconds_of_float": round(before, 3),
        "windows": len(windows),
        "agreement": round(agreement, 4),
        "what": f"{sizes[1] / 1e6:.2f} MB beside {sizes[0] / 1e6:.2f}; {after:.2f} ms a window beside {before:.2f} on "
        f"the machine it was made on, one thread ({speed}); same label in {agreement:.1%} of {len(windows)} windows.",
    }


def _logits(classifier: Classifier, windows: FloatArray) -> FloatArray:
    return np.concatenate([classifier.logits(window[None]) for window in windows])  # one at a time, as live


def _milliseconds(classifiers: Sequence[Classifier], windows: FloatArray) -> list[float]:
    """Median time of one window with each, in turns, so that a busy machine is busy for both; ten runs to warm up."""
    taken = np.zeros((_TIMED + 10, len(classifiers)))
    for i in range(len(taken)):
        for j, classifier in enumerate(classifiers):
            began = time.perf_counter()
            classifier.logits(windows[i % len(windows)][None])
            taken[i, j] = time.perf_counter() - began
    return [1000 * float(median) for median in np.median(taken[10:], axis=0)]


class _Windows(CalibrationDataReader):  # type: ignore[misc] # onnxruntime has no types
    """The calibration's inputs, one window at a time."""

    def __init__(self, name: str, windows: FloatArray) -> None:
        self._left: Iterator[dict[str, FloatArray]] = iter([{name: window[None]} for window in windows])

    def get_next(self) -> dict[str, FloatArray] | None:
        return next(self._left, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser's advice to itself: what matters is said in the contract."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
