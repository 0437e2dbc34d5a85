"""Which licences a model's weights carry: those of every corpus in its training, and of its pretrained encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ser_train.corpora.clip import Clip
from ser_train.corpora.known import CORPORA

__all__ = [
    "PretrainedEncoder",
    "TrainingCorpus",
    "commercial_use",
    "corpus_licences",
    "pretrained_encoder",
    "training_corpora",
]

_OPEN = ("cremad",)  # of the known corpora, those whose licence leaves commercial use open


@dataclass(frozen=True, kw_only=True)
class TrainingCorpus:
    """One corpus that a model was trained on, as its contract states it.

    Attributes:
        name: short name.
        title: full name.
        licence: the owners' words.
        url: where the corpus is to be had; empty where that is not known.
        clips: how many trained.
        speakers: how many trained.
    """

    name: str
    title: str
    licence: str
    url: str
    clips: int
    speakers: int

    def to_json(self) -> dict[str, Any]:
        """Return it as a contract carries it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TrainingCorpus:
        """Read it from a contract, which may leave out all but the name."""
        name = str(value["name"])
        return cls(
            name=name,
            title=value.get("title", name),
            licence=value.get("licence", "not stated"),
            url=value.get("url", ""),
            clips=value.get("clips", 0),
            speakers=value.get("speakers", 0),
        )


@dataclass(frozen=True, kw_only=True)
class PretrainedEncoder:
    """The speech encoder that a model's first layers began as.

    Attributes:
        title: full name.
        licence: of its weights.
        url: where it is to be had.
    """

    title: str
    licence: str
    url: str


def corpus_licences(clips: Sequence[Clip]) -> list[TrainingCorpus]:
    """Count the training clips of each corpus and state its licence, sorted by name."""
    corpora = []
    for name in sorted({clip.corpus for clip in clips}):
        known = CORPORA.get(name)
        corpora.append(
            TrainingCorpus(
                name=name,
                title=known.title if known else name,
                licence=known.licence if known else "not known to the trainer: the owner of the recordings says",
                url=known.url if known else "",
                clips=sum(clip.corpus == name for clip in clips),
                speakers=len({clip.speaker for clip in clips if clip.corpus == name}),
            )
        )
    return corpora


def training_corpora(training: Mapping[str, Any]) -> list[TrainingCorpus]:
    """Read the corpora of a contract's `training`, and those of the weights that it started from, each once."""
    start = training.get("start")
    earlier = training_corpora(start) if isinstance(start, Mapping) else []
    stated = [TrainingCorpus.from_json(corpus) for corpus in training.get("corpora", ())]
    return list({corpus.name: corpus for corpus in (*earlier, *stated)}.values())


def pretrained_encoder(training: Mapping[str, Any]) -> PretrainedEncoder | None:
    """Read which pretrained speech encoder the weights, or those that they started from, began as; None without one."""
    start = training.get("start")
    if not isinstance(start, Mapping):
        return None
    encoder = start.get("encoder")
    if not isinstance(encoder, Mapping):
        return pretrained_encoder(start)
    return PretrainedEncoder(title=encoder["title"], licence=encoder["licence"], url=encoder.get("url", ""))


def commercial_use(training: Mapping[str, Any]) -> str:
    """Return a sentence for the card on commercial use; empty where a contract's `training` states no corpora."""
    corpora = training_corpora(training)
    if not corpora:
        return ""
    closed = [f"{c.title} ({c.licence})" for c in corpora if c.name in CORPORA and c.name not in _OPEN]
    unknown = [corpus.title for corpus in corpora if corpus.name not in CORPORA]
    if closed:
        text = (
            f"**Not for commercial use.** These of its corpora do not allow it: {', '.join(closed)}. A model of "
            "CREMA-D alone leaves it open."
        )
    elif unknown:
        text = f"**Commercial use** is for the owners of its corpora to say: {', '.join(unknown)}."
    else:
        text = (
            "**Commercial use is left open** by the licence of its one corpus, CREMA-D: the Open Database License 1.0, "
            "contents under the Database Contents License 1.0, on their conditions (name the source, share adapted "
            "databases alike)."
        )
    if encoder := pretrained_encoder(training):
        text += f" It began as {encoder.title}, whose licences ({encoder.licence}) leave commercial use open."
    if teachers := training.get("teachers"):
        text += f" It learnt from other models, {', '.join(teachers)}: what they heard counts too."
    return text + "\n"
