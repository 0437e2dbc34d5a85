"""The page of one paper: its systems, how their recordings are divided, and what was chosen where it is silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_train.papers.page_data import PageData, PaperText
from ser_train.papers.prose import names_text, point, shared_points, table, wrapped
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.system import System

__all__ = ["paper_page"]

_PROTOCOL_TITLES = dict(zip(PROTOCOLS, ("the paper's protocol", "unheard speakers"), strict=True))


def paper_page(data: PageData, paper: PaperText, overview: str) -> str:
    """Return the page of a paper, which stands in a folder beside the overview.

    Args:
        data: what the pages are made from.
        paper: that the page is of.
        overview: file name of the overview.
    """
    systems = {name: system for name, system in data.systems.items() if paper.number in system.papers}
    parts = [
        f"# Paper {paper.number}: {paper.title}\n",
        wrapped(f"By {paper.authors}."),
        f"Its scores and its story: [the five papers' systems](../{overview}).\n",
        wrapped(data.fill(paper.text)) if paper.text else "",
        _systems(data, systems),
        _protocols(systems),
        _points(
            "Chosen where the paper is silent or contradicts itself",
            {name: system.choices for name, system in systems.items()},
        ),
        _points("To be known beside the scores", {name: system.notes for name, system in systems.items()}),
    ]
    return "\n".join(filter(None, parts))


def _systems(data: PageData, systems: Mapping[str, System]) -> str:
    """Return the systems, where the papers describe them, and links to their results."""
    header = ("system", "what it is", "described in", "results")
    rows = []
    for name, system in systems.items():
        links = [
            f"[{title}](../results/{name}/{protocol}.md)"
            for protocol, title in _PROTOCOL_TITLES.items()
            if data.results.get((name, protocol))
        ]
        rows.append([f"`{name}`", system.title, system.where, ", ".join(links) or "not run"])
    recipes = "The recipe of a system is `training/ser_train/recipes/papers/SYSTEM.toml`."
    return f"## Its systems\n\n{table(header, rows)}\n{recipes}\n"


def _protocols(systems: Mapping[str, System]) -> str:
    """How the recordings are divided, each sentence once."""
    parts = ["## How the recordings are divided\n"]
    for protocol, title in _PROTOCOL_TITLES.items():
        texts = {name: [s.protocols[protocol].text] for name, s in systems.items() if protocol in s.protocols}
        if not texts:
            continue
        points = [
            point(text if len(systems) == 1 else f"{names_text(names)}: {text}")
            for names, group in shared_points(texts).items()
            for text in group
        ]
        parts.append(f"### {title[:1].upper()}{title[1:]}\n\n" + wrapped("\n".join(points)))
    return "\n".join(parts)


def _points(title: str, points: Mapping[str, Sequence[str]]) -> str:
    """Points under the systems that they hold for, each once."""
    groups = shared_points(points)
    if not groups:
        return ""
    parts = [f"## {title}\n"]
    for names, texts in groups.items():
        if len(points) > 1:
            parts.append(f"### {'All of these systems' if len(names) == len(points) else names_text(names)}\n")
        parts.append(wrapped("\n".join(map(point, texts))))
    return "\n".join(parts)
