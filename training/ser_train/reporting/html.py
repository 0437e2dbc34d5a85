"""One page of an evaluation in HTML: tables and pictures, nothing is fetched, light or dark as the reader's screen."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from string import Template

from ser_train.evaluation.scores import ClipScores, SideScores
from ser_train.reporting.evaluation_tables import evaluation_tables, protocol_sentence, weak_points
from ser_train.reporting.plots import evaluation_picture
from ser_train.reporting.table import Table, interval, number
from ser_train.splits import SHARED

__all__ = ["evaluation_page"]

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --line: #d0d7de; --band: #f6f8fa; --heat: 11, 110, 153;
  --mark: #9a3412; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9aa4af; --paper: #161b22; --line: #30363d;
  --band: #1d232b; --heat: 88, 196, 240; --mark: #fdba74; } }
body { margin: 2rem auto; max-width: 68rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.2; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { background: var(--band); font-weight: 600; }
th:first-child, td:first-child { text-align: left; white-space: normal; max-width: 22rem; }
p.caption, p.protocol { color: var(--quiet); max-width: 52rem; margin: .4rem 0 .6rem; }
p.mark { color: var(--mark); font-weight: 600; }
summary { cursor: pointer; font-weight: 600; margin: 1rem 0; }
img { max-width: 100%; height: auto; }
</style>
</head>
<body>
<h1>$title</h1>
$body
</body>
</html>
""")


def evaluation_page(title: str, results: Mapping[str, SideScores]) -> str:
    """Return the page of all scores: of each side, all corpora together first, then each.

    Args:
        title: of the page.
        results: scores by side.
    """
    parts = [_overview(results)]
    for side, corpora in results.items():
        for corpus in _in_order(corpora):
            parts.append(_section(side, corpus, corpora[corpus]))
    return _PAGE.substitute(title=escape(title), body="\n".join(parts))


def _in_order(corpora: SideScores) -> list[str]:
    """Return the names, all corpora together first; a single corpus is all there is, and stands once."""
    names = [name for name in corpora if name != "pooled"]
    return names if len(names) == 1 or "pooled" not in corpora else ["pooled", *names]


def _overview(results: Mapping[str, SideScores]) -> str:
    rows = [
        [
            f"{side} {corpus}",
            str(scores.clips),
            str(scores.speakers),
            number(scores.uar) + (f" ({SHARED})" if scores.speakers_shared else ""),
            interval(scores.uar_interval),
            number(scores.accuracy),
            number(scores.ece),
        ]
        for side, corpora in results.items()
        for corpus, scores in ((name, corpora[name]) for name in _in_order(corpora))
    ]
    protocols = dict.fromkeys(scores.protocol for corpora in results.values() for scores in corpora.values())
    table = Table(
        title="Overview",
        caption="By clip, against the intended label. " + " ".join(f"Protocol: {protocol}." for protocol in protocols),
        header=("side, corpus", "clips", "speakers", "UAR", "95 % over speakers", "accuracy", "ECE"),
        rows=rows,
    )
    return _table(table, level=2)


def _section(side: str, corpus: str, scores: ClipScores) -> str:
    name = f"{side} {corpus}"
    parts = [f"<h2>{escape(name)}</h2>"]
    if scores.speakers_shared:
        parts.append(f'<p class="mark">{escape(SHARED.capitalize())}.</p>')
    parts.append(f'<p class="protocol">{escape(protocol_sentence(scores))}</p>')
    parts += ["<ul>", *(f"<li>{escape(point)}</li>" for point in weak_points(scores)), "</ul>"]
    pictures = [evaluation_picture(scores, name, dark=dark) for dark in (False, True)]
    light, dark = (base64.b64encode(picture).decode() for picture in pictures)
    parts.append(
        f'<picture><source srcset="data:image/png;base64,{dark}" media="(prefers-color-scheme: dark)">'
        f'<img src="data:image/png;base64,{light}" alt="Confusion matrix, reliability diagram and accuracy by coverage '
        f'of {escape(name)}; the numbers stand in the tables"></picture>'
    )
    *tables, speakers = evaluation_tables(scores)
    parts += [_table(table) for table in tables]
    parts.append(f"<details><summary>{escape(speakers.title)}</summary>{_table(speakers)}</details>")
    return "\n".join(parts)


def _table(table: Table, level: int = 3) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "\n".join(f"<tr>{_cells(row, table, i)}</tr>" for i, row in enumerate(table.rows))
    return (
        f"<h{level}>{escape(table.title)}</h{level}>\n"
        f'<p class="caption">{escape(table.caption)}</p>\n'
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>'
    )


def _cells(row: Sequence[str], table: Table, i: int) -> str:
    heat = table.heat[i] if table.heat else []
    first, *others = row
    cells = [f"<td>{escape(first)}</td>"]
    for j, cell in enumerate(others):
        paint = f' style="background: rgba(var(--heat), {0.6 * heat[j]:.2f})"' if heat else ""
        cells.append(f"<td{paint}>{escape(cell)}</td>")
    return "".join(cells)
