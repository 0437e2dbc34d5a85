"""On what terms a model's weights may be used: those of every corpus that it heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ser_train.corpora import CORPORA, Clip

__all__ = ["corpus_terms", "encoder_of", "heard_corpora", "terms"]

_OPEN = ("cremad",)  # of the known corpora, those whose licence leaves commercial use open


def heard_corpora(training: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Corpora of a contract's `training`, and those that the weights it started from had heard, each once."""
    start = training.get("start")
    earlier = heard_corpora(start) if isinstance(start, Mapping) else []
    return list({corpus["name"]: corpus for corpus in (*earlier, *training.get("corpora", ()))}.values())


def encoder_of(training: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The pretrained speech encoder that the weights began as, or those that they started from; None without one."""
    start = training.get("start")
    if not isinstance(start, Mapping):
        return None
    encoder = start.get("encoder")
    return encoder if isinstance(encoder, Mapping) else encoder_of(start)


def terms(training: Mapping[str, Any]) -> str:
    """Whether commercial use is open, in words for the card; empty where the corpora are not stated."""
    heard = heard_corpora(training)
    if not heard:
        return ""
    closed = [f"{one['title']} ({one['licence']})" for one in heard if one["name"] in CORPORA and not _is_open(one)]
    unknown = [one["title"] for one in heard if one["name"] not in CORPORA]
    if closed:
        said = (
            f"**Not for commercial use.** These of its corpora do not allow it: {', '.join(closed)}. A model of "
            "CREMA-D alone leaves it open."
        )
    elif unknown:
        said = f"**Commercial use** is for the owners of its corpora to say: {', '.join(unknown)}."
    else:
        said = (
            "**Commercial use is left open** by the licence of its one corpus, CREMA-D: the Open Database License 1.0, "
            "contents under the Database Contents License 1.0, on their conditions (name the source, share adapted "
            "databases alike)."
        )
    if encoder := encoder_of(training):
        said += f" It began as {encoder['title']}, whose licences ({encoder['licence']}) leave commercial use open."
    if teachers := training.get("teachers"):
        said += f" It learnt from other models, {', '.join(teachers)}: what they heard counts too."
    return said + "\n"


def _is_open(corpus: Mapping[str, Any]) -> bool:
    return corpus["name"] in _OPEN


def corpus_terms(clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """What a contract carries of every corpus that trained: title, licence, and how much of it was heard."""
    found = []
    for name in sorted({clip.corpus for clip in clips}):
        own, known = [clip for clip in clips if clip.corpus == name], CORPORA.get(name)
        found.append(
            {
                "name": name,
                "title": known.title if known else name,
                "licence": known.licence if known else "not known to the trainer: the owner of the recordings says",
                "url": known.url if known else "",
                "clips": len(own),
                "speakers": len({clip.speaker for clip in own}),
            }
        )
    return found
