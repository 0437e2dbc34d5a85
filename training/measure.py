"""What the trainer's commands measure, and where they keep it: beside the model and inside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from ser_live.classifier import Classifier
from training.card import write_card
from training.console import progress_bars
from training.corpora import Clip, find_clips
from training.errors import TrainingError
from training.evaluate import Condition, Heard, listen, log_opening
from training.export import rewrite_contract
from training.figures import SHARED, figures, loss_under
from training.labels import fitting_map
from training.provenance import commit
from training.publish import publish
from training.results import read_results, scores_of
from training.smoothing import search_smoothing
from training.splits import Side, public_split

__all__ = [
    "choose_smoothing",
    "evaluate_again",
    "evaluate_model",
    "own_clips",
    "prepare_output",
    "public_protocol",
    "store_results",
]

_PUBLIC = ("cremad", "emodb", "ravdess", "tess")  # corpora with a public split
_COVERAGE = 0.7  # share of validation predictions that the abstention threshold leaves a label


def prepare_output(path: Path) -> None:
    """Refuse, before any long work, a model path that cannot be written.

    Raises:
        TrainingError: if it does not end in `.onnx`, or its folder is missing or read-only.
    """
    if path.suffix != ".onnx":
        raise TrainingError(f"--out must name an .onnx file, not {path}")
    check_folder(path)


def check_folder(path: Path) -> None:
    """Refuse a path whose folder is missing or read-only.

    Raises:
        TrainingError: saying which.
    """
    if not path.parent.is_dir():
        raise TrainingError(f"the folder {path.parent} does not exist: make it, or choose another --out")
    if not os.access(path.parent, os.W_OK):
        raise TrainingError(f"the folder {path.parent} cannot be written: choose another --out")


def evaluate_again(
    model: Path,
    clips: Sequence[Clip],
    side: str,
    console: Console,
    *,
    out: Path | None = None,
    protocol: str,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
    conditions: Mapping[str, Condition] | None = None,
) -> None:
    """Measure a model that is already there.

    The figures go beside the model, into its contract and its card; or, with `out`, to `<out>.json`, `.md` and `.html`
    alone, and the model file stays as it is.

    Raises:
        TrainingError: see `evaluate_model`, or for what cannot be written.
    """
    if out is None:
        prepare_output(model)
    else:
        check_folder(out)
    results = evaluate_model(
        model,
        clips,
        side,
        console,
        protocol=protocol,
        speakers_shared=speakers_shared,
        notes=notes,
        conditions=conditions,
    )
    if out is None:
        written = store_results(model, side, results)
        write_card(model)
    else:
        written = publish(out, model.name, {side: results}, tables=out.with_suffix(".md"))
    console.print(f"wrote {', '.join(str(path) for path in written)}", markup=False)


def evaluate_model(
    model: Path,
    clips: Sequence[Clip],
    side: str,
    console: Console,
    *,
    protocol: str | None = None,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
    conditions: Mapping[str, Condition] | None = None,
) -> dict[str, dict[str, Any]]:
    """Figures of `model` on `clips` through the live pipeline: for each corpus, and over all of them (`pooled`).

    Args:
        model: an ONNX file with a contract.
        clips: of one side; those whose words the model has no label for are left out, and counted in the notes.
        side: `train`, `validation`, `test`, or what else the figures are to be called; `test` is written down.
        console: for progress and the headline.
        protocol: the sentence beside every figure; by default that of the public split.
        speakers_shared: voices of these clips were heard in training.
        notes: what a reader must know.
        conditions: names and functions, each of which costs one more pass over the clips.

    Raises:
        TrainingError: if nothing can be measured.
    """
    classifier = Classifier(model, "cpu")
    kept, left_out = _with_labels(clips, classifier.labels, side)
    if side == "test":
        opened = log_opening(model, classifier.sha256, sorted({clip.corpus for clip in kept}), commit())
        if opened:
            console.print(f"the test speakers were opened {opened} times before for this model", style="yellow")
    heard = _listen(model, kept, f"listening to {side} clips", console)
    if all(one.verdict is None for one in heard):
        raise TrainingError(f"no speech was found in any {side} clip: look at the recordings")
    sentence = public_protocol(classifier, side) if protocol is None else protocol
    everything = [*notes, *left_out]

    def measure(said: Sequence[Heard]) -> dict[str, dict[str, Any]]:
        return {
            name: figures(
                [kept[i] for i in own],
                [said[i] for i in own],
                classifier.labels,
                sentence,
                speakers_shared=speakers_shared,
                notes=everything,
            )
            for name, own in _by_corpus(kept).items()
        }

    results = measure(heard)
    for name, row in results.items():
        _tell(side, name, row, console)
    for name, condition in (conditions or {}).items():
        changed = results if name == "clean" else measure(_listen(model, kept, f"under {name}", console, condition))
        for corpus, row in results.items():
            row.setdefault("robustness", []).append(loss_under(changed[corpus], row, name))
    confidence = [p for one in heard for p in one.smoothed] or [0.0]  # none past the warm-up
    results["pooled"]["abstention_at_coverage"] = round(float(np.quantile(confidence, 1 - _COVERAGE)), 4)
    return results


def _with_labels(clips: Sequence[Clip], labels: Sequence[str], side: str) -> tuple[list[Clip], list[str]]:
    """Clips that the model has labels for, and notes on what it has none for."""
    words = fitting_map(labels)
    kept = [clip for clip in clips if words.of(clip.label) is not None]
    if not kept:
        raise TrainingError(f"no {side} clip carries a label of the model ({', '.join(labels)}): give other corpora")
    notes = []
    if len(kept) < len(clips):
        others = sorted({clip.label for clip in clips if words.of(clip.label) is None})
        notes.append(f"{len(clips) - len(kept)} clips left out, for the model has no label for {', '.join(others)}")
    absent = sorted(set(labels) - {words.of(clip.label) for clip in kept})
    if absent:
        notes.append(f"no clip is labelled {', '.join(absent)}; averages are over the labels that occur")
    return kept, notes


def _listen(
    model: Path, clips: Sequence[Clip], what: str, console: Console, condition: Condition | None = None
) -> list[Heard]:
    with progress_bars(console) as bars:
        task = bars.add_task(what, total=len(clips))
        return listen(model, clips, lambda done, _: bars.update(task, completed=done), condition=condition)


def _by_corpus(clips: Sequence[Clip]) -> dict[str, list[int]]:
    groups = {name: [i for i, c in enumerate(clips) if c.corpus == name] for name in sorted({c.corpus for c in clips})}
    return groups | {"pooled": list(range(len(clips)))}


def _tell(side: str, name: str, row: Mapping[str, Any], console: Console) -> None:
    ends = row["uar_interval"]
    over = f"[{ends[0]:.3f}, {ends[1]:.3f}] over {row['speakers']} speakers" if ends else "of one speaker"
    calibration = f"; ECE {row['ece']:.3f}" if row["ece"] is not None else ""
    mark = f" ({SHARED})" if row["speakers_shared"] else ""
    line = f"{side} {name}: UAR {row['uar']:.3f} {over}, {row['clips']} clips{calibration}{mark}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def store_results(model: Path, side: str, results: dict[str, dict[str, Any]]) -> list[Path]:
    """Keep one side's figures beside the model (`.json`, `.html`, `.<side>.png`) and inside it (`scores`)."""
    path = model.with_suffix(".json")
    everything = (read_results(path) if path.exists() else {}) | {side: results}
    rewrite_contract(model, scores=scores_of(everything))
    return publish(model, model.name, everything)


