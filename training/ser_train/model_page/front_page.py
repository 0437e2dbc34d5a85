"""Sections of `docs/model.md`: what the models reach, where they are weakest, and for whom they fail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ser_train.evaluation.headline import ReliabilityBin
from ser_train.evaluation.scores import ClipScores, GroupScore
from ser_train.model_page.bars_table import bars_markdown
from ser_train.model_page.files import LOCO, SHIPPED, Files, missing
from ser_train.model_page.goals import bars
from ser_train.model_page.shown import MODELS, picture, tests, title
from ser_train.reporting.evaluation_tables import weak_points
from ser_train.reporting.table import interval, markdown_table, number
from ser_train.streams.report import bars_table
from ser_train.streams.score_file import StreamScores

__all__ = ["front_page"]

_HEAD = """\
# How good the models are

Written by `ser-train model-page` from committed files; do not edit. `ser-live` is the shipped model, `ser-live-crema`
was trained on CREMA-D alone. Every figure comes through the ONNX file and the live path, from test speakers, whom our \
training never heard. Settings are chosen on validation speakers; each look at test speakers is written down in \
`models/test-openings.jsonl`.

* UAR, the unweighted average recall: how often the right label is given, each emotion counting alike. Guessing one of
  six gives 0.167. A range such as 0.633 to 0.719 is the 95 % bootstrap interval over speakers.
