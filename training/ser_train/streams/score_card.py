"""The score card: every score of the streams of one side, with the minutes and people it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ser_live.session import SHOWING, held_label, shown_label
from ser_live.types import Prediction
from ser_train.streams.flip_origins import flip_origins
from ser_train.streams.inference import StreamPredictions
from ser_train.streams.risk_coverage import JudgedPredictions, label_at, risk_coverage
from ser_train.streams.score_file import Bar
from ser_train.streams.scores import SideScores, StreamCounts
from ser_train.streams.side_metrics import delays, diarization, false_alarms, flip_rate, meetings, neutral
from ser_train.streams.stream import KINDS
from ser_train.streams.timeline import ShownLabel, Timeline, pieces

__all__ = ["RULES", "Rule", "bars", "held_labels", "judge", "score_card", "show"]

Rule = Callable[[Sequence[Prediction]], "list[str | None]"]


def held_labels(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return the label that is held after each record of an utterance: a provisional rival does not displace it."""
    held: list[str | None] = []
    for prediction in predictions:
        held.append(held_label(prediction, held[-1] if held else None))
    return held


def _on_the_screen(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return the label that is held, where it leads."""
    return [shown_label(p, held) for p, held in zip(predictions, held_labels(predictions), strict=True)]


def _as_labelled(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return every record's label."""
    return [p.label if p.state in SHOWING else None for p in predictions]


def _every_label(predictions: Sequence[Prediction]) -> list[str | None]:
    """Return every record's label, also where the screen would withhold it."""
    return [p.label for p in predictions]


RULES: Mapping[str, Rule] = {"screen": _on_the_screen, "labelled": _as_labelled}
"""What counts as shown: what the screen shows, or each record's `label`; nothing in both where a record is `warming-up`
or `uncertain`."""


def show(streams: Sequence[StreamPredictions], rule: Rule) -> list[Timeline]:
    """Return what is shown when in each stream."""
    timelines = []
    for predictions in streams:
        records: list[ShownLabel] = []
        for utterance in predictions.utterances:
            starts = [p.available for p in utterance.predictions]
            records += zip(starts, [*starts[1:], utterance.over], rule(utterance.predictions), strict=False)
        timelines.append((predictions, pieces(records, predictions.audible)))
    return timelines


def score_card(streams: Sequence[StreamPredictions], labels: Sequence[str], threshold: float) -> SideScores:
    """Score the streams of one side.

    Args:
        streams: with the predictions of the live path.
        labels: of the model.
        threshold: abstention threshold of its contract.
    """
    shown = {name: show(streams, rule) for name, rule in RULES.items()}
    screen = shown["screen"]
    full = show(streams, _every_label)
    known = ("mixed", "changes", "constant")
    judged = judge(streams, labels)
    return SideScores(
        streams={kind: _counts([each for each in streams if each.stream.kind == kind]) for kind in KINDS},
        delay={name: delays(timelines) for name, timelines in shown.items()},
        diarization={kind: diarization(_of_kind(screen, kind)) for kind in known},
        flips={name: flip_rate(_of_kind(timelines, "constant")) for name, timelines in shown.items()},
        neutral=neutral(_of_kind(screen, "neutral")),
        meetings=meetings(_of_kind(screen, "meetings")),
        false_alarms=false_alarms(_of_kind(screen, "silence")),
        predictions=risk_coverage(judged, threshold) if len(judged.truth) else None,
        full_coverage={kind: diarization(_of_kind(full, kind)) for kind in known},
        flip_origins=flip_origins(
            _of_kind(screen, "constant"), [each for kind in known for each in _of_kind(screen, kind)]
        ),
    )


def judge(streams: Sequence[StreamPredictions], labels: Sequence[str]) -> JudgedPredictions:
    """Return the predictions past the warm-up of the streams whose emotions are known and balanced."""
    smoothed, truth, speakers = [], [], []
    for each in streams:
        if each.stream.kind not in ("mixed", "changes", "constant"):
            continue
        for prediction in (p for utterance in each.utterances for p in utterance.predictions):
            if prediction.state == "warming-up":
                continue
            span = label_at(each.stream.spans, prediction.end)
            smoothed.append([prediction.smoothed[label] for label in labels])
            truth.append(labels.index(span.label))
            speakers.append(span.speaker)
    return JudgedPredictions(
        smoothed=np.array(smoothed, np.float64).reshape(-1, len(labels)),
        truth=np.array(truth, np.int64),
        speakers=speakers,
    )


def bars(scores: SideScores) -> tuple[Bar, ...]:
    """Return what is asked for, what was measured, and whether it is met; an infinite delay is None."""
    delay, flips = scores.delay["screen"].get("all"), scores.flips["screen"]
    alarms, judged = scores.false_alarms, scores.predictions
    return (
        _bar("delay from a change of emotion, median", "s", delay.median if delay else None, 1.5),
        _bar("delay from a change of emotion, 90th percentile", "s", delay.p90 if delay else None, 2.5),
        _bar("label flips per minute of constant emotion", "", flips.per_minute if flips else None, 3.0),
        _bar("time with an emotion shown while nobody speaks", "share", alarms.share if alarms else None, 0.01),
        _bar("accuracy gained at 70 % coverage", "share", judged.gain if judged else None, 0.10, at_least=True),
        _bar("calibration error of smoothed probabilities (goal 0.03)", "", judged.ece if judged else None, 0.07),
    )


def _bar(what: str, unit: str, value: float | None, bar: float, *, at_least: bool = False) -> Bar:
    met = value is not None and (value >= bar if at_least else value <= bar)
    return Bar(what=what, unit=unit, value=value, bar=bar, at_least=at_least, met=met)


def _counts(streams: Sequence[StreamPredictions]) -> StreamCounts:
    spans = [span for each in streams for span in each.stream.spans]
    return StreamCounts(
        streams=len(streams),
        minutes=round(sum(each.stream.seconds for each in streams) / 60, 2),
        clips=len(spans),
        speakers=len({span.speaker for span in spans}),
    )


def _of_kind(timelines: Sequence[Timeline], kind: str) -> list[Timeline]:
    return [(predictions, shown) for predictions, shown in timelines if predictions.stream.kind == kind]
