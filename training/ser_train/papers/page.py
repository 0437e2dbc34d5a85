"""The page of the papers' systems: one table, what is not run, and the story of each paper; every score from a file.

What people write about the papers stands in `docs/papers.toml`; its scores are places such as `{d-gru.published}`,
filled from the results.
"""

from __future__ import annotations

from pathlib import Path

from ser_train.errors import TrainingError
from ser_train.files import write_whole
from ser_train.papers.metrics import METRICS
from ser_train.papers.page_data import PageData, PaperText, read_page_data
from ser_train.papers.paper_page import paper_page
from ser_train.papers.plot import overview_picture
from ser_train.papers.prose import table, wrapped
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.report import score_text, speakers_text
from ser_train.papers.results import Cost
from ser_train.papers.system import System
from ser_train.reporting.table import interval

__all__ = ["write_pages"]

PICTURE = "figures/papers.png"
RESULTS_LINK = "results"  # from the page, which stands in docs/


def write_pages(root: Path, out: Path) -> list[Path]:
    """Write the page of all systems, its picture, and a page for each paper.

    Args:
        root: of the project; results and texts are read from below it.
        out: the Markdown page, in a folder directly below the root; the picture goes into `figures` beside it, the
            pages of the papers into `papers`.

    Returns:
        what was written.

    Raises:
        TrainingError: if a file that is there cannot be understood, or a page cannot be written.
    """
    data = read_page_data(root)
    files: dict[Path, str | bytes] = {out: overview_page(data)}
    files[out.parent / PICTURE] = overview_picture(data.systems, data.results)
    for paper in data.papers:
        files[out.parent / _link(paper)] = paper_page(data, paper, out.name)
    for path, content in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{path.parent} cannot be written: {error.strerror or error}") from None
        write_whole(path, content)
    return list(files)


def overview_page(data: PageData) -> str:
    """Return the page of all systems."""
    parts = ["# The five papers' systems\n", _text(data, "intro"), _papers(data), _table(data), _not_run(data)]
    parts += [_section(data, letter) for letter in data.sections]
    return "\n".join(filter(None, parts))


def _text(data: PageData, name: str) -> str:
    return wrapped(data.fill(data.texts[name])) if name in data.texts else ""


def _link(paper: PaperText) -> str:
    return f"papers/{paper.number}.md"


def _papers(data: PageData) -> str:
    """Return the papers, and the page of each."""
    if not data.papers:
        return ""
    header = ("paper", "title", "by")
    rows = [[f"[{paper.number}]({_link(paper)})", paper.title, paper.authors] for paper in data.papers]
    return f"## The papers\n\n{_text(data, 'papers_table')}\n{table(header, rows)}"


def _table(data: PageData) -> str:
    """Every system: published, reproduced, with unheard speakers, and what lies between."""
    header = (
        "system",
        "what it is",
        "score",
        "published",
        "here, its protocol",
        "against published",
        "speaker-independent",
        "difference",
    )
    rows = []
    for name, system in data.systems.items():
        aim = f"goal {system.goal:.4g}" if system.goal else "–"
        published, independent = (_cell(data, system, protocol) for protocol in PROTOCOLS)
        rows.append(
            [
                name,
                system.title,
                METRICS[system.metric],
                f"{system.published:.4g}" if system.published else aim,
                published,
                _verdict(data, system),
                independent,
                data.difference(system),
            ]
        )
    return f"## The table\n\n![every system]({PICTURE})\n\n{table(header, rows)}\n{_text(data, 'table')}"


def _cell(data: PageData, system: System, protocol: str) -> str:
    """Return a score with its interval and what it stands on."""
    if protocol not in system.protocols:
        return "–"
    result = data.results[system.name, protocol]
    if result is None:
        return "not run"
    parts = [interval(result.intervals.get(system.metric))] if result.speakers > 2 else []
    parts += [f"{result.clips:,} clips", speakers_text(result.speakers)]
    parts.append(f"{len(result.seeds)} seed{'s' * (len(result.seeds) > 1)}")
    if result.finished_folds < result.cost.folds:
        parts.append(f"{result.finished_folds} of {result.cost.folds} folds")
    parts += [note.split(",")[0] for note in result.notes if note.startswith("without ")]
    return f"[{score_text(result.score)}]({RESULTS_LINK}/{system.name}/{protocol}.md) ({', '.join(parts)})"


def _verdict(data: PageData, system: System) -> str:
    """Against the published score under the paper's protocol, or against the goal with unheard speakers."""
    result = data.results.get((system.name, "published" if system.published else "speaker-independent"))
    aim = system.published or system.goal
    if result is None or not aim:
        return ""
    return "reached" if result.score.mean >= aim else f"{100 * (aim - result.score.mean):.1f} points under"


def _not_run(data: PageData) -> str:
    """Return what is not run, or not whole, with its hours and its command."""
    rows = []
    for (name, protocol), result in data.results.items():
        done = result.finished_folds if result else 0
        cost = result.cost if result else data.times.get((name, protocol))
        folds = cost.folds if cost else 1
        if result and done == folds:
            continue
        hours = _hours(cost, folds - done) if cost else "not timed"
        finished = f"{done} of {folds} folds" if result else "nothing"
        rows.append([name, protocol, finished, hours, f"`{_command(data.systems[name], protocol)}`"])
    if not rows:
        return ""
    header = ("system", "protocol", "run", "hours to go, one seed", "command")
    return f"## Not run, or not whole\n\n{_text(data, 'not_run')}\n{table(header, rows)}"


def _hours(cost: Cost, folds: int) -> str:
    """Hours of the folds that are left, if all epochs are run.

    >>> _hours(Cost(seconds_per_epoch=36.0, epochs=50, folds=6, device="cpu"), 6)
    'at most 3.0 (36 s an epoch, cpu)'
    """
    return f"at most {cost.hours(folds):.1f} ({cost.seconds_per_epoch:.0f} s an epoch, {cost.device})"


def _command(system: System, protocol: str) -> str:
    start = f" --start {system.start}.weights" if system.start else ""
    return f"ser-train paper {system.name} --data DATA --protocol {protocol}{start} --resume"


def _section(data: PageData, letter: str) -> str:
    """Return the story of the systems of a letter, and their pictures."""
    section = data.sections[letter]
    links = " and ".join(f"[paper {p.number}]({_link(p)})" for p in data.papers if p.letter == letter)
    parts = [f"## {section.title}\n", wrapped(data.fill(section.text))]
    if links:
        parts.append(f"What was chosen where the paper is silent: {links}.\n")
    parts += [
        f"![{name}, {protocol}]({RESULTS_LINK}/{name}/{protocol}.png)\n"
        for name in section.pictures
        for protocol in PROTOCOLS
        if data.results.get((name, protocol))
    ]
    return "\n".join(parts)
