"""What the trainer's commands measure, and where they keep it: beside the model and inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from ser_live.classifier import Classifier
from ser_train.console import progress_bars
from ser_train.corpora import Clip
from ser_train.corpora.labels import LabelMap, fitting_map, label_map
from ser_train.errors import TrainingError
from ser_train.evaluation.folds import Verdicts
from ser_train.evaluation.inference import Condition, Heard, listen, log_opening
from ser_train.evaluation.restriction import chosen_labels, restrict_heard, restrict_words, restriction
from ser_train.evaluation.scores import figures, loss_interval, loss_under
from ser_train.export.to_onnx import rewrite_contract
from ser_train.files import check_folder
from ser_train.provenance import commit
from ser_train.reporting.card import write_card
from ser_train.reporting.publish import publish
from ser_train.reporting.results import read_results, scores_of
from ser_train.splits import SHARED
from ser_train.splits.public import PUBLIC

__all__ = [
    "Told",
    "evaluate_again",
    "evaluate_model",
    "hear",
    "prepare_output",
    "store_results",
    "verdicts_of",
    "words_of",
]

_COVERAGE = 0.7  # share of validation predictions that the abstention threshold leaves a label


def prepare_output(path: Path) -> None:
    """Refuse, before any long work, a model path that cannot be written.

    Raises:
        TrainingError: if it does not end in `.onnx`, or its folder is missing or read-only.
    """
    if path.suffix != ".onnx":
        raise TrainingError(f"--out must name an .onnx file, not {path}")
    check_folder(path)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a model says of the clips of one side.

    Attributes:
        model: the ONNX file.
        model_labels: of the model.
        labels: those that are measured, in the same order.
        words: which of them a clip's word stands for.
        side: `train`, `validation`, `test`, or what else the figures are to be called.
        clips: those whose words stand for one of them.
        heard: of each, restricted to the labels that are measured.
        protocol: the sentence beside every figure.
        notes: what a reader must know.
    """

    model: Path
    model_labels: tuple[str, ...]
    labels: tuple[str, ...]
    words: LabelMap
    side: str
    clips: Sequence[Clip]
    heard: Sequence[Heard]
    protocol: str
    notes: Sequence[str]


def hear(
    model: Path, clips: Sequence[Clip], side: str, console: Console, protocol: str, measured: Sequence[str] = ()
) -> Told:
    """Let `model` hear the clips through the live pipeline; that test speakers are opened is written down.

    Clips whose words the model has no label for, or none that is measured, are left out, and counted in the notes.

    Args:
        model: an ONNX file with a contract.
        clips: of one side.
        side: `train`, `validation`, `test`, or what else the figures are to be called.
        console: for progress.
        protocol: how the clips were chosen; what was done with them is added.
        measured: labels that the figures are restricted to; all of the model's where none is given.

    Raises:
        TrainingError: if nothing can be measured.
    """
    classifier = Classifier(model, "cpu")
    labels = chosen_labels(measured, classifier.labels)
    words = restrict_words(words_of(classifier), labels)
    whose = "the model has" if labels == classifier.labels else "these figures have"
    kept, notes = _with_labels(clips, labels, words, side, whose)
    if side == "test" or (side == "all" and any(PUBLIC.get(clip.speaker) == "test" for clip in kept)):
        opened = log_opening(model, classifier.sha256, sorted({clip.corpus for clip in kept}), commit())
        if opened:
            console.print(f"the test speakers were opened {opened} times before for this model", style="yellow")
    heard = restrict_heard(_listen(model, kept, f"listening to {side} clips", console), classifier.labels, labels)
    if all(one.verdict is None for one in heard):
        raise TrainingError(f"no speech was found in any {side} clip: look at the recordings")
    return Told(
        model=model,
        model_labels=classifier.labels,
        labels=labels,
        words=words,
        side=side,
        clips=kept,
        heard=heard,
        protocol=f"{side} side of {protocol}; each clip a stream of its own through the ONNX file, CPU"
        + restriction(classifier.labels, labels),
        notes=notes,
    )


def verdicts_of(told: Told, name: str, protocol: str) -> Verdicts:
    """The verdicts of one fold, to be pooled with those of others."""
    nothing = np.zeros(len(told.labels))
    probabilities = np.array([nothing if one.verdict is None else one.verdict for one in told.heard])
    return Verdicts(
        name=name,
        truth=np.array([told.labels.index(told.words.words[clip.label]) for clip in told.clips]),
        said=np.where(probabilities.any(axis=1), probabilities.argmax(axis=1), -1),
        speakers=[clip.speaker for clip in told.clips],
        corpora=[clip.corpus for clip in told.clips],
        probabilities=probabilities,
        protocol=protocol,
    )


