"""The command `ser-train streams`: build streams, run the live path on them, score or search, and write it down."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from rich.console import Console

from ser_live.classifier import Classifier
from ser_live.config import Settings
from ser_train.console import progress_bars
from ser_train.corpora.labels import stated_map
from ser_train.data.quiet_sounds import noise_paths
from ser_train.errors import TrainingError
from ser_train.evaluation.openings import log_opening
from ser_train.export.contract import rewrite_contract
from ser_train.files import check_folder, write_json, write_whole
from ser_train.provenance import commit
from ser_train.records import to_json
from ser_train.splits import Split
from ser_train.streams.build import Builder
from ser_train.streams.inference import StreamPredictions, predict_streams
from ser_train.streams.plots import stream_picture
from ser_train.streams.quiet import meetings, quiet_streams
from ser_train.streams.score_card import RULES, bars, score_card, show
from ser_train.streams.score_file import Bar, Origin, ScoreCard, SearchLog, StreamScores
from ser_train.streams.search import RULE, choose, search
from ser_train.streams.stream import Stream

__all__ = ["score_streams", "search_streams"]

_SEED = 0
_ELSEWHERE = "choose another --out"


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
    earlier = _read(base)
    classifier = Classifier(model, "cpu")
    if side == "test":
        corpora = sorted({clip.corpus for clip in split.sides[side]})
        log_opening(model, classifier.sha256, [*corpora, "streams"], console)
    streams = _predict(classifier, split, data, side, console)
    scores = score_card(streams, classifier.labels, classifier.contract.abstention)
    card = ScoreCard(
        origin=_origin(model, classifier, _protocol(split, side)),
        settings=asdict(Settings()),
        clip_ece=_clip_ece(model, side),
        scores=scores,
        bars=bars(scores),
    )
    _write(base, replace(earlier, validation=card) if side == "validation" else replace(earlier, test=card))
    changes = [timeline for timeline in show(streams, RULES["screen"]) if timeline[0].stream.kind == "changes"]
    if changes:
        predictions, shown = changes[0]
        image = stream_picture(predictions, shown, classifier.labels, scores.predictions, f"{model.name}, {side}")
        write_whole(base.with_name(f"{base.name}.{side}.png"), image, remedy=_ELSEWHERE)
    for bar in card.bars:
        console.print(_sentence(bar), markup=False, soft_wrap=True)


def search_streams(model: Path, split: Split, data: Sequence[Path], console: Console, out: Path | None = None) -> None:
    """Search smoothing, evidence and abstention on streams of validation speakers; keep the log.

    The abstention goes into the model's contract; with `out`, the model stays as it is. The other settings are the
    program's, in `ser_live/config.py`: where they differ, a line says so.

    Raises:
        TrainingError: if nothing can be built, or written.
    """
    base = _base(model, out)
    earlier = _read(base)
    classifier = Classifier(model, "cpu")
    streams = _predict(classifier, split, data, "validation", console)
    with _progress(console, "trying settings") as progress:
        trials = search(streams, classifier.labels, progress)
    chosen = choose(trials)
    origin = _origin(model, classifier, _protocol(split, "validation"))
    _write(base, replace(earlier, search=SearchLog(origin=origin, rule=RULE, chosen=chosen, tried=tuple(trials))))
    if out is None:
        rewrite_contract(model, abstention=chosen.threshold)
    console.print(json.dumps(to_json(chosen)), markup=False, soft_wrap=True)
    settings = {"smoothing": chosen.time_constant, "warm_up": chosen.warm_up, "evidence": chosen.evidence}
    for name, value in settings.items():
        if value != getattr(Settings, name):
            console.print(f"ser_live/config.py has {name} = {getattr(Settings, name):g}; the search says {value:g}")


def _predict(
    classifier: Classifier, split: Split, data: Sequence[Path], side: str, console: Console
) -> list[StreamPredictions]:
    folders = [path for path in data if path.is_dir()]
    streams = _streams(classifier, split, folders, side)
    if not any(stream.spans for stream in streams):
        raise TrainingError(f"no {side} clip has speech and a label of the model: give the corpora of its split")
    with _progress(console, f"listening to {side} streams") as progress:
        return predict_streams(classifier, streams, progress)


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


def _origin(model: Path, classifier: Classifier, protocol: str) -> Origin:
    return Origin(protocol=protocol, model=model.name, sha256=classifier.sha256, commit=commit(), seed=_SEED)


def _clip_ece(model: Path, side: str) -> float | None:
    try:
        ece = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))[side]["pooled"]["ece"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not evaluated yet
    return None if ece is None else float(ece)


def _base(model: Path, out: Path | None) -> Path:
    base = out or model.with_suffix(".streams")
    check_folder(base)
    return base


def _file(base: Path) -> Path:
    return base.with_name(f"{base.name}.json")


def _read(base: Path) -> StreamScores:
    """Return what `<base>.json` holds, whose other parts stay; read before the long work."""
    path = _file(base)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return StreamScores()
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): take it away, or choose another --out") from None
    return StreamScores.from_json(values, str(path))


def _write(base: Path, scores: StreamScores) -> None:
    write_json(_file(base), scores.to_json(), remedy=_ELSEWHERE)


def _sentence(bar: Bar) -> str:
    least = "at least" if bar.at_least else "at most"
    value = "none" if bar.value is None else f"{bar.value:g}"
    return f"{bar.what}: {value}, asked {least} {bar.bar:g}: {'met' if bar.met else 'not met'}"


@contextmanager
def _progress(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bars(console) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
