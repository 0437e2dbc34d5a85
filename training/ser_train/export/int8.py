"""A variant of a model, quantised to int8: smaller, often faster, its scores measured anew.

Matrices and recurrent layers are quantised dynamically, their ranges measured window by window. Convolutions are
quantised statically, their ranges calibrated on windows of real training speech: quantised dynamically they were
slower than in float, and further from it.
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from __future__ import annotations

import dataclasses
import logging
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

from ser_live import EmotionPipeline
from ser_live.classifier import Classifier
from ser_live.types import FloatArray
from ser_train.corpora import Clip
from ser_train.corpora.audio import read_clip_16k
from ser_train.errors import TrainingError
from ser_train.export.contract import read_contract, set_contract, working_copy

__all__ = ["AGREEMENT", "int8_path", "model_inputs", "quantise"]

AGREEMENT = 0.97
"""Share of labels that must agree with the model in float; below it one product more, at most two, stays in float."""
_TIMED = 200  # runs of one window each
_DYNAMIC = ["MatMul", "Gemm", "LSTM", "Attention"]
# signed: with unsigned weights attention-encoder took 3 times as long; reduced to 7 bits: sums of 8 overflow
_WEIGHTS = QuantType.QInt8


def int8_path(model: Path) -> Path:
    """Return where the variant of a model goes where nothing else is asked for: `MODEL.int8.onnx` beside it."""
    return model.with_suffix(".int8.onnx")


class _Recorder(Classifier):
    """A classifier that keeps what it was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "cpu")
        self.kept: list[FloatArray] = []

    def classify(self, inputs: FloatArray) -> tuple[np.ndarray[Any, np.dtype[np.float64]], FloatArray | None]:
        self.kept.append(inputs)
        return super().classify(inputs)


def model_inputs(model: Path, clips: Sequence[Clip]) -> FloatArray:
    """Return what the live pipeline gives to the model while it hears the clips: `(windows, frames, n_mels)`.

    Raises:
        TrainingError: if no speech is found in them.
    """
    recorder = _Recorder(model)
    pipeline = EmotionPipeline(recorder)
    for clip in clips:
        pipeline.feed(read_clip_16k(clip))
        pipeline.flush()
    if not recorder.kept:
        raise TrainingError("no speech was found in the clips to calibrate int8 on: look at the recordings")
    return np.stack(recorder.kept)


def quantise(model: Path, windows: FloatArray) -> onnx.ModelProto:
    """Return the int8 variant of a model, calibrated on real inputs `(windows, frames, n_mels)`.

    Where fewer than 97 % of their labels agree with the model in float, the product that the features enter stays in
    float, then the next one too: on the CREMA-D model these two lost most.

    The variant's contract says what it is of, how large and how fast beside it, and carries no scores: they are to be
    measured.

    Raises:
        TrainingError: if onnxruntime cannot quantise the graph, or the variant does not run.
    """
    contract = dataclasses.replace(read_contract(model), scores=())
    for in_float in range(3):
        graph = _quantised(model, windows, in_float)
        set_contract(graph, contract)
        with working_copy(graph, model) as copy:
            comparison = _compare(model, copy, windows)
        if comparison["agreement"] >= AGREEMENT:
            break
    training = {**contract.training, "quantised": comparison}
    set_contract(graph, dataclasses.replace(contract, training=training))
    return graph


def _quantised(model: Path, windows: FloatArray, in_float: int) -> onnx.ModelProto:
    """Return the graph in int8; its first `in_float` products, which the features enter, stay as they are."""
    with tempfile.TemporaryDirectory() as folder, _quiet():
        at = [Path(folder) / f"{i}.onnx" for i in range(3)]
        try:
            quant_pre_process(model, at[0], skip_symbolic_shape=True)
            nodes = onnx.load(at[0]).graph.node
            if any(node.op_type == "Conv" for node in nodes):
                quantize_static(
                    at[0],
                    at[1],
                    _Windows(read_contract(model).input.name, windows),
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
    """Return size, time of a window and agreement of the variant beside the model it is of."""
    float_, int8 = Classifier(model, "cpu"), Classifier(variant, "cpu")
    before, after = _milliseconds((float_, int8), windows)
    expected, predicted = (_logits(classifier, windows).argmax(axis=1) for classifier in (float_, int8))
    agreement = float(np.mean(expected == predicted))
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
    """Return the median milliseconds of one window with each, in turns, so that a busy machine is busy for both."""
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
    """Silence the quantiser's advice: what matters stands in the contract."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(level)
