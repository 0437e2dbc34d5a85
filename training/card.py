"""The model card: Markdown beside the ONNX file, made from the contract that is inside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from training.errors import TrainingError

__all__ = ["fill_figures", "scores_table", "write_card"]

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
    lines += [
        f"| {s['side']} | {s['corpus']} | {s['clips']} | {s['speakers']} | {s['uar']:.3f} "
        f"| {s['uar_interval'][0]:.3f} to {s['uar_interval'][1]:.3f} | {s['accuracy']:.3f} | {s['ece']:.3f} |"
        for s in scores
    ]
    return "\n".join(lines) + "\n"


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
    """Write the card of an ONNX file beside it (`.md`)."""
    contract = Classifier(model, "cpu").contract
    training = contract.training
    features = contract.features
    corpora = "\n".join(
        f"| [{c['title']}]({c['url']}) | {c['clips']} | {c['speakers']} | {c['licence']} |" for c in training["corpora"]
    )
    protocols = sorted({str(score["protocol"]) for score in contract.scores})
    model.with_suffix(".md").write_text(
        f"""\
# {model.name}

Written by `ser-train` from what the file itself carries; do not edit.

Labels: {", ".join(contract.labels)}. Input: {contract.window_seconds:g} s of speech at {contract.sample_rate} Hz, \
{features.n_mels} log-mel bands from {features.f_min:g} to {features.f_max:g} Hz, normalised window by window. \
Temperature {contract.temperature:g}; `uncertain` under a smoothed probability of {contract.abstention:g}.

## What it is worth

{scores_table(contract.scores)}
{" ".join(f"Protocol: {protocol}." for protocol in protocols)} UAR is the unweighted average recall; a clip in which no
speech was found counts as wrong. ECE is the expected calibration error by clip. Human listeners who hear the voice
alone reach a UAR of 0.407 on CREMA-D against the intended label (single rater).

## What it was trained on

| corpus | training clips | speakers | licence |
|---|---|---|---|
{corpora}

Split: {training["split"]}. Seed {training["seed"]}, epoch {training["epoch"]}, commit `{training["commit"]}`.
The weights carry these corpora's terms. Noise added in training: ESC-10 (CC BY 3.0) and the Speech Commands
backgrounds (CC BY 4.0), where they were at hand.

## What it must not be used for

{_USE}""",
        encoding="utf-8",
    )
