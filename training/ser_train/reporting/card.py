"""The model card: Markdown beside the ONNX file, made from the contract inside it and the results beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ser_live.classifier import Classifier
from ser_live.contract import Contract
from ser_train.corpora import CORPORA
from ser_train.corpora.licences import commercial_use, pretrained_encoder, training_corpora
from ser_train.evaluation.scores import ClipScores
from ser_train.files import write_whole
from ser_train.reporting.card_streams import streams_section
from ser_train.reporting.evaluation_tables import GROUPS, ROBUSTNESS, evaluation_tables, weak_points
from ser_train.reporting.prose import folded, footnoted
from ser_train.reporting.results import Results, read_results
from ser_train.reporting.scores_table import protocol_of, scores_table
from ser_train.reporting.table import markdown, markdown_table, number
from ser_train.splits import SHARED

__all__ = ["card", "write_card"]

_LITTLE = {"clips": 2_000, "speakers": 20}
"""Of what a model heard: with less of either, its card says that it is little."""

_KNOWN = """\
A label is what acted speech of that kind was meant to express: a perception, not a fact about a person. The model has
heard adult actors, most of them North American English, reading fixed sentences in quiet rooms. Spontaneous speech,
children, old voices, other languages and accents, singing, shouting, illness, telephones and noisy rooms are where it
is weakest, and where its probabilities are worth least.
"""

_OWN = """\
A label is what recordings like those above were labelled with: a perception, not a fact about a person. The model has
heard those recordings alone. Other voices, languages, microphones, rooms and ways to speak are where it is
weakest, and where its probabilities are worth least.
"""

_USE = """\
**Not to be used** to judge people: not in recruitment, policing, border control, insurance, credit, therapy or
diagnosis, not to decide anything about anyone. In the European Union, inferring emotions at work and in education is
prohibited (AI Act, Regulation (EU) 2024/1689, Article 5(1)(f)); elsewhere in its scope people must be told that an
emotion recognition system listens to them (Article 50(3)). Get consent first.
"""


def write_card(model: Path) -> None:
    """Write the card of an ONNX file beside it (`.md`), with the details of the results beside it (`.json`)."""
    beside = model.with_suffix(".json")
    results = read_results(beside) if beside.exists() else {}
    streams = streams_section(model.with_suffix(".streams.json"))
    text = card(model.name, Classifier(model, "cpu").contract, results, streams)
    write_whole(model.with_suffix(".md"), folded(footnoted(text)), "the card")


def card(name: str, contract: Contract, results: Results, streams: str = "") -> str:
    """Return the card of a model.

    Args:
        name: of the file.
        contract: inside it.
        results: of the model's evaluation; may be empty.
        streams: section on streams; may be empty.
    """
    protocols = sorted({protocol_of(score) for score in contract.scores})
    shared = any("mark" in score for score in contract.scores)
    source = contract.input
    return f"""\
# {name}

Written by `ser-train` from what the file itself carries; do not edit.

Labels: {", ".join(contract.labels)}. Input: {source.window_seconds:g} s of speech at {source.sample_rate} Hz, \
{source.features}{"" if source.normalisation == "none" else ", normalised window by window"}. \
Temperature {contract.temperature:g}; `uncertain` under a smoothed probability of {contract.abstention:g}.
{_quantised(contract.training)}
## What it is worth

{scores_table(contract.scores)}
{f"**{SHARED.capitalize()}.** " if shared else ""}{" ".join(f"Protocol: {protocol}." for protocol in protocols)} UAR \
is the unweighted average recall; a clip in which no speech was found counts as wrong. ECE is the expected calibration \
error by clip. Human listeners who hear the voice alone reach a UAR of 0.407 on CREMA-D against the intended label \
(single rater).

{_details(results)}{streams}## What it was trained on

{_origin(contract.training)}
## What it must not be used for

