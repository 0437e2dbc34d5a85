"""The contract that a model file carries in its ONNX metadata: what it takes, what it gives, what it is worth."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

from ser_live.errors import ModelError, shortened

__all__ = [
    "KEY",
    "LABELS",
    "TEMPERATURES",
    "VERSION",
    "Contract",
    "FeatureSettings",
    "HandmadeSettings",
    "InputSettings",
    "Method",
    "Step",
    "parse_contract",
]

_MOST_TEXT: Final = 1_000_000
"""Characters of a contract; those of `ser-train` have some thousands."""
_MOST_DEEP: Final = 32
_MOST_VALUES: Final = 2**24
"""Of a window's frames before and after the filters: 64 MB, a hundred times what speech needs."""
KEY = "ser_live.contract"
"""Name of the ONNX metadata entry."""
VERSION = 1
TEMPERATURES = (1e-3, 1e3)
"""Lowest and highest temperature that a contract may state."""
LABELS = ("angry", "bored", "calm", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""Every label there is; a model has some of them, in an order of its own."""

Step = Literal["peak", "trim", "wiener"]
"""What may be done to a window's samples before its features, in the order given."""
Method = Literal["window", "peak", "z-score", "none"]
"""How features are normalised: as `features.Normalisation`; `z-score` over the window and its padding; not."""
_HANDMADE_LAYOUTS = {"averaged": "batch features", "frames": "batch frames features"}


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """What `features.LogMel` needs beside the sample rate."""

    n_fft: int
    win_length: int
    hop_length: int
    n_mels: int
    f_min: float
    f_max: float
    mel_scale: Literal["htk", "slaney"]
    floor: float
    center: bool

    @property
    def layout(self) -> str:
        """Axes of the model's input."""
        return "batch frames mels"

    def __str__(self) -> str:
        return (
            f"{self.n_mels} log-mel bands ({self.mel_scale}) from {self.f_min:g} to {self.f_max:g} Hz, "
            f"{self.n_fft} samples every {self.hop_length}"
        )


@dataclass(frozen=True, kw_only=True)
class HandmadeSettings:
    """Features of `ser_live.features.handmade`, by the name of the function that gives them."""

    kind: Literal["averaged", "frames"]

    @property
    def layout(self) -> str:
        """Axes of the model's input."""
        return _HANDMADE_LAYOUTS[self.kind]

    def __str__(self) -> str:
        return {
            "averaged": "162 means over time: zero crossings, chroma, MFCC, RMS, mel bands",
            "frames": "20 MFCC, zero crossings and chroma, frame by frame",
        }[self.kind]


@dataclass(frozen=True, kw_only=True)
class InputSettings:
    """What becomes of a window's speech before the graph sees it; a front end is built from this alone.

    Attributes:
        name: of the graph's input, float32; its axes are `features.layout`.
        sample_rate: rate the features are computed at, Hz.
        window_seconds: longest window.
        features: log-mel settings, or the hand-made features of a paper.
        preprocessing: what is done to a window's samples first.
        normalisation: of the features.
        range_db: dynamic range kept by the normalisations `window` and `peak`, dB; None with the others.
    """

    name: str = "features"
    sample_rate: int
    window_seconds: float
    features: FeatureSettings | HandmadeSettings
    preprocessing: tuple[Step, ...] = ()
    normalisation: Method = "window"
    range_db: float | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The parsed contract; `to_json` and `parse_contract` are each other's inverse.

    Attributes:
        labels: in the order of the logits.
        input: what becomes of a window's speech before the graph sees it.
        logits: name of the output `(batch, labels)`.
        attention: name of the output `(batch, steps)`, or None.
        temperature: divides the logits before the softmax.
        abstention: `uncertain` where the largest smoothed probability stays under it.
        training: recipe, corpora with licences, split, seed, commit.
        scores: figures, each with its protocol, clips and speakers.
    """

    labels: tuple[str, ...]
    input: InputSettings
    logits: str
    attention: str | None = None
    temperature: float = 1.0
    abstention: float = 0.0
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> str:
        """Return the metadata entry."""
        source = self.input
        normalisation: dict[str, Any] = {"method": source.normalisation}
        if source.range_db is not None:
            normalisation["range_db"] = source.range_db
        return json.dumps(
            {
                "version": VERSION,
                "labels": list(self.labels),
                "input": {
                    "name": source.name,
                    "layout": source.features.layout,
                    "sample_rate": source.sample_rate,
                    "window_seconds": source.window_seconds,
                    "features": asdict(source.features),
                    "preprocessing": list(source.preprocessing),
                    "normalisation": normalisation,
                },
                "outputs": {"logits": self.logits, "attention": self.attention},
                "temperature": self.temperature,
                "abstention": self.abstention,
                "training": dict(self.training),
                "scores": [dict(score) for score in self.scores],
            },
            indent=1,
            sort_keys=True,
        )


def parse_contract(text: str | None) -> Contract:
    """Parse and check the metadata entry.

    Raises:
        ModelError: naming the field that is missing, of the wrong kind, or asks for what `ser_live` does not have.
    """
    if text is None:
        raise ModelError(
            f"the model carries no contract (ONNX metadata `{KEY}`): export it with `ser-train`, "
            "other ONNX files do not say what they take"
        )
    if len(text) > _MOST_TEXT:
        raise ModelError(f"the model's contract has {len(text):,} characters, at most {_MOST_TEXT:,} are read")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the model's contract is not JSON ({shortened(error)}): export the model again") from None
    if _is_deep(raw):
        raise ModelError(f"the model's contract is nested more than {_MOST_DEEP} deep: export the model again")
    top = _Fields(raw, "")
    version = top.take("version", int)
    if version != VERSION:
        raise _refusal("version", f"is {version}, this ser-live reads version {VERSION}")
    labels = top.take("labels", list)
    unknown = [label for label in labels if label not in LABELS]
    if len(labels) < 2 or unknown or len(set(labels)) < len(labels):
        raise _refusal("labels", f"must be two or more different ones of {' '.join(LABELS)}, not {labels}")
    source = _Fields(top.take("input", dict), "input.")
    features = _parse_features(source.take("features", dict))
    layout = source.take("layout", str)
    if layout != features.layout:
        raise _refusal("input.layout", f"is {layout!r}, its features come as `{features.layout}`")
    preprocessing = source.take("preprocessing", list)
    steps = get_args(Step)
    if any(step not in steps for step in preprocessing) or any(preprocessing.count(step) > 1 for step in steps):
        raise _refusal(
            "input.preprocessing", f"asks for {preprocessing}, this ser-live has {' '.join(steps)}, each once"
        )
    normalisation = _Fields(source.take("normalisation", dict), "input.normalisation.")
    method = normalisation.choice("method", get_args(Method))
    range_db = None
    if method in ("window", "peak"):
        if isinstance(features, HandmadeSettings):
            raise _refusal("input.normalisation.method", f"is {method!r}, which only log-mel features have")
        range_db = normalisation.between("range_db", 0.1, 1000)
    sample_rate = source.take("sample_rate", int)
    if not 1000 <= sample_rate <= 192_000:
        raise _refusal("input.sample_rate", f"is {sample_rate}, expected 1000 to 192000 Hz")
    window_seconds = source.number("window_seconds")
    if not 0.1 <= window_seconds <= 60:
        raise _refusal("input.window_seconds", f"is {window_seconds}, expected 0.1 to 60 s")
    if isinstance(features, FeatureSettings):
        _check_size(features, round(window_seconds * sample_rate))
    outputs = _Fields(top.take("outputs", dict), "outputs.")
    temperature = top.between("temperature", *TEMPERATURES)
    abstention = top.number("abstention")
    if not 0 <= abstention <= 1:
        raise _refusal("abstention", f"is {abstention}, expected 0 to 1")
    scores = top.plain("scores", list)
    if not all(isinstance(score, dict) for score in scores):
        raise _refusal("scores", "must hold JSON objects only")
    contract = Contract(
        labels=tuple(labels),
        input=InputSettings(
            name=source.take("name", str),
            sample_rate=sample_rate,
            window_seconds=window_seconds,
            features=features,
            preprocessing=tuple(preprocessing),
            normalisation=method,
            range_db=range_db,
        ),
        logits=outputs.take("logits", str),
        attention=outputs.take("attention", str) if outputs.given("attention") else None,
        temperature=temperature,
        abstention=abstention,
        training=top.plain("training", dict),
        scores=tuple(scores),
    )
    for fields in (source, normalisation):
        fields.end()
    return contract


def _parse_features(raw: dict[str, Any]) -> FeatureSettings | HandmadeSettings:
    """Hand-made features say their kind; log-mel ones have none."""
    fields = _Fields(raw, "input.features.")
    settings: FeatureSettings | HandmadeSettings
    if "kind" in raw:
        settings = HandmadeSettings(kind=fields.choice("kind", tuple(_HANDMADE_LAYOUTS)))
    else:
        settings = FeatureSettings(
            n_fft=fields.positive("n_fft", 16_384),
            win_length=fields.positive("win_length", 16_384),
            hop_length=fields.positive("hop_length", 10_000_000),
            n_mels=fields.positive("n_mels", 512),
            f_min=fields.between("f_min", 0, 96_000),
            f_max=fields.between("f_max", 0, 96_000),
            mel_scale=fields.choice("mel_scale", ("htk", "slaney")),
            floor=fields.between("floor", 1e-30, 1),
            center=fields.take("center", bool),
        )
    fields.end()
    return settings


def _check_size(features: FeatureSettings, window: int) -> None:
    """Refuse what would take the memory of the machine, or bands that are no bands."""
    frames = 1 + window // features.hop_length
    if frames * max(features.n_fft, features.n_mels) > _MOST_VALUES:
        raise _refusal(
            "input.features",
            f"asks for {frames:,} frames of {features.n_fft} samples a window: expected a longer hop_length",
        )
    if features.f_min < features.f_max < features.f_min + 1:
        raise _refusal("input.features.f_max", f"is less than 1 Hz above f_min, {features.f_min:g} Hz")


def _is_deep(value: Any) -> bool:
    """Whether lists and objects lie in one another beyond what others could write or print."""
    level = [value]
    for _ in range(_MOST_DEEP):
        level = [
            item
            for outer in level
            if isinstance(outer, (dict, list))
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _refusal(name: str, problem: str) -> ModelError:
    return ModelError(f"the model's contract cannot be met: `{shortened(name, 80)}` {shortened(problem, 300)}")


class _Fields:
    """The fields of one JSON object, taken by name and kind."""

    def __init__(self, raw: Any, prefix: str) -> None:
        if not isinstance(raw, dict):
            raise _refusal(prefix.rstrip(".") or "contract", "must be a JSON object")
        self._raw = raw
        self._prefix = prefix
        self._left = dict.fromkeys(raw)

    def given(self, name: str) -> bool:
        """Whether it is something; if it is missing, `take` says so."""
        return self._raw.get(name, "missing") is not None

    def end(self) -> None:
        """Refuse what nobody has taken: it may ask for what `ser_live` does not do."""
        for name in self._left:
            raise _refusal(self._prefix + name, "is not known to this ser-live")

    def take(self, name: str, kind: type) -> Any:
        if name not in self._raw:
            raise _refusal(self._prefix + name, "is missing")
        value = self._raw[name]
        self._left.pop(name, None)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _refusal(self._prefix + name, f"must be of kind {kind.__name__}, not {shortened(repr(value))}")
        return value

    def choice(self, name: str, words: tuple[str, ...]) -> Any:
        """Take one of some words."""
        value = self.take(name, str)
        if value not in words:
            raise _refusal(self._prefix + name, f"is {value!r}, this ser-live has {' '.join(words)}")
        return value

    def number(self, name: str) -> float:
        kind = int if isinstance(self._raw.get(name), int) else float
        value = self.take(name, kind)
        try:
            finite = math.isfinite(value)
        except OverflowError:  # JSON knows whole numbers beyond any float
            finite = False
        if not finite:
            raise _refusal(self._prefix + name, f"must be a finite number, not {str(value)[:20]}")
        return float(value)

    def plain(self, name: str, kind: type) -> Any:
        """Take what is only passed on, as JSON that others can read too: Python's own knows NaN."""
        value = self.take(name, kind)
        try:
            json.dumps(value, allow_nan=False)
        except ValueError:
            raise _refusal(self._prefix + name, "must hold finite numbers only") from None
        return value

    def between(self, name: str, least: float, most: float) -> float:
        value = self.number(name)
        if not least <= value <= most:
            raise _refusal(self._prefix + name, f"is {value:g}, expected {least:g} to {most:g}")
        return value

    def positive(self, name: str, most: int) -> int:
        value: int = self.take(name, int)
        if not 1 <= value <= most:
            raise _refusal(self._prefix + name, f"is {shortened(value, 20)}, expected 1 to {most}")
        return value
