"""Where the models must arrive: floors and goals that were set beforehand, and what the files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ser_train.evaluation.headline import Headline
from ser_train.evaluation.scores import ClipScores, ConditionScore
from ser_train.model_page.files import BENCHMARK, COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, Files
from ser_train.reporting.evaluation_tables import points_interval, protocol_sentence
from ser_train.reporting.table import interval, number

__all__ = ["FOUR", "Bar", "bars"]

FOUR = ("angry", "happy", "neutral", "sad")
_CONDITIONS = (
    ("telephone band and µ-law", ("telephone µ-law",), 4.0, 2.0),
    ("noise at 10 dB", ("noise 10 dB", "pink noise 10 dB"), 9.0, 5.0),
    ("a simulated living room", ("room",), 6.0, 3.0),
    ("gain of ±20 dB, the worse", ("gain +20 dB", "gain -20 dB"), 1.0, 0.5),
)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One line of the table.

    Attributes:
        what: is measured.
        floor: that must be reached.
        goal: that is hoped for.
        form: of numbers, as `str.format` takes it.
        most: the bars are the most that is allowed, not the least.
        measured: None where no file holds it.
        stands_on: clips, speakers and interval.
        protocol: a sentence, or more.
        command: that measures it again.
    """

    what: str
    floor: float
    goal: float
    form: str = "{:.3f}"
    most: bool = False
    measured: float | None = None
    stands_on: str = "–"
    protocol: str = ""
    command: str

    def reaches(self, bar: float) -> bool | None:
        """Return whether a bar is reached by the value before it is rounded; None where nothing is measured."""
        if self.measured is None:
            return None
        return self.measured <= bar if self.most else self.measured >= bar


def bars(files: Files) -> list[Bar]:
    """Return every line, with what the files hold."""
    return [
        _clips(files, SHIPPED, "the shipped model"),
        _clips(files, CREMAD, "the CREMA-D-only model"),
        _folds(files, RAVDESS, "RAVDESS, 8 classes, six speaker-disjoint folds, UAR, mean over folds", 0.62, 0.70),
        _folds(files, EMODB, "EMO-DB, 7 classes, leave one speaker out, UAR, all clips together", 0.75, 0.88),
        _corpora(files),
        *_robustness(files),
        _clip_calibration(files),
        _stream_calibration(files),
        *_cost(files),
    ]


def _clips(files: Files, model: str, whose: str) -> Bar:
    bar = Bar(
        what=f"CREMA-D, 6 classes, public speaker-disjoint split, UAR, {whose}",
        floor=0.60,
        goal=0.66,
        command=COMMANDS[f"{model}.json"],
    )
    scores = files.scores(model, "test", "cremad")
    if scores is None:
        return bar
    return replace(bar, measured=scores.uar, stands_on=_stands_on(scores), protocol=protocol_sentence(scores))


def _stands_on(scores: Headline | ConditionScore, uar: str = "") -> str:
    """Return clips, speakers and the interval over them."""
    return f"{_counted(scores)}; {uar}{interval(scores.uar_interval)}"


def _counted(scores: Headline | ConditionScore) -> str:
    return f"{scores.clips:,} clips, {scores.speakers} speakers"


def _folds(files: Files, name: str, what: str, floor: float, goal: float) -> Bar:
    bar = Bar(what=what, floor=floor, goal=goal, command=COMMANDS[name])
    scores = files.folds(name)
    if scores is None or scores.side != "test":
        return bar
    mean, deviation = scores.mean.uar, scores.standard_deviation.uar
    spread = f"mean over {len(scores.folds)} folds {number(mean)}" + (f" ± {deviation:.3f}" if deviation else "")
    return replace(
        bar,
        measured=mean if "mean over folds" in what else scores.pooled.uar,
        stands_on=f"{_stands_on(scores.pooled, 'all clips together ')}; {spread}",
        protocol=f"{scores.protocol}.",
    )


