"""The page of the papers' systems: one table, what is not run, and a paragraph a paper; every figure from a file.

What people write about the papers stands in `docs/papers.toml`; its figures are places such as `{d-gru.published}`,
filled from the results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError
from ser_train.papers.metrics import METRICS
from ser_train.papers.plot import overview_picture
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.report import figure_text, people
from ser_train.papers.results import read_result
from ser_train.papers.system import Row, load_row, row_names
from ser_train.reporting.table import interval
from ser_train.settings import near_miss, read_toml

__all__ = ["PAPERS", "RESULTS", "TEXTS", "write_papers_page"]

RESULTS, TEXTS, PICTURE = "docs/results", "docs/papers.toml", "figures/papers.png"
RESULTS_LINK = "results"  # from the page, which stands in docs/
PAPERS = ("T", "D", "Y", "R")

_PLACE = re.compile(r"\{([a-z0-9-]+)\.(paper|published|speaker-independent|difference)\}")


def write_papers_page(root: Path, out: Path) -> Path:
    """Write the page.

    Args:
        root: of the project; results and texts are read from below it.
        out: the Markdown page, in a folder directly below the root; its picture is written into `figures` beside it.

    Raises:
        TrainingError: if a file that is there cannot be understood, or the page cannot be written.
    """
    page = _Page(root)
    sections = [page.text("intro"), page.table(), page.not_run()]
    sections += [page.paper(letter) for letter in PAPERS]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        (out.parent / PICTURE).parent.mkdir(exist_ok=True)
        (out.parent / PICTURE).write_bytes(overview_picture(page.rows, page.results))
        out.write_text("\n".join(["# The five papers' systems\n", *filter(None, sections)]), encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"{out} cannot be written: {error.strerror or error}") from None
    return out


class _Page:
    """The rows with their results, and the parts of the page."""

    def __init__(self, root: Path) -> None:
        self._folder = root / RESULTS
        self.rows = {name: load_row(name) for name in row_names()}
        self.results = {
            (name, protocol): read_result(self._folder, row, protocol)
            for name, row in self.rows.items()
            for protocol in row.protocols
        }
        try:
            self._texts = read_toml(root / TEXTS, "the texts")
        except FileNotFoundError:
            raise TrainingError(f"there are no texts {root / TEXTS}: give the project's folder as --root") from None

    def text(self, key: str) -> str:
        """A text, its places filled."""
        return _PLACE.sub(lambda found: self._place(found[1], found[2]), str(self._texts.get(key, "")))

    def table(self) -> str:
        """Every row: published, reproduced, speaker-independent, and what lies between."""
        header = (
            "row",
            "system",
            "figure",
            "published",
            "here, its protocol",
            "against published",
            "speaker-independent",
            "difference",
        )
        lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
        for name, row in self.rows.items():
            aim = f"{row.published:.4g}" if row.published else f"goal {row.goal:.4g}" if row.goal else "–"
            cells = [name, row.title, METRICS[row.metric], aim]
            own, honest = (self._cell(row, protocol) for protocol in PROTOCOLS)
            lines.append(f"| {' | '.join([*cells, own, self._verdict(row), honest, self._difference(row)])} |")
        return f"## The table\n\n![every row]({PICTURE})\n\n" + "\n".join(lines) + "\n\n" + self.text("table")

    def not_run(self) -> str:
        """What is not run, or not whole, with its hours and its command."""
        lines = []
        for (name, protocol), found in self.results.items():
            done = len(found["seeds"][0]["folds"]) if found else 0
            cost = found["cost"] if found else self._time(name).get(protocol)
            folds = cost["folds"] if cost else 1
            if found and done == folds:
                continue
            hours = _hours(cost, folds - done) if cost else "not timed"
            ran = f"{done} of {folds} folds" if found else "nothing"
            lines.append(f"| {name} | {protocol} | {ran} | {hours} | `{_command(self.rows[name], protocol)}` |")
        if not lines:
            return ""
        head = "| row | protocol | run | hours to go, one seed | command |\n|---|---|---|---|---|\n"
        return f"## Not run, or not whole\n\n{self.text('not_run')}\n{head}" + "\n".join(lines) + "\n"

    def paper(self, letter: str) -> str:
        """What reproduces, what does not, what was chosen; pictures of the rows."""
        rows = {name: row for name, row in self.rows.items() if row.paper == letter}
        own = self._texts.get(letter, {})
        if not rows or not isinstance(own, dict) or not {"title", "text"} <= set(own):
            return ""
        text = _PLACE.sub(lambda found: self._place(found[1], found[2]), own["text"])
        parts = [f"## {own['title']}\n", text]
        parts.append("Chosen where the paper is silent or contradicts itself:\n\n" + _by_row(rows, "choices"))
        if any(row.notes for row in rows.values()):
            parts.append("To be known beside the figures:\n\n" + _by_row(rows, "notes"))
        shown = [
            f"![{name}, {protocol}]({RESULTS_LINK}/{name}/{protocol}.png)\n"
            for name in own.get("pictures", ())
            for protocol in PROTOCOLS
            if self.results.get((name, protocol))
        ]
        return "\n".join([*parts, *shown])

    def _cell(self, row: Row, protocol: str) -> str:
        if protocol not in row.protocols:
            return "–"
        found = self.results[row.name, protocol]
        if found is None:
            return "not run"
        seeds, done, folds = len(found["seeds"]), len(found["seeds"][0]["folds"]), found["cost"]["folds"]
        part = f", {done} of {folds} folds" if done < folds else ""
        over = [interval(found["intervals"].get(row.metric))] if found["speakers"] > 2 else []
        counted = f"{found['clips']:,} clips, {people(found)}, {seeds} seed{'s' * (seeds > 1)}{part}"
        without = [note.split(",")[0] for note in found["notes"] if note.startswith("without ")]
        link = f"[{figure_text(found[row.metric])}]({RESULTS_LINK}/{row.name}/{protocol}.md)"
        return f"{link} ({', '.join([*over, counted, *without])})"

    def _mean(self, row: Row, protocol: str) -> float | None:
        found = self.results.get((row.name, protocol))
        return None if found is None else float(found[row.metric]["mean"])

    def _verdict(self, row: Row) -> str:
        """Against the published figure under the paper's protocol, or against the goal with unheard speakers."""
        mean = self._mean(row, "published" if row.published else "speaker-independent")
        aim = row.published or row.goal
        if mean is None or not aim:
            return ""
        return "reached" if mean >= aim else f"{100 * (aim - mean):.1f} points under"

    def _difference(self, row: Row) -> str:
        own, honest = (self._mean(row, protocol) for protocol in PROTOCOLS)
        return "–" if own is None or honest is None else f"{100 * (own - honest):.1f} points"

    def _place(self, name: str, what: str) -> str:
        if name not in self.rows:
            raise TrainingError(f"{TEXTS}: there is no row {name!r}; {near_miss(name, self.rows)}")
        row = self.rows[name]
        if what == "paper":
            return f"{row.published:.4g}"
        if what == "difference":
            return self._difference(row)
        found = self.results.get((name, what))
        return "not run" if found is None else figure_text(found[row.metric])

    def _time(self, name: str) -> dict[str, Any]:
        """Seconds an epoch that `--time` measured, by protocol."""
        path = self._folder / name / "time.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise TrainingError(f"{path} cannot be read: {error}") from None
        return found


