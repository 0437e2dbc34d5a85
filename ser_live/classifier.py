"""Run a contract-carrying ONNX model on windows of speech."""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ser_live.contract import KEY, Contract, parse_contract
from ser_live.errors import ModelError, SettingsError, shortened
from ser_live.features.from_contract import front_end_of
from ser_live.features.front_end import FrontEnd
from ser_live.model_file import read_model
from ser_live.types import FloatArray

__all__ = ["Classifier", "Device", "default_model", "may_use_cuda", "softmax"]

Device = Literal["auto", "cpu", "cuda"]

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_SWAP = "`pip uninstall -y onnxruntime && pip install --force-reinstall onnxruntime-gpu`"


def default_model() -> Path:
    """Path of the shipped model: inside the installed package, or in `models/` of a checkout."""
    package = Path(__file__).parent
    inside = package / "models" / "ser-live.onnx"
    return inside if inside.exists() else package.parent / "models" / "ser-live.onnx"


def may_use_cuda(device: Device) -> bool:
    """Whether a model may run on a graphics card here, which takes its time to start."""
    return device != "cpu" and _PROVIDERS["cuda"] in ort.get_available_providers()


class Classifier:
    """A model with the front end that its contract asks for.

    Args:
        path: an ONNX file with a contract; the shipped model by default.
        device: `cuda` uses CUDA or fails, `auto` uses it where it works.

    Attributes:
        contract: what the file says of itself.
        front_end: from a window's speech to the model's input.
        sha256: of the file.
        device: `cpu` or `cuda`, what the session really runs on.
        notice: a sentence for the user about the compute device, or None.
        windows: that were computed so far.

    Raises:
        ModelError: for a file that cannot be run as its contract says, or a device that is not there.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, device: Device = "auto") -> None:
        if device not in ("auto", "cpu", "cuda"):
            raise SettingsError(f"device must be auto, cpu or cuda, not {device!r}")
        if not (path is None or isinstance(path, (str, os.PathLike))):
            raise SettingsError(f"model takes the path of an ONNX file, not {shortened(repr(path), 60)}")
        self.path = Path(path) if path is not None else default_model()
        data = read_model(self.path)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self._session, self.device, self.notice = _open_session(data, self.path, device)
        self.windows = 0
        try:
            self.contract = parse_contract(self._session.get_modelmeta().custom_metadata_map.get(KEY))
            self.front_end = front_end_of(self.contract.input)
            _check_graph(self._session, self.contract, self.front_end)
        except UnicodeDecodeError:
            raise ModelError(f"the model {self.path} holds text that is not UTF-8: export it again") from None
        self._check_run()

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the probabilities."""
        return self.contract.labels

    def logits(self, inputs: FloatArray) -> FloatArray:
        """Logits `(batch, labels)` of model inputs `(batch, *front_end.shape)`."""
        (logits,) = self._session.run([self.contract.logits], {self.contract.input.name: inputs})
        return np.asarray(logits, np.float32)

    def attention(self, inputs: FloatArray) -> FloatArray | None:
        """Attention weights `(batch, steps)` of model inputs, or None if the model gives none."""
        if self.contract.attention is None:
            return None
        (weights,) = self._session.run([self.contract.attention], {self.contract.input.name: inputs})
        return np.asarray(weights, np.float32)

    def __call__(self, samples: FloatArray) -> NDArray[np.float64]:
        """Calibrated probabilities `(labels,)` of one window's speech `(samples,)` at the contract's rate."""
        return self.probabilities(self.front_end(samples))

    def probabilities(self, inputs: FloatArray) -> NDArray[np.float64]:
        """Calibrated probabilities `(labels,)` of one window's model input, of `front_end.shape`.

        Raises:
            ModelError: where the model fails, or gives what are no probabilities.
        """
        return self.classify(inputs)[0]

    def classify(self, inputs: FloatArray) -> tuple[NDArray[np.float64], FloatArray | None]:
        """Return calibrated probabilities `(labels,)` and the attention `(steps,)` over the window, None without one.

        Args:
            inputs: of one window, of `front_end.shape`.

        Raises:
            ModelError: where the model fails, or gives what are no probabilities.
        """
        self.windows += 1
        names = [self.contract.logits, *([] if self.contract.attention is None else [self.contract.attention])]
        try:
            with np.errstate(over="ignore"):
                logits, *attention = (
                    np.asarray(output, np.float32)
                    for output in self._session.run(names, {self.contract.input.name: inputs[None]})
                )
        except Exception as error:  # onnxruntime has no public base class for its errors; memory may be short
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ModelError(
                f"the model {self.path.name} failed on speech: {reason[:200]}: start again, or use another model"
            ) from None
        problem = None
        if logits.shape != (1, len(self.labels)):
            problem = f"values of shape {logits.shape} instead of {(1, len(self.labels))}"
        elif not np.isfinite(logits).all():
            problem = "a value that is not a number"
        if problem is not None:
            raise ModelError(
                f"the model {self.path.name} gave {problem} on speech: it is broken, export it again or use another"
            )
        probabilities = softmax(logits[0].astype(np.float64) / self.contract.temperature)
        return probabilities, attention[0][0] if attention else None

    def _check_run(self) -> None:
        """Run two windows of silence: what the graph's shapes leave open shows here, not in mid-session."""
        silence = np.zeros((2, *self.front_end.shape), np.float32)
        try:
            with np.errstate(over="ignore"):
                logits, attention = self.logits(silence), self.attention(silence)
        except Exception as error:  # onnxruntime has no public base class for its errors
            reason = " ".join(str(error).split())
            raise ModelError(f"{self.path} does not run on the input its contract promises: {reason[:200]}") from None
        _check_shape("labels", list(logits.shape), [2, len(self.labels)])
        if attention is not None:
            _check_shape("outputs.attention", list(attention.shape), [2, attention.shape[-1]])
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.path} gives logits that are not finite: train or export it again")


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities over the last axis."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _open_session(data: bytes, path: Path, device: Device) -> tuple[ort.InferenceSession, str, str | None]:
    """Open a session on the device asked for; `get_providers()` of the session is the evidence of what it got."""
    ort.set_default_logger_severity(4)  # what matters is told in one sentence below, not logged
    notice = _both_packages()
    available = _PROVIDERS["cuda"] in ort.get_available_providers()
    if device == "cuda" and not available:
        raise ModelError(
            "CUDA was asked for, but this onnxruntime is a build without it: "
            + (notice or f"swap the packages, {_SWAP}")
        )
    providers = [_PROVIDERS["cpu"]]
    if device != "cpu" and available:
        if hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
        providers.insert(0, _PROVIDERS["cuda"])
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = ort.InferenceSession(data, options, providers=providers)
    except Exception as error:  # onnxruntime has no public base class for its errors
        reason = " ".join(str(error).split())
        if device == "cuda" and "CUDA" in reason:
            raise ModelError(f"CUDA was asked for, but it does not start: {reason[:200]}") from None
        raise ModelError(f"{path} is not an ONNX model that can be run: {reason[:200]}") from None
    got = "cuda" if session.get_providers()[0] == _PROVIDERS["cuda"] else "cpu"
    if device == "cuda" and got != "cuda":
        raise ModelError(
            "CUDA was asked for, but onnxruntime-gpu could not start it: check `nvidia-smi`, and that the CUDA and "
            "cuDNN libraries it was built for are installed"
        )
    return session, got, notice