* ECE, the expected calibration error: how far the stated probability is from how often it is right, on average.
* A clip in which no speech was found counts as wrong. The copies of CREMA-D and EMO-DB hold nothing above 5.5 kHz.
"""

_BARS = """\
A floor had to be reached, a goal was hoped for. Both were set beforehand. "Points lost" are hundredths of UAR that
`ser-live` loses when the test clips are changed so. [How each was measured](research.md#how-each-figure-was-measured).
"""

_READ_ON = """\
* [Fairness](fairness.md): every group, corpus and condition, and the gaps between groups.
* [Streams](streams.md): delay, flips and errors in running speech, and how the smoothing was chosen.
* [Speech detection](vad.md): what the detectors find, miss and mistake for speech.
* [Research](research.md): how the models were made, every condition and fold, published figures, every trial.
* [Performance](performance.md): speed and memory. Cards: [ser-live](../models/ser-live.md),
  [ser-live-crema](../models/ser-live-crema.md).
"""


def front_page(files: Files) -> str:
    """Return the whole page."""
    parts = {
        "What was asked for, and what is reached": f"{_BARS}\n{bars_markdown(bars(files))}",
        "Where they are weakest": _weakest(files),
        "Voices of a corpus that was never heard": _never_heard(files),
        "For whom they fail": _groups(files),
        "Calibration": _calibration(files),
        "Streams": _streams(files),
        "Read on": _READ_ON,
    }
    return _HEAD + "".join(f"\n## {name}\n\n{body}" for name, body in parts.items())


def _weakest(files: Files) -> str:
    parts = []
    for model, scores in tests(files, "pooled").items():
        if scores is None:
            parts.append(f"{title(model)}. {missing(f'{model}.json')}")
        else:
            points = [_recall(scores), *weak_points(scores)]
            listed = "\n".join(f"* {point}" for point in points)
            parts.append(f"{title(model)}, all {scores.clips:,} test clips:\n\n{listed}\n")
    parts.append(
        "`ser-live`, the same clips with noise, telephone, room and gain ([tables](research.md#test-conditions)):\n"
    )
    return "\n".join([*parts, picture(files, SHIPPED, "robustness")])


def _recall(scores: ClipScores) -> str:
    """Return a sentence on how often each label is found, the worst first."""
    known = [(score.recall, score.label) for score in scores.per_label if score.recall is not None]
    return f"Recall: {', '.join(f'{label} {recall:.3f}' for recall, label in sorted(known))}."


def _never_heard(files: Files) -> str:
    left_out = files.folds(LOCO)
    if left_out is None or not left_out.corpora:
        return missing(LOCO)
    rows = [
        [
            name,
            f"{corpus.clips:,}",
            number(corpus.uar),
            interval(corpus.uar_interval),
            *_sure_and_right(corpus.reliability),
        ]
        for name, corpus in left_out.corpora.items()
    ]
    table = markdown_table(("never heard", "clips", "UAR", "95 %", "how sure", "how often right"), rows)
    name, worst = min(left_out.corpora.items(), key=lambda item: item[1].uar)
    return (
        f"A model for each corpus, trained on the others, {left_out.side} side; labels: {', '.join(left_out.labels)}. "
        f"The weakest is {name}, UAR {worst.uar:.3f}. The last two columns are means over the clips with a verdict: "
        f"where the first is larger, the model is surer than it is right.\n\n{table}"
    )


def _sure_and_right(bins: Sequence[ReliabilityBin]) -> list[str]:
    """Return mean confidence and accuracy of all bins of a reliability diagram."""
    clips = sum(b.count for b in bins)
    if not clips:
        return ["–", "–"]
    confidence, accuracy = (sum(b.count * b.confidence for b in bins), sum(b.count * b.accuracy for b in bins))
    return [f"{confidence / clips:.2f}", f"{accuracy / clips:.2f}"]


def _groups(files: Files) -> str:
    by_model = {
        model: {(group.group, group.value): group for group in scores.groups}
        for model, scores in tests(files, "cremad").items()
        if scores is not None and scores.groups
    }
    absent = "".join(f"{title(model)}. {missing(f'{model}.json')}" for model in MODELS if model not in by_model)
    if not by_model:
        return absent
    keys = dict.fromkeys(key for groups in by_model.values() for key in groups)
    rows = [_group_cells(key, [groups.get(key) for groups in by_model.values()]) for key in keys]
    first, *others = (Path(model).name for model in by_model)
    table = markdown_table(("CREMA-D", "clips", "speakers", first, "95 %", *others), rows)
    return (
        "UAR by sex, age and ethnicity, as CREMA-D states them. Few speakers make wide intervals, and one speaker "
        "makes none: small differences prove nothing. [Every interval, and the gaps](fairness.md).\n\n"
        f"{table}{absent}"
    )


def _group_cells(key: tuple[str, str], scores: Sequence[GroupScore | None]) -> list[str]:
    known = next(score for score in scores if score is not None)
    group, value = key
    name = f"{group} {value}" if value == "not stated" else value
    cells = [name, str(known.clips), str(known.speakers)]
    values = [number(None if score is None else score.uar) for score in scores]
    return [*cells, values[0], interval(None if scores[0] is None else scores[0].uar_interval), *values[1:]]


def _calibration(files: Files) -> str:
    scores = files.scores(SHIPPED, "test", "pooled")
    if scores is None:
        return missing(f"{SHIPPED}.json")
    surest = "".join(
        f" It is right on {scores.accuracy:.3f} of the clips, and on {cover.accuracy:.3f} of the surest "
        f"{cover.coverage:.0%}."
        for cover in scores.coverage
        if cover.coverage == 0.7
    )
    return (
        f"With new voices of the corpora that it learnt from, the probabilities of `ser-live` are off by "
        f"{number(scores.ece)} on average (ECE by clip).{surest} On a corpus that was never heard do not rely on them: "
        f"see the table above.\n\n{picture(files, SHIPPED, 'reliability')}"
    )


def _streams(files: Files) -> str:
    card = files.json(f"{SHIPPED}.streams.json")
    scores = None if card is None else StreamScores.from_json(card, f"{SHIPPED}.streams.json")
    if scores is None or scores.test is None:
        return missing(f"{SHIPPED}.streams.json")
    shown = f"{SHIPPED}.streams.test.png"
    drawn = f"\n![a stream of test speakers](../{shown})\n" if (files.root / shown).exists() else ""
    missed = [bar for bar in scores.test.bars if not bar.met]
    return (
        f"Test clips strung together, heard once by the live path: {len(scores.test.bars) - len(missed)} of "
        f"{len(scores.test.bars)} bars are met. [All of them, and what the words mean](streams.md). Not met:\n\n"
        f"{bars_table(missed)}\n{drawn}"
    )
