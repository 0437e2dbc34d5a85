"""The page: a template, our style and script, and the session in it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Final

from ser_live.colours import letter
from ser_live.outputs.report.about import about, facts, settings
from ser_live.outputs.report.call_sheet import call_sheet
from ser_live.outputs.report.columns import milliseconds
from ser_live.outputs.report.contents import Contents
from ser_live.outputs.report.lists import missing_list, stretch_table, warning_list
from ser_live.outputs.report.markup import bdi, colour_of, data, line
from ser_live.outputs.report.shares import WITHHELD, quarters, shares
from ser_live.outputs.report.waveform import waveform_of

__all__ = ["SCRIPTS", "page_pieces"]

SCRIPTS: Final = (
    "data",
    "view",
    "paint",
    "band",
    "overview",
    "lanes",
    "reading",
    "sound",
    "input",
    "table",
    "main",
)
"""The parts of the page's one script, in their order."""
_SOUND_TYPE: Final = "audio/mpeg"


def page_pieces(contents: Contents, sound: Iterator[str] | None) -> Iterator[str]:
    """Return the page in pieces.

    Args:
        contents: what it shows.
        sound: MP3 as lines of base64, None for a page without sound.
    """
    session, summary = contents.session, contents.summary
    style, script = _style(), _script()
    name = str(session.get("source") or "A session")
    sheet = call_sheet(summary)
    share = shares(summary, contents.labels)
    yield Template(_file("report.html")).substitute(
        policy=_policy(style, script),
        title=line(name),
        style=style,
        name=bdi(name),
        facts=facts(session, contents.seconds),
        missing=missing_list(contents, bool(share), bool(sheet)),
        warnings=warning_list(contents.marks, len(contents.lanes) > 1),
        shares=f'<section class="card" id="shares"><h2>Share of time</h2>{share}</section>' if share else "",
        call=f'<section class="card" id="call"><h2>The call</h2>{sheet}{quarters(summary, contents.labels)}</section>'
        if sheet
        else "",
        stretches=stretch_table(contents.stretches, [lane.name for lane in contents.lanes]),
        about=about(session),
        settings=settings(session),
        data=data(_payload(contents, sound is not None)),
    )
    if sound is not None:
        yield f'<script type="text/plain" id="sound-data" data-type="{_SOUND_TYPE}">\n'
        yield from sound
        yield "</script>\n"
    yield f"<script>{script}</script>\n</body>\n</html>\n"


def _payload(contents: Contents, sound: bool) -> dict[str, Any]:
    """Return what the script draws."""
    numbers = {label: number for number, label in enumerate(contents.labels)}
    places = {lane.name: place for place, lane in enumerate(contents.lanes)}
    lanes = []
    for lane in contents.lanes:
        stretches = [
            [milliseconds(s.start), milliseconds(s.end), numbers.get(s.label, -1), round(s.probability or 0.0, 4)]
            for s in contents.stretches
            if s.lane == lane.name
        ]
        wave = waveform_of(contents.summary, lane.name)
        lanes.append({**lane.fields(contents.seconds), "stretches": stretches, "wave": wave})
    return {
        "file": str(contents.session.get("source") or ""),
        "length": milliseconds(contents.seconds),
        "labels": [{"name": word, "colour": colour_of(word), "letter": letter(word)} for word in contents.labels],
        "withheld": {"colour": colour_of(WITHHELD), "letter": letter(WITHHELD)},
        "lanes": lanes,
        "marks": [
            [
                milliseconds(mark.start),
                None if mark.end is None else milliseconds(mark.end),
                mark.kind,
                mark.text,
                None if mark.lane is None else places.get(mark.lane),
            ]
            for mark in contents.marks.kept
        ],
        "sound": sound,
    }


@cache
def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    return _file("report.css")


@cache
def _script() -> str:
    parts = "\n".join(_file(f"script/{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _policy(style: str, script: str) -> str:
    """Return the page's rules for the browser: our style, our script, sound out of the page, and nothing else."""
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; media-src blob:; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