def evaluate_model(
    told: Told,
    console: Console,
    *,
    speakers_shared: bool = False,
    notes: Sequence[str] = (),
    conditions: Mapping[str, Condition] | None = None,
) -> dict[str, dict[str, Any]]:
    """Figures of what a model said: for each corpus, and over all of them (`pooled`).

    Args:
        told: what it said.
        console: for progress and the headline.
        speakers_shared: voices of these clips were heard in training.
        notes: what a reader must know.
        conditions: names and functions, each of which costs one more pass over the clips.
    """
    everything = [*notes, *told.notes]

    parts = _by_corpus(told.clips)

    def measure(said: Sequence[Heard]) -> dict[str, dict[str, Any]]:
        return {
            name: figures(
                [told.clips[i] for i in own],
                [said[i] for i in own],
                told.labels,
                told.protocol,
                words=told.words,
                speakers_shared=speakers_shared,
                notes=everything,
            )
            for name, own in parts.items()
        }

    def lost(corpus: str, said: Sequence[Heard]) -> list[float] | None:
        own = parts[corpus]
        clean, changed = ([heard[i] for i in own] for heard in (told.heard, said))
        return loss_interval([told.clips[i] for i in own], clean, changed, told.labels, told.words)

    results = measure(told.heard)
    for name, row in results.items():
        _tell(told.side, name, row, console)
    for name, condition in (conditions or {}).items():
        same = name == "clean"
        if same:
            said, changed = told.heard, results
        else:
            said = _listen(told.model, told.clips, f"under {name}", console, condition)
            said = restrict_heard(said, told.model_labels, told.labels)
            changed = measure(said)
        for corpus, row in results.items():
            row.setdefault("robustness", []).append(loss_under(changed[corpus], row, name, lost(corpus, said)))
    if told.labels == told.model_labels:
        confidence = [p for one in told.heard for p in one.smoothed] or [0.0]  # none past the warm-up
        results["pooled"]["abstention_at_coverage"] = round(float(np.quantile(confidence, 1 - _COVERAGE)), 4)
    return results


def evaluate_again(
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
    """Measure a model that is already there.

    The figures go beside the model, into its contract and its card; or, with `out`, to `<out>.json`, `.md` and `.html`
    alone, and the model file stays as it is. Figures of fewer labels than the model's (`measured`) go there only.

    Raises:
        TrainingError: see `hear`, or for what cannot be written.
    """
    if measured and out is None:
        raise TrainingError("--labels needs --out: figures of fewer labels do not stand for those of the model")
    if out is None:
        prepare_output(model)
    else:
        check_folder(out)
    told = hear(model, clips, side, console, protocol, measured)
    results = evaluate_model(told, console, speakers_shared=speakers_shared, notes=notes, conditions=conditions)
    if out is None:
        written = store_results(model, side, results)
        write_card(model)
    else:
        written = publish(out, model.name, {side: results}, tables=out.with_suffix(".md"))
    console.print(f"wrote {', '.join(str(path) for path in written)}", markup=False)


def words_of(classifier: Classifier) -> LabelMap:
    """Which of the model's labels a clip's word stands for: as it was trained, or each word for itself."""
    stated = classifier.contract.training.get("labels")
    if isinstance(stated, Mapping) and set(stated.values()) == set(classifier.labels):
        return label_map(stated)
    return fitting_map(classifier.labels)


def _with_labels(
    clips: Sequence[Clip], labels: Sequence[str], words: LabelMap, side: str, whose: str = "the model has"
) -> tuple[list[Clip], list[str]]:
    """Clips that there are labels for, and notes on what there is none for."""
    kept = [clip for clip in clips if words.of(clip.label) is not None]
    if not kept:
        raise TrainingError(f"no {side} clip carries a label of the model ({', '.join(labels)}): give other corpora")
    notes = []
    if len(kept) < len(clips):
        others = sorted({clip.label for clip in clips if words.of(clip.label) is None})
        notes.append(f"{len(clips) - len(kept)} clips left out, for {whose} no label for {', '.join(others)}")
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
