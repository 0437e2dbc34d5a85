"""What the pages of the papers are made from: recipes, results and the texts of `docs/papers.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.report import score_text
from ser_train.papers.result_files import read_result, read_times
from ser_train.papers.results import Cost, SystemResult
from ser_train.papers.system import System, load_system, system_names
from ser_train.settings import fill, near_miss, read_toml

__all__ = ["RESULTS", "TEXTS", "PageData", "PaperText", "SectionText", "read_page_data"]

RESULTS, TEXTS = "docs/results", "docs/papers.toml"

_PLACE = re.compile(r"\{([a-z0-9-]+)\.(paper|published|speaker-independent|difference)\}")


@dataclass(frozen=True, kw_only=True)
class SectionText:
    """The story of the systems that share a letter.

    Attributes:
        title: of the section.
        text: of the section, with places for scores.
        pictures: systems whose pictures are shown.
    """

    title: str
    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PaperText:
    """One paper.

    Attributes:
        number: as the recipes name it, `000`.
        title: of the paper.
        authors: and where they worked.
        letter: of the section that tells its story.
        text: what a reader of its page must know first.
    """

    number: str
    title: str
    authors: str
    letter: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class PageData:
    """Systems, results and texts.

    Attributes:
        systems: by name, in the order of the table.
        results: of each system and protocol; None where it is not run.
        times: what `--time` measured, of each system and protocol.
        texts: pieces of the overview, by name.
        sections: stories, by letter.
        papers: every paper.
    """

    systems: Mapping[str, System]
    results: Mapping[tuple[str, str], SystemResult | None]
    times: Mapping[tuple[str, str], Cost]
    texts: Mapping[str, str]
    sections: Mapping[str, SectionText]
    papers: Sequence[PaperText]

    def difference(self, system: System) -> str:
        """Return how many points lie between both protocols, or a dash."""
        published, independent = (self.results.get((system.name, protocol)) for protocol in PROTOCOLS)
        if published is None or independent is None:
            return "–"
        return f"{100 * (published.score.mean - independent.score.mean):.1f} points"

    def fill(self, text: str) -> str:
        """Put scores into the places of a text, such as `{d-gru.published}`.

        Raises:
            TrainingError: for a place that names no system.
        """
        return _PLACE.sub(lambda place: self._score(place[1], place[2]), text)

    def _score(self, name: str, what: str) -> str:
        if name not in self.systems:
            raise TrainingError(f"{TEXTS}: there is no system {name!r}; {near_miss(name, self.systems)}")
        system = self.systems[name]
        if what == "paper":
            return f"{system.published:.4g}"
        if what == "difference":
            return self.difference(system)
        result = self.results.get((name, what))
        return "not run" if result is None else score_text(result.score)


def read_page_data(root: Path) -> PageData:
    """Read everything below the project's folder.

    Raises:
        TrainingError: if a file that is there cannot be understood, or there are no texts.
    """
    try:
        texts = read_toml(root / TEXTS, "the texts")
    except FileNotFoundError:
        raise TrainingError(f"there are no texts {root / TEXTS}: give the project's folder as --root") from None
    systems = {name: load_system(name) for name in system_names()}
    sections = {key: value for key, value in texts.items() if key != "papers" and isinstance(value, dict)}
    papers: dict[str, Any] = texts.get("papers", {})
    return PageData(
        systems=systems,
        results={
            (name, protocol): read_result(root / RESULTS, name, protocol)
            for name, system in systems.items()
            for protocol in system.protocols
        },
        times={
            (name, protocol): cost for name in systems for protocol, cost in read_times(root / RESULTS, name).items()
        },
        texts={key: value for key, value in texts.items() if isinstance(value, str)},
        sections={key: fill(SectionText, value, f"{TEXTS}: [{key}]") for key, value in sections.items()},
        papers=[
            fill(PaperText, {"number": number} | value, f"{TEXTS}: [papers.{number}]")
            for number, value in papers.items()
        ],
    )