def _corpora(files: Files) -> Bar:
    bar = Bar(
        what="leave one corpus out over CREMA-D, RAVDESS, TESS, EMO-DB, 4 classes (angry happy neutral sad), mean UAR",
        floor=0.48,
        goal=0.58,
        command=COMMANDS[LOCO],
    )
    scores = files.folds(LOCO)
    if scores is None or scores.side != "test" or scores.labels != FOUR:
        return bar
    each = "; ".join(f"{name} {corpus.uar:.3f} ({_stands_on(corpus)})" for name, corpus in scores.corpora.items())
    return replace(bar, measured=scores.mean_over_corpora.uar, stands_on=each, protocol=f"{scores.protocol}.")


def _robustness(files: Files) -> list[Bar]:
    scores = files.scores(SHIPPED, "test", "pooled")
    return [
        _condition(scores, names, f"the shipped model under {what}: points of UAR lost", floor, goal)
        for what, names, floor, goal in _CONDITIONS
    ]


def _condition(scores: ClipScores | None, names: Sequence[str], what: str, floor: float, goal: float) -> Bar:
    """Return the bar of the worst of some conditions."""
    bar = Bar(what=what, floor=floor, goal=goal, form="{:.2f}", most=True, command=COMMANDS[f"{SHIPPED}.json"])
    by_name = {} if scores is None else {score.condition: score for score in scores.robustness}
    measured = [by_name[name] for name in names if name in by_name]
    if scores is None or not measured:
        return bar
    worst = max(measured, key=lambda score: score.loss)
    lost = points_interval(worst)
    return replace(
        bar,
        measured=round(100 * (scores.uar - worst.uar), 2),
        stands_on=_stands_on(worst, f"UAR {worst.uar:.3f}, ") + (f"; points lost{lost}" if lost else ""),
        protocol=protocol_sentence(scores),
    )


def _clip_calibration(files: Files) -> Bar:
    bar = Bar(
        what="expected calibration error by clip, held-out speakers",
        floor=0.07,
        goal=0.03,
        most=True,
        command=COMMANDS[f"{SHIPPED}.json"],
    )
    scores = files.scores(SHIPPED, "test", "pooled")
    if scores is None or scores.ece is None:
        return bar
    return replace(bar, measured=scores.ece, stands_on=_counted(scores), protocol=protocol_sentence(scores))


def _stream_calibration(files: Files) -> Bar:
    card = (files.json(f"{SHIPPED}.streams.json") or {}).get("test") or {}
    predictions = card.get("predictions") or {}
    counted = (
        f"{predictions['predictions']:,} predictions of {predictions['speakers']} speakers" if predictions else "–"
    )
    return Bar(
        what="expected calibration error of the smoothed probabilities on streams, held-out speakers",
        floor=0.07,
        goal=0.03,
        most=True,
        measured=predictions.get("ece"),
        stands_on=counted,
        protocol=card.get("protocol", ""),
        command=COMMANDS[f"{SHIPPED}.streams.json"],
    )


def _cost(files: Files) -> list[Bar]:
    numbers = files.parameters(SHIPPED)
    window = files.speed("of it, features and model on one window")
    pace = files.speed("5 minutes at `--speed max`")
    bench = "One core, in one run with the machine's own speed beside it, `benchmarks/live.md`."
    return [
        Bar(
            what="parameters of the shipped model, millions",
            floor=6.0,
            goal=3.0,
            form="{:.2f}",
            most=True,
            measured=None if numbers is None else numbers / 1e6,
            protocol="" if numbers is None else "Constants of the ONNX graph, scales of whole numbers aside.",
            command=COMMANDS[f"{SHIPPED}.onnx"],
        ),
        Bar(
            what="computing of one window on one core, features and model, ms",
            floor=5.0,
            goal=3.0,
            form="{:.1f}",
            most=True,
            measured=window[0] if window else None,
            protocol=bench if window else "",
            command=COMMANDS[BENCHMARK],
        ),
        Bar(
            what="a file at `--speed max` on one core, × real time",
            floor=40.0,
            goal=70.0,
            form="{:.0f}",
            measured=min(pace) if pace else None,
            stands_on=f"5 minutes of speech without pauses; best of three {max(pace):.0f}" if pace else "–",
            protocol=f"The worst of three. {bench}" if pace else "",
            command=COMMANDS[BENCHMARK],
        ),
    ]
