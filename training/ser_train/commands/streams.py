"""The command `ser-train streams`: build, hear, score or search, and write it down beside the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_train.console import progress_bars
from ser_train.corpora.labels import stated_map
from ser_train.errors import TrainingError
from ser_train.evaluation.openings import log_opening
from ser_train.export.to_onnx import rewrite_contract
from ser_train.files import check_folder
from ser_train.provenance import commit
from ser_train.splits import Split
from ser_train.streams.build import Builder
from ser_train.streams.inference import HeardStream, hear_streams
from ser_train.streams.plots import picture
from ser_train.streams.quiet import meetings, noise_paths, quiet_streams
from ser_train.streams.report import bars
from ser_train.streams.score_card import RULES, score_card, show
from ser_train.streams.search import search
from ser_train.streams.stream import Stream

__all__ = ["score_streams", "search_streams"]

_SEED = 0


def score_streams(
    model: Path,
    split: Split,
    data: Sequence[Path],
    side: Literal["validation", "test"],
    console: Console,
    out: Path | None = None,
) -> None:
    """Measure a model on streams of one side's speakers; an opening of the test speakers is written down.

    Writes `<model>.streams.json` and `<model>.streams.<side>.png` beside the model, or `<out>.json` and so on.

    Raises:
        TrainingError: if nothing can be built, or written.
    """
    base = _base(model, out)
    earlier = _earlier(base)
    classifier = Classifier(model, "cpu")
    if side == "test":
        corpora = sorted({clip.corpus for clip in split.sides[side]})
        log_opening(model, classifier.sha256, [*corpora, "streams"], console)
    heard = _hear(classifier, split, data, side, console)
    card: dict[str, Any] = {
        "protocol": _protocol(split, side),
        **_origin(model, classifier),
        "settings": asdict(Settings()),
        "clip_ece": _clip_ece(model, side),
        **score_card(heard, classifier.labels, classifier.contract.abstention),
    }
    card["bars"] = bars(card)
    _store(base, earlier | {side: card})
    timelines = [pair for pair in show(heard, RULES["screen"]) if pair[0].stream.kind == "changes"]
    if timelines:
        one, shown = timelines[0]
        image = picture(one, shown, classifier.labels, card["predictions"], f"{model.name}, {side}")
        _write(base.with_name(f"{base.name}.{side}.png"), image)
    for row in card["bars"]:
        least = "at least" if row["at_least"] else "at most"
        value = "none" if row["value"] is None else f"{row['value']:g}"
        met = "met" if row["met"] else "not met"
        console.print(f"{row['what']}: {value}, asked {least} {row['bar']:g}: {met}", markup=False, soft_wrap=True)


def search_streams(model: Path, split: Split, data: Sequence[Path], console: Console, out: Path | None = None) -> None:
    """Search smoothing, evidence and abstention on streams of validation speakers; keep the log.

    The abstention goes into the model's contract; with `out`, the model stays as it is. The other settings are the
    program's own, in `ser_live/config.py`, and are told.

    Raises:
        TrainingError: if nothing can be built, or written.
    """
    base = _base(model, out)
    earlier = _earlier(base)
    classifier = Classifier(model, "cpu")
    heard = _hear(classifier, split, data, "validation", console)
    with _progress(console, "trying settings") as told:
        log = search(heard, classifier.labels, told)
    chosen = log["chosen"]
    found = {"protocol": _protocol(split, "validation"), **_origin(model, classifier), **log}
    _store(base, earlier | {"search": found})
    if out is None:
        rewrite_contract(model, abstention=chosen["threshold"])
    console.print(json.dumps(chosen), markup=False, soft_wrap=True)
    ours = {"smoothing": chosen["time_constant"], "warm_up": chosen["warm_up"], "evidence": chosen["evidence"]}
    for name, value in ours.items():
        if value != getattr(Settings, name):
            console.print(f"ser_live/config.py has {name} = {getattr(Settings, name):g}; the search says {value:g}")


def _hear(classifier: Classifier, split: Split, data: Sequence[Path], side: str, console: Console) -> list[HeardStream]:
    folders = [path for path in data if path.is_dir()]
    streams = _streams(classifier, split, folders, side)
    if not any(stream.spans for stream in streams):
        raise TrainingError(f"no {side} clip has speech and a label of the model: give the corpora of its split")
    with _progress(console, f"listening to {side} streams") as told:
        return hear_streams(classifier, streams, told)


def _streams(classifier: Classifier, split: Split, folders: Sequence[Path], side: str) -> list[Stream]:
    clips = next(clips for name, clips in split.sides.items() if name == side)
    builder = Builder(
        clips, stated_map(classifier.contract.training, classifier.labels), noise_paths(folders, side), _SEED
    )
    return [*builder.build(), *meetings(folders, side), *quiet_streams(folders, side, _SEED)]


def _protocol(split: Split, side: str) -> str:
    return (
        f"Clips of {side} speakers ({split.protocol}) strung together, seed {_SEED}, each heard once by the live "
        "pipeline at its shipped settings, ONNX on the CPU. An emotion is shown from a record's `available` until the "
        "next record, or until no speech was heard for 0.5 s; a record that is `warming-up` or `uncertain` shows none. "
        "On the screen a `provisional` label does not displace another; while it leads the other, none is shown. "
        "Intervals: 95 %, drawn over speakers."
    )


def _origin(model: Path, classifier: Classifier) -> dict[str, Any]:
    return {"model": model.name, "sha256": classifier.sha256, "commit": commit(), "seed": _SEED}


def _clip_ece(model: Path, side: str) -> float | None:
    try:
        found = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))[side]["pooled"]["ece"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not evaluated yet
    return None if found is None else float(found)


def _base(model: Path, out: Path | None) -> Path:
    base = out or model.with_suffix(".streams")
    check_folder(base)
    return base


def _earlier(base: Path) -> dict[str, Any]:
    """What `<base>.json` holds, whose other parts stay; read before the long work."""
    path = base.with_name(f"{base.name}.json")
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): take it away, or choose another --out") from None
    return found


def _store(base: Path, everything: dict[str, Any]) -> None:
    text = json.dumps(everything, indent=1, allow_nan=False)
    _write(base.with_name(f"{base.name}.json"), f"{text}\n".encode())


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}: choose another --out") from None


@contextmanager
def _progress(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bars(console) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