def _both_packages() -> str | None:
    """Tell if `onnxruntime` and `onnxruntime-gpu` are both installed: the later one overwrote the other's files."""
    try:
        for name in ("onnxruntime", "onnxruntime-gpu"):
            metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
    return f"onnxruntime and onnxruntime-gpu are both installed and overwrite each other: keep one, {_SWAP}"


def _check_graph(session: ort.InferenceSession, contract: Contract, front_end: FrontEnd) -> None:
    """Hold the contract against the graph."""
    inputs = {node.name: node for node in session.get_inputs()}
    outputs = {node.name: node for node in session.get_outputs()}
    if list(inputs) != [contract.input.name]:
        raise _contradiction("input.name", f"{contract.input.name!r}", f"the inputs {sorted(inputs)}")
    node = inputs[contract.input.name]
    if node.type != "tensor(float)":
        raise _contradiction("input", "float32", node.type)
    _check_shape("input.features", node.shape, ["batch", *front_end.shape])
    for name, output in (("outputs.logits", contract.logits), ("outputs.attention", contract.attention)):
        if output is not None and output not in outputs:
            raise _contradiction(name, f"{output!r}", f"the outputs {sorted(outputs)}")
    _check_shape("labels", outputs[contract.logits].shape, ["batch", len(contract.labels)])


def _check_shape(name: str, shape: list[Any], expected: list[int | str]) -> None:
    """Demand the expected axes, where a free axis stands for any length, and a free one where that is expected."""
    fits = len(shape) == len(expected)
    if not fits or any(isinstance(a, int) and a != b for a, b in zip(shape, expected, strict=True)):
        raise _contradiction(name, " x ".join(map(str, expected)), " x ".join(map(str, shape)))


def _contradiction(name: str, contract: str, graph: str) -> ModelError:
    return ModelError(
        f"the model's contract contradicts its graph: `{name}` says {shortened(contract)}, "
        f"the graph has {shortened(graph)}: export it again"
    )