{_OWN if any(c.name not in CORPORA for c in training_corpora(contract.training)) else _KNOWN}
{_USE}"""


def _details(results: Results) -> str:
    """Return where the model fails, and the tables of the last side measured, of all corpora together.

    Groups are those of CREMA-D, which alone states all of them, where it was measured.
    """
    if not results:
        return ""
    side, by_corpus = list(results.items())[-1]
    corpora = {name: scores for name, scores in by_corpus.items() if name != "pooled"}
    pooled = by_corpus["pooled"]
    points = "\n".join(f"* {point}" for point in [*weak_points(pooled), *_weakest_corpus(corpora)])
    tables = {table.title: markdown(table) for table in evaluation_tables(pooled)}
    robustness = tables.pop(ROBUSTNESS, "Not measured under noise, telephone, rooms and gain.\n")
    groups = tables.pop(GROUPS, "The corpora state none.\n")
    whose = "all corpora"
    if "cremad" in corpora and corpora["cremad"].groups:
        whose = "CREMA-D"
        groups = next(markdown(table) for table in evaluation_tables(corpora["cremad"]) if table.title == GROUPS)
    del tables["Each speaker"]
    parts = {
        f"Where it fails ({side}, all corpora)": f"{points}\n",
        f"Groups ({side}, {whose})": groups,
        f"Robustness ({side}, all corpora)": robustness,
        f"More figures ({side}, all corpora)": "\n".join(tables.values()),
    }
    return "".join(f"## {title}\n\n{text}\n" for title, text in parts.items())


def _weakest_corpus(corpora: Mapping[str, ClipScores]) -> list[str]:
    """Return a sentence on the corpus with the lowest recall, where there are several."""
    if len(corpora) < 2:
        return []
    name, scores = min(corpora.items(), key=lambda item: item[1].uar)
    return [f"Weakest corpus, with its UAR: {name} ({number(scores.uar)}; {scores.clips} clips)."]


def _quantised(training: Mapping[str, Any]) -> str:
    variant = training.get("quantised")
    if variant is None:
        return ""
    beside = ""
    if "uar_of_float" in variant:
        beside = f" UAR on validation {variant['uar']:.3f} beside {variant['uar_of_float']:.3f}."
    return f"\nQuantised to int8 from {variant['of']}: {variant['what']}{beside}\n"


def _origin(training: Mapping[str, Any]) -> str:
    """Return the corpora with their licences, split, seed and commit, as far as the contract states them."""
    rows = [
        [_linked(corpus["title"], corpus["url"]), str(corpus["clips"]), str(corpus["speakers"]), corpus["licence"]]
        for corpus in training.get("corpora", ())
    ]
    if not rows:
        return "The file does not say.\n"
    return f"""\
{markdown_table(("corpus", "training clips", "speakers", "licence"), rows)}
{_size(training)}
Split: {training["split"]}. Seed {training["seed"]}, epoch {training["epoch"]}, commit `{training["commit"]}`.
{_earlier(training)}The weights carry these corpora's terms. Noise added in training: ESC-10 (CC BY 3.0) and the \
Speech Commands backgrounds (CC BY 4.0), where they were at hand.

{commercial_use(training)}"""


def _size(training: Mapping[str, Any]) -> str:
    """Return a warning where the corpora that trained are small; empty where they are not."""
    counts = {what: sum(int(corpus[what]) for corpus in training["corpora"]) for what in _LITTLE}
    if all(counts[what] >= least for what, least in _LITTLE.items()):
        return ""
    size = " of ".join(f"{n:,} {what if n != 1 else what[:-1]}" for what, n in counts.items())
    return f"\n**Little training data:** {size}. Expect it to hear these voices well at best, and others worse.\n"


def _earlier(training: Mapping[str, Any]) -> str:
    """Return sentences on what only the weights it started from were trained on."""
    names = {corpus["name"] for corpus in training["corpora"]}
    earlier = [f"{c.title} ({c.licence})" for c in training_corpora(training) if c.name not in names]
    text = f"It started from weights that had heard {', '.join(earlier)}.\n" if earlier else ""
    if encoder := pretrained_encoder(training):
        text += (
            f"Its first layers began as {encoder.title} ({encoder.licence}, <{encoder.url}>), which learnt "
            "words and ends of turns from other speech, no emotions. Who spoke there is not known to us.\n"
        )
    return text


def _linked(title: str, url: str) -> str:
    return f"[{title}]({url})" if url else title
