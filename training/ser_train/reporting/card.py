"""The model card: Markdown beside the ONNX file, made from the contract inside it and the results beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from ser_train.corpora.licences import encoder_of, heard_corpora, terms
from ser_train.errors import TrainingError
from ser_train.reporting.card_streams import streams_section
from ser_train.reporting.results import Results, read_results, scores_of
from ser_train.reporting.table import evaluation_tables, interval, markdown, number, weak_points
from ser_train.splits import SHARED

__all__ = ["compare_table", "fill_figures", "report_tables", "scores_table", "write_card"]

_MARKS = re.compile(r"(<!-- figures:[^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)

_USE = """\
A label is what acted speech of that kind was meant to express: a perception, not a fact about a person. The model has
heard adult actors, most of them North American English, reading fixed sentences in quiet rooms. Spontaneous speech,
children, old voices, other languages and accents, singing, shouting, illness, telephones and noisy rooms are where it
is weakest, and where its probabilities are worth least.

**Not to be used** to judge people: not in recruitment, policing, border control, insurance, credit, therapy or
diagnosis, not to decide anything about anyone. In the European Union, inferring emotions at work and in education is
prohibited (AI Act, Regulation (EU) 2024/1689, Article 5(1)(f)); elsewhere in its scope people must be told that an
emotion recognition system listens to them (Article 50(3)). Get consent first.
"""


def scores_table(scores: Any) -> str:
    """Markdown table of a contract's scores."""
    lines = [
        "| side | corpus | clips | speakers | UAR | 95 % over speakers | accuracy | ECE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [f"| {' | '.join(_cells(score))} |" for score in scores]) + "\n"


def compare_table(models: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Markdown table of several models' scores, those on the same side and corpus one under the other."""
    places = dict.fromkeys((score["side"], score["corpus"]) for scores in models.values() for score in scores)
    rows = [
        [side, corpus, name, *_cells(score)[2:]]
        for side, corpus in places
        for name, scores in models.items()
        for score in scores
        if (score["side"], score["corpus"]) == (side, corpus)
    ]
    lines = [
        "| side | corpus | model | clips | speakers | UAR | 95 % over speakers | accuracy | ECE |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def report_tables(files: Sequence[Path], side: str | None = None) -> str:
    """Return the scores of model files (`.onnx`) and of results (`.json`) as one table, several models side by side.

    Args:
        files: models and results.
        side: the one side to show, such as `test`; every side by default.

    Raises:
        TrainingError: for a file that holds no scores, or none of that side.
    """
    models = {_name(path, files): _scores_of_side(path, side) for path in files}
    if len(models) == 1:
        ((name, scores),) = models.items()
        return f"{name}:\n\n{scores_table(scores)}"
    protocols = {name: dict.fromkeys(_protocol(score) for score in scores) for name, scores in models.items()}
    said = [f"* {name}: {' '.join(f'{one}.' for one in own) or 'no figures'}" for name, own in protocols.items()]
    return compare_table(models) + "\n" + "\n".join(said) + "\n"


def _name(path: Path, files: Sequence[Path]) -> str:
    """Its name, or all of its path where another file has the same name."""
    return path.name if [other.name for other in files].count(path.name) == 1 else str(path)


def _scores(path: Path) -> Sequence[Mapping[str, Any]]:
    return scores_of(read_results(path)) if path.suffix == ".json" else Classifier(path, "cpu").contract.scores


def _scores_of_side(path: Path, side: str | None) -> Sequence[Mapping[str, Any]]:
    scores = _scores(path)
    chosen = [score for score in scores if side in (None, score["side"])]
    if side is not None and not chosen:
        there = ", ".join(dict.fromkeys(str(score["side"]) for score in scores)) or "none at all"
        raise TrainingError(f"{path} holds no scores of the side {side}, it has {there}: choose another --side")
    return chosen


def _protocol(score: Mapping[str, Any]) -> str:
    return "; ".join([str(score["protocol"]), *map(str, score.get("notes", ())), *filter(None, [score.get("mark")])])


def _cells(score: Mapping[str, Any]) -> list[str]:
    return [
        score["side"],
        score["corpus"],
        str(score["clips"]),
        str(score["speakers"]),
        number(score["uar"]) + (f" ({score['mark']})" if "mark" in score else ""),
        interval(score["uar_interval"]),
        number(score["accuracy"]),
        number(score["ece"]),
    ]


def fill_figures(page: Path, tables: str) -> None:
    """Put the tables between a page's marks `<!-- figures: ... -->` and `<!-- end -->`.

    Raises:
        TrainingError: if the page has no such marks.
    """
    text = page.read_text(encoding="utf-8")
    if not _MARKS.search(text):
        raise TrainingError(f"{page} has no marks `<!-- figures: … -->` and `<!-- end -->`")
    page.write_text(_MARKS.sub(lambda marks: marks[1] + tables + marks[2], text), encoding="utf-8")


def write_card(model: Path) -> None:
    """Write the card of an ONNX file beside it (`.md`), with the details of the results beside it (`.json`)."""
    contract = Classifier(model, "cpu").contract
    beside = model.with_suffix(".json")
    results = read_results(beside) if beside.exists() else {}
    protocols = sorted({_protocol(score) for score in contract.scores})
    shared = any("mark" in score for score in contract.scores)
    model.with_suffix(".md").write_text(
        f"""\
# {model.name}

Written by `ser-train` from what the file itself carries; do not edit.

Labels: {", ".join(contract.labels)}. Input: {contract.window_seconds:g} s of speech at {contract.sample_rate} Hz, \
{contract.features}{"" if contract.normalisation == "none" else ", normalised window by window"}. \
Temperature {contract.temperature:g}; `uncertain` under a smoothed probability of {contract.abstention:g}.
{_quantised(contract.training)}
## What it is worth

{scores_table(contract.scores)}
{f"**{SHARED.capitalize()}.** " if shared else ""}{" ".join(f"Protocol: {protocol}." for protocol in protocols)} UAR \
is the unweighted average recall; a clip in which no
speech was found counts as wrong. ECE is the expected calibration error by clip. Human listeners who hear the voice
alone reach a UAR of 0.407 on CREMA-D against the intended label (single rater).

{_details(results)}{streams_section(model.with_suffix(".streams.json"))}## What it was trained on

{_origin(contract.training)}
## What it must not be used for

{_USE}""",
        encoding="utf-8",
    )


def _details(results: Results) -> str:
    """Whom and what the model fails for, and the tables of the last side measured, of all corpora together.

    Groups are those of CREMA-D, which alone states all of them, where it was measured.
    """
    measured = [(side, rows["pooled"]) for side, rows in results.items() if "per_label" in rows["pooled"]]
    if not measured:
        return ""
    side, row = measured[-1]
    corpora = {name: one for name, one in results[side].items() if name != "pooled"}
    points = "\n".join(f"* {point}" for point in [*weak_points(row), *_weakest_corpus(corpora)])
    tables = {table.title: markdown(table) for table in evaluation_tables(row)}
    robustness = tables.pop("Under test conditions", "Not measured under noise, telephone, rooms and gain.\n")
    groups = tables.pop("Groups of speakers", "The corpora state none.\n")
    whose = "all corpora"
    if corpora.get("cremad", {}).get("groups"):
        whose = "CREMA-D"
        own = evaluation_tables(corpora["cremad"])
        groups = next(markdown(table) for table in own if table.title == "Groups of speakers")
    del tables["Each speaker"]
    parts = {
        f"Where it fails ({side}, all corpora)": f"{points}\n",
        f"Groups ({side}, {whose})": groups,
        f"Robustness ({side}, all corpora)": robustness,
        f"More figures ({side}, all corpora)": "\n".join(tables.values()),
    }
    return "".join(f"## {title}\n\n{text}\n" for title, text in parts.items())


def _weakest_corpus(corpora: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The corpus it does worst on, where there are several."""
    if len(corpora) < 2:
        return []
    name, row = min(corpora.items(), key=lambda one: float(one[1]["uar"]))
    return [f"Weakest corpus, with its UAR: {name} ({number(row['uar'])}; {row['clips']} clips)."]


def _quantised(training: Mapping[str, Any]) -> str:
    said = training.get("quantised")
    if said is None:
        return ""
    beside = (
        f" UAR on validation {said['uar']:.3f} beside {said['uar_of_float']:.3f}." if "uar_of_float" in said else ""
    )
    return f"\nA variant in whole numbers (int8) of {said['of']}: {said['what']}{beside}\n"


def _origin(training: Mapping[str, Any]) -> str:
    """Corpora with their licences, split, seed and commit, as far as the contract says so."""
    corpora = "\n".join(
        f"| {_linked(c['title'], c['url'])} | {c['clips']} | {c['speakers']} | {c['licence']} |"
        for c in training.get("corpora", ())
    )
    if not corpora:
        return "The file does not say.\n"
    return f"""\
| corpus | training clips | speakers | licence |
|---|---|---|---|
{corpora}

Split: {training["split"]}. Seed {training["seed"]}, epoch {training["epoch"]}, commit `{training["commit"]}`.
{_earlier(training)}The weights carry these corpora's terms. Noise added in training: ESC-10 (CC BY 3.0) and the \
Speech Commands backgrounds (CC BY 4.0), where they were at hand.

{terms(training)}"""


def _earlier(training: Mapping[str, Any]) -> str:
    """What only the weights it started from had heard."""
    own = {corpus["name"] for corpus in training["corpora"]}
    earlier = [f"{c['title']} ({c['licence']})" for c in heard_corpora(training) if c["name"] not in own]
    said = f"It started from weights that had heard {', '.join(earlier)}.\n" if earlier else ""
    if encoder := encoder_of(training):
        said += (
            f"Its first layers began as {encoder['title']} ({encoder['licence']}, <{encoder['url']}>), which learnt "
            "words and ends of turns from other speech, no emotions. Who spoke there is not known to us.\n"
        )
    return said


def _linked(title: str, url: str) -> str:
    return f"[{title}]({url})" if url else title