def _by_row(rows: Mapping[str, Row], what: str) -> str:
    """Choices or notes as points, each once, behind the rows that it holds for if those are not all."""
    holds: dict[str, list[str]] = {}
    for name, row in rows.items():
        for one in getattr(row, what):
            holds.setdefault(one, []).append(name)
    lines = []
    for one, names in sorted(holds.items(), key=lambda item: -len(item[1])):
        of = "" if len(names) == len(rows) else f"{', '.join(f'`{name}`' for name in names)}: "
        lines.append(f"* {of}{one}.\n")
    return "".join(lines)


def _hours(cost: dict[str, Any], folds: int) -> str:
    """Hours of the folds that are left, if all epochs are run.

    >>> _hours({"seconds_per_epoch": 36.0, "epochs": 50, "device": "cpu"}, 6)
    'at most 3.0 (36 s an epoch, cpu)'
    """
    hours = cost["seconds_per_epoch"] * cost["epochs"] * folds / 3600
    return f"at most {hours:.1f} ({cost['seconds_per_epoch']:.0f} s an epoch, {cost['device']})"


def _command(row: Row, protocol: str) -> str:
    start = f" --start {row.start}.weights" if row.start else ""
    return f"ser-train paper {row.name} --data DATA --protocol {protocol}{start} --resume"