def choose_smoothing(model: Path, data: Sequence[Path], out: Path, seed: int, console: Console) -> None:
    """Search the smoothing on the validation speakers and write what was found as JSON."""
    check_folder(out)
    clips = own_clips(model, data, "validation")
    with progress_bars(console) as bars:
        task = bars.add_task("listening to streams", total=None)
        found = search_smoothing(
            model, clips, seed=seed, progress=lambda done, of: bars.update(task, completed=done, total=of)
        )
    out.write_text(json.dumps(found, indent=1) + "\n")
    console.print(json.dumps(found, indent=1), markup=False)


def public_protocol(classifier: Classifier, side: str) -> str:
    """Protocol of the public split's speakers; what a file from elsewhere was trained on, nobody here knows."""
    ours = "split" in classifier.contract.training
    said = "none of them heard in training" if ours else "whether they were heard in training is not known"
    return f"{side} speakers of the public split, {said}; one stream a clip, ONNX, CPU"


def own_clips(model: Path, data: Sequence[Path], side: Side) -> list[Clip]:
    """Clips of one side of the public split, of the corpora that a model was trained on; of all if it names none."""
    classifier = Classifier(model, "cpu")
    named = {corpus.get("name") for corpus in classifier.contract.training.get("corpora", ())}
    words = fitting_map(classifier.labels)
    clips = find_clips(data, [name for name in _PUBLIC if name in named] or _PUBLIC)
    own = [clip for clip in clips if words.of(clip.label) is not None and public_split(clip) == side]
    if not own:
        raise TrainingError(f"no {side} speaker of the model's corpora is below {', '.join(map(str, data))}")
    return own
