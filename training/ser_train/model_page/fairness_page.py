"""The page `docs/fairness.md`: for whom the models are weaker, by how much, and what was tried against it."""

from __future__ import annotations

from ser_train.evaluation.gap import Gap, gap
from ser_train.model_page.fairness_tables import (
    CORPORA,
    KINDS,
    conditions_table,
    corpora_table,
    gaps_table,
    groups_table,
    sides,
)
from ser_train.model_page.files import RESEARCH, SHIPPED, Files, missing
from ser_train.model_page.research import read_research
from ser_train.model_page.shown import MODELS, title
from ser_train.reporting.group_plot import groups_picture
from ser_train.reporting.prose import sentence

__all__ = ["draw_fairness", "fairness_page"]

_HEAD = """\
# For whom it is weaker

Written by `ser-train model-page` from committed results; do not edit. Nobody's voice was opened anew for this page.
UAR is the unweighted average recall over six emotions, by clip; guessing gives 0.167. A range is the 95 % bootstrap \
interval over speakers; one speaker has none. Sex, age and ethnicity are as the corpora state them: CREMA-D states all \
three, EMO-DB sex and age, RAVDESS sex.

"""

_GAPS = """\
The gap is the largest UAR among the groups minus the smallest, of groups with two speakers or more. Its interval is
put together from the bootstrap intervals of the two groups, who share no speaker (Zou and Donner 2008). Which speaker \
is of which group is in no committed file, so the gap itself cannot be drawn over speakers from here. The interval \
does not know that the best and the worst were picked: among three groups or more some gap shows even where there is \
none. An interval that holds 0 proves no gap, and proves no fairness either. Groups of one speaker are left \
out: they have no interval.

"""

_ABSENT = """\
* Groups under noise, telephone and room: conditions are measured for a whole corpus alone, and on the test side alone.
* Groups in the folds (RAVDESS, EMO-DB, a corpus left out): their files hold no groups.
* Calibration, delay and speech that is not found, by group.
* Children, accents, illness, languages other than English and acted German: no corpus here has them.
"""


def fairness_page(files: Files) -> str:
    """Return the whole page."""
    parts = {
        "In short": _short(files),
        "The gap": _each(files, "gaps"),
        "What was tried against it": _tried(files),
        "Every group": _each(files, "groups"),
        "Every corpus": _each(files, "corpora"),
        "Every condition": _each(files, "conditions"),
        "What is not measured": _ABSENT,
    }
    return _HEAD.rstrip() + "\n" + "".join(f"\n## {name}\n\n{body}" for name, body in parts.items())


def draw_fairness(files: Files) -> dict[str, bytes]:
    """Return the picture of the shipped model's groups, by the name of its file."""
    groups = {side: scores.groups for side, scores in sides(files, SHIPPED, "cremad").items() if scores.groups}
    return {"ser-live.groups.png": groups_picture(groups, "ser-live, CREMA-D")} if groups else {}


def _short(files: Files) -> str:
    """Return a line for each kind of group on CREMA-D, and the picture."""
    lines = []
    for kind in KINDS:
        found = {side: gap(scores.groups, kind) for side, scores in sides(files, SHIPPED, "cremad").items()}
        said = [f"{side}: {_words(each)}" for side, each in found.items() if each is not None]
        if said:
            lines.append(f"* **{kind.capitalize()}.** {sentence('; '.join(said))}\n")
    if not lines:
        return missing(f"{SHIPPED}.json")
    picture = "![recall of every group, validation and test](figures/ser-live.groups.png)\n"
    return f"The shipped model on CREMA-D, whose speakers state most:\n\n{''.join(lines)}\n{picture}"


def _words(found: Gap) -> str:
    proof = "the interval holds 0" if found.ends[0] <= 0 <= found.ends[1] else "the interval does not hold 0"
    return (
        f"weakest {found.worst.value} ({found.worst.uar:.3f}), strongest {found.best.value} ({found.best.uar:.3f}), "
        f"gap {found.size:.3f} ({found.ends[0]:.3f} to {found.ends[1]:.3f}), {proof}"
    )


def _each(files: Files, what: str) -> str:
    """Return one kind of table for both released models."""
    parts = [_GAPS.rstrip() + "\n"] if what == "gaps" else []
    for model in MODELS:
        if what == "gaps":
            tables = [gaps_table(files, model, kind) for kind in KINDS]
        elif what == "corpora":
            tables = [corpora_table(files, model)] if files.scores(model, "test", "pooled") else []
        else:
            table = groups_table if what == "groups" else conditions_table
            tables = [table(files, model, corpus) for corpus in CORPORA]
        shown = [each for each in tables if each]
        parts.append("\n".join([f"{title(model)}:\n", *shown]) if shown else missing(f"{model}.json"))
    return "\n".join(parts)


def _tried(files: Files) -> str:
    """Return the trials that state a gap."""
    trials = [trial for trial in read_research(files.root / RESEARCH)[1] if trial.gaps]
    if not trials:
        return (
            "Nothing yet: no trial of the [research log](research.md#research-log) states a gap. A trial of "
            "`docs/research.toml` with a table `gaps` (by sex, age or ethnicity, validation speakers) is listed here.\n"
        )
    lines = []
    for trial in trials:
        gaps = ", ".join(f"{kind} {size:.3f}" for kind, size in trial.gaps.items())
        remark = f" {sentence(trial.remark)}" if trial.remark else ""
        lines.append(f"* {sentence(trial.changed)} Gaps: {gaps}; UAR {trial.uar:.3f}, **{trial.verdict}**.{remark}\n")
    return "".join(lines)
