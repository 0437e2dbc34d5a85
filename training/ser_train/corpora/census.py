"""Count the clips in data folders and manifests, and compare it with what the corpora's owners released."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ser_train.corpora.audio import RecordingError, clip_seconds
from ser_train.corpora.clip import Clip
from ser_train.corpora.duplicates import equal_recordings
from ser_train.corpora.find import search
from ser_train.corpora.known import CORPORA

__all__ = ["CorpusCensus", "census"]


@dataclass(frozen=True, kw_only=True)
class CorpusCensus:
    """Counts and faults of one corpus.

    Attributes:
        name: short name.
        title: full name.
        licence: the owners' words; empty for a user's recordings.
        url: where the corpus is to be had; empty for a user's recordings.
        files: number of recordings, with those that are left out for a known fault.
        clips: recordings that are used.
        speakers: how many.
        hours: of all files, by their headers.
        labels: files of each label.
        official: files the official release holds, of each label; empty where there is none.
        sexes: speakers of each sex; `unknown` where nobody says.
        missing: official files that are not there, by label; fewer than none where there are too many.
        known_missing: of those, names of recordings that are known to be bad and are left out on purpose.
        double: second copies, each with the recording it repeats: by name, or byte for byte.
        left_out: recordings that are known to be bad and are not used, with the reason.
        odd: recordings that are used although something is known to be wrong with them.
        faulty: recordings that cannot be decoded, hold nothing or are not there, with the reason.
        warnings: sentences about speakers that cannot be right.
    """

    name: str
    title: str
    licence: str
    url: str
    files: int
    clips: int
    speakers: int
    hours: float
    labels: Mapping[str, int]
    official: Mapping[str, int]
    sexes: Mapping[str, int]
    missing: Mapping[str, int]
    known_missing: tuple[str, ...]
    double: Mapping[str, str]
    left_out: Mapping[str, str]
    odd: Mapping[str, str]
    faulty: Mapping[str, str]
    warnings: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether every recording is there once and can be read, but for those that are known to be bad."""
        unexplained = sum(map(abs, self.missing.values())) - len(self.known_missing)
        return unexplained == 0 and not self.double and not self.faulty and not self.warnings


def census(clips: Sequence[Clip], sources: Sequence[Path]) -> list[CorpusCensus]:
    """Count the clips of each corpus, and what the sources hold of it beside them.

    Args:
        clips: what `find_clips` found in `sources`.
        sources: the same folders and manifests; looked through once more for what was left out.

    Raises:
        TrainingError: as `find_clips`.
    """
    by_corpus: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_corpus[clip.corpus].append(clip)
    rest = search(sources, set(by_corpus))
    return [
        _count(
            present,
            [clip for clip in rest.faulty if clip.corpus == name],
            [clip for clip in rest.doubles if clip.corpus == name],
            [clip for clip in rest.absent if clip.corpus == name],
        )
        for name, present in sorted(by_corpus.items())
    ]


def _count(clips: list[Clip], left_out: list[Clip], doubles: list[Clip], absent: list[Clip]) -> CorpusCensus:
    name = clips[0].corpus
    corpus = CORPORA.get(name)
    official = corpus.labels if corpus else {}
    faults = corpus.faults if corpus else {}
    files = [*clips, *left_out]
    labels = Counter(clip.label for clip in files)
    seconds, faulty = _headers(files)
    differences = {label: official.get(label, 0) - labels[label] for label in sorted({*official, *labels})}
    bad_names = {clip.name for clip in left_out}
    by_name = {clip.name: clip for clip in clips}
    double = {str(clip.path): f"the same name as {by_name[clip.name].path}" for clip in doubles}
    for first, *others in equal_recordings(clips):
        double |= {str(clip.path): f"the same bytes as {first.path}" for clip in others}
    sexes = Counter({clip.speaker: clip.sex or "unknown" for clip in files}.values())
    return CorpusCensus(
        name=name,
        title=corpus.title if corpus else name,
        licence=corpus.licence if corpus else "",
        url=corpus.url if corpus else "",
        files=len(files),
        clips=len(clips),
        speakers=len({clip.speaker for clip in files}),
        hours=seconds / 3600,
        labels=dict(sorted(labels.items())),
        official=dict(official),
        sexes=dict(sorted(sexes.items())),
        missing={label: count for label, count in differences.items() if count} if official else {},
        known_missing=tuple(sorted(set(faults) - bad_names)),
        double=double,
        left_out={clip.path.name: faults[clip.name] for clip in left_out},
        odd={c.path.name: corpus.oddities[c.path.stem] for c in clips if corpus and c.path.stem in corpus.oddities},
        faulty=faulty | {str(clip.path): "is not there" for clip in absent},
        warnings=() if corpus else _speaker_warnings(clips),
    )


def _headers(clips: Iterable[Clip]) -> tuple[float, dict[str, str]]:
    """Sum the seconds of all recordings by their headers, and say what is wrong with those that hold no sound."""
    seconds = 0.0
    faulty = {}
    for clip in clips:
        try:
            length = clip_seconds(clip)
        except RecordingError as error:
            faulty[str(clip.path)] = error.reason
            continue
        seconds += length
        if length <= 0:
            faulty[str(clip.path)] = "holds no sample"
    return seconds, faulty


def _speaker_warnings(clips: Sequence[Clip]) -> tuple[str, ...]:
    """Return warnings about speakers of a user's recordings that cannot be right."""
    speakers = {clip.speaker for clip in clips}
    remedy = "give a speaker pattern, or a manifest that names the speakers"
    if len(clips) > 1 and len(speakers) == len(clips):
        return (f"every recording has a speaker of its own: no split can hold voices apart; {remedy}",)
    if len(speakers) == 1:
        return (f"all recordings are of one speaker, {clips[0].speaker}: no new voice can be measured; {remedy}",)
    return ()
