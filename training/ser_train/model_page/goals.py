"""Where the models must arrive: floors and goals that were set beforehand, and what the files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ser_train.model_page.files import BENCHMARK, COMMANDS, CREMAD, EMODB, LOCO, RAVDESS, SHIPPED, Files
from ser_train.reporting.table import interval, points_interval, protocol_sentence

__all__ = ["FOUR", "Bar", "bars", "bars_markdown"]

FOUR = ["angry", "happy", "neutral", "sad"]
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
        """Whether the bar is reached, by what was measured before rounding; None where nothing was."""
        if self.measured is None:
            return None
        return self.measured <= bar if self.most else self.measured >= bar


def bars(files: Files) -> list[Bar]:
    """Every line, filled in from the files."""
    return [
        _clips(files, SHIPPED, "the shipped model"),
        _clips(files, CREMAD, "the CREMA-D-only model"),
        _folds(files, RAVDESS, "RAVDESS, 8 classes, six speaker-disjoint folds, UAR, mean over folds", 0.62, 0.70),
        _folds(files, EMODB, "EMO-DB, 7 classes, leave one speaker out, UAR, all clips together", 0.75, 0.88),
        _corpora(files),
        *_robustness(files),
        *_calibration(files),
        *_cost(files),
    ]


def _clips(files: Files, model: str, whose: str) -> Bar:
    found = _stated(files.row(model, "test", "cremad"), "uar")
    what = f"CREMA-D, 6 classes, public speaker-disjoint split, UAR, {whose}"
    return Bar(what=what, floor=0.60, goal=0.66, command=COMMANDS[f"{model}.json"], **found)


def _stated(row: dict[str, Any] | None, key: str) -> dict[str, Any]:
    """One figure of clips with what it stands on."""
    if row is None:
        return {}
    return {"measured": row[key], "stands_on": stands_on(row), "protocol": protocol_sentence(row)}


def stands_on(row: dict[str, Any], uar: str = "") -> str:
    """Clips, speakers and the interval over them."""
    return f"{row['clips']:,} clips, {row['speakers']} speakers; {uar}{interval(row['uar_interval'])}"


def _folds(files: Files, name: str, what: str, floor: float, goal: float) -> Bar:
    found = files.folds(name)
    if found is None or found["side"] != "test":
        return Bar(what=what, floor=floor, goal=goal, command=COMMANDS[name])
    mean, deviation = found["mean"]["uar"], found["standard_deviation"]["uar"]
    spread = f"mean over {len(found['folds'])} folds {mean:.3f}" + (f" ± {deviation:.3f}" if deviation else "")
    return Bar(
        what=what,
        floor=floor,
        goal=goal,
        measured=mean if "mean over folds" in what else found["pooled"]["uar"],
        stands_on=f"{stands_on(found['pooled'], 'all clips together ')}; {spread}",
        protocol=f"{found['protocol']}.",
        command=COMMANDS[name],
    )


def _corpora(files: Files) -> Bar:
    found = files.folds(LOCO)
    what = "leave one corpus out over CREMA-D, RAVDESS, TESS, EMO-DB, 4 classes (angry happy neutral sad), mean UAR"
    if found is None or found["side"] != "test" or found["labels"] != FOUR:
        return Bar(what=what, floor=0.48, goal=0.58, command=COMMANDS[LOCO])
    each = "; ".join(f"{name} {row['uar']:.3f} ({stands_on(row)})" for name, row in found["corpora"].items())
    return Bar(
        what=what,
        floor=0.48,
        goal=0.58,
        measured=found["mean_over_corpora"]["uar"],
        stands_on=each,
        protocol=f"{found['protocol']}.",
        command=COMMANDS[LOCO],
    )


def _robustness(files: Files) -> list[Bar]:
    row = files.row(SHIPPED, "test", "pooled") or {}
    rows = {one["condition"]: one for one in row.get("robustness", ())}
    found = []
    for what, names, floor, goal in _CONDITIONS:
        own = [rows[name] for name in names if name in rows]
        worst = max(own, key=lambda one: float(one["loss"]), default=None)
        found.append(
            Bar(
                what=f"the shipped model under {what}: points of UAR lost",
                floor=floor,
                goal=goal,
                form="{:.2f}",
                most=True,
                measured=None if worst is None else round(100 * (row["uar"] - worst["uar"]), 2),
                stands_on="–" if worst is None else _lost(worst),
                protocol="" if worst is None else protocol_sentence(row),
                command=COMMANDS[f"{SHIPPED}.json"],
            )
        )
    return found


def _lost(worst: dict[str, Any]) -> str:
    lost = points_interval(worst)
    return stands_on(worst, f"UAR {worst['uar']:.3f}, ") + (f"; points lost{lost}" if lost else "")


def _calibration(files: Files) -> list[Bar]:
    row = files.row(SHIPPED, "test", "pooled")
    card = (files.json(f"{SHIPPED}.streams.json") or {}).get("test") or {}
    said = card.get("predictions") or {}
    return [
        Bar(
            what="expected calibration error by clip, held-out speakers",
            floor=0.07,
            goal=0.03,
            most=True,
            command=COMMANDS[f"{SHIPPED}.json"],
            **({} if row is None or row["ece"] is None else _stated(row, "ece") | {"stands_on": _counted(row)}),
        ),
        Bar(
            what="expected calibration error of the smoothed probabilities on streams, held-out speakers",
            floor=0.07,
            goal=0.03,
            most=True,
            measured=said.get("ece"),
            stands_on=f"{said['predictions']:,} predictions of {said['speakers']} speakers" if said else "–",
            protocol=card.get("protocol", ""),
            command=COMMANDS[f"{SHIPPED}.streams.json"],
        ),
    ]


def _counted(row: dict[str, Any]) -> str:
    return f"{row['clips']:,} clips, {row['speakers']} speakers"


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


def bars_markdown(found: Sequence[Bar]) -> str:
    """The table, what was not reached in plain words, and protocol and command of each line."""
    lines = ["| | what | floor | goal | measured | floor reached | goal reached |", "|" + "---|" * 7]
    lines += [f"| {n} | {_cells(bar)} |" for n, bar in enumerate(found, 1)]
    lines += ["", *_verdicts(found), "", "What each stands on, and the command that measures it again:", ""]
    said: dict[str, int] = {}  # a protocol stands once, and later lines name the first that has it
    for n, bar in enumerate(found, 1):
        if bar.measured is None:
            lines.append(f"{n}. Not measured yet: `{bar.command}`.")
            continue
        parts = [] if bar.stands_on == "–" else [f"{bar.stands_on}."]
        first = said.setdefault(bar.protocol, n)
        parts.append(bar.protocol if first == n else f"Protocol as in {first}.")
        lines.append(f"{n}. {' '.join(parts)} `{bar.command}`.")
    return "\n".join(lines) + "\n"


def _cells(bar: Bar) -> str:
    sign = "≤" if bar.most else "≥"
    measured = "not measured yet" if bar.measured is None else f"**{bar.form.format(bar.measured)}**"
    answers = [{True: "yes", False: "**no**", None: "–"}[bar.reaches(line)] for line in (bar.floor, bar.goal)]
    return " | ".join([bar.what, f"{sign} {bar.floor:g}", f"{sign} {bar.goal:g}", measured, *answers])


def _verdicts(found: Sequence[Bar]) -> list[str]:
    """Which floors and goals are not reached, and what is not measured, by their numbers."""
    groups = {
        "Floors not reached": [n for n, bar in enumerate(found, 1) if bar.reaches(bar.floor) is False],
        "Goals not reached": [n for n, bar in enumerate(found, 1) if bar.reaches(bar.goal) is False],
        "Not measured yet": [n for n, bar in enumerate(found, 1) if bar.measured is None],
    }
    return [f"* {name}: {', '.join(map(str, own)) or 'none'}." for name, own in groups.items()]
