"""The picture of a session: a pure function of it, with the same lines at the same size."""

from __future__ import annotations

import math
from collections import Counter
from itertools import cycle, groupby, islice, zip_longest
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment

from ser_live.display.canvas import (
    ASCII,
    BOLD,
    DIM,
    PLAIN,
    UNICODE,
    WARNING,
    Frame,
    Line,
    Signs,
    badge,
    bar,
    clean,
    clock,
    fit,
    ink,
    letter,
    share_of,
    wrap,
)
from ser_live.display.desk import KEYS, Desk
from ser_live.display.layout import BAR, NAME, lay_out
from ser_live.display.lettering import large
from ser_live.session import STRIP_SECONDS, LaneState, Session

__all__ = ["render"]

_CLIP_SECONDS: Final = 2.0  # how long the clipping mark stays
_FLOOR_DB: Final = -60.0  # left end of the level meter
_SILENCE: Final = 1e-5  # of full scale: less than a step of 16 bits
_GAP: Final = 3  # columns between two lanes
_LANE, _LANE_LINES = 36, 6  # columns and lines that a lane needs
_RECENT, _TAIL = 20, 400  # windows behind the median and behind the 99th percentile
_FOOTERS: Final = (
    "trained on acted speech; a label is a perception, not a fact {} {}",
    "acted data; a label is perception, not fact {} {}",
    "perception, not fact {} {}",
    "{1}",
)


def render(session: Session, *, width: int, height: int, unicode: bool = True, desk: Desk | None = None) -> Frame:
    """Draw the session: at most `height` lines of at most `width` columns, the same for the same session.

    Args:
        session: what to show.
        width: columns; below 40, and below 10 lines, the less important parts are left out.
        height: lines.
        unicode: whether the terminal can show more than ASCII.
        desk: what the keys have asked for, None where there are none.
    """
    if width < 1 or height < 1:
        return Frame([])
    margin = 1 if width >= 40 else 0
    signs = UNICODE if unicode else ASCII
    inner = width - 2 * margin
    if desk is not None and desk.help:
        lines = _keys(inner, height)
    elif len(session.lanes) == 1 or (desk is not None and desk.lane is not None):
        lane = session.lanes[(desk and desk.lane) or 0]
        lines = _Picture(session, lane, inner, height, signs, desk).lines()
    else:
        lines = _several(session, inner, height, signs, desk)
    return Frame([[Segment(" " * margin), *line.segments] if line.segments else [] for line in lines])


def _keys(width: int, height: int) -> list[Line]:
    """Draw what each key does."""
    lines = [Line(width).add("Keys", BOLD), Line(width)]
    lines += [Line(width).add(f"  {key:<8}", BOLD).add(meaning) for key, meaning in KEYS]
    return lines[:height] if height > len(KEYS) else lines[2 : 2 + height]


def _several(session: Session, width: int, height: int, signs: Signs, desk: Desk | None) -> list[Line]:
    """Draw lanes side by side where there is room for it, else one above the other."""
    whole = _Picture(session, session.lanes[0], width, height, signs, desk)
    columns = max(1, min(len(session.lanes), (width + _GAP) // (_LANE + _GAP)))
    rows = -(-len(session.lanes) // columns)
    top, bottom = [*whole.header(), whole.line()], [whole.clock(), whole.compute(), *whole.notice(), *whole.footer()]
    while len(top) + len(bottom) > max(height - _LANE_LINES * rows, 0):  # the less important go first
        (top or bottom).pop(0)
    room = (height - len(top) - len(bottom)) // rows
    cell, lines = (width - _GAP * (columns - 1)) // columns, list(top)
    for row in range(rows):
        lanes = session.lanes[row * columns : (row + 1) * columns]
        pictures = [_Picture(session, lane, cell, room, signs, of_many=True).lines() for lane in lanes]
        for parts in zip_longest(*pictures, fillvalue=Line(cell)):
            line = Line(width)
            for column, part in enumerate(parts):
                line.to(column * (cell + _GAP))
                for segment in part.segments:
                    line.add(segment.text, segment.style or PLAIN)
            lines.append(line)
    return [*lines, *bottom]


class _Picture:
    """One picture: each method draws a part, in as many lines as the layout says.

    Args:
        session: what is drawn.
        lane: of it.
        width: columns.
        height: lines.
        signs: that the terminal can show.
        desk: what the keys have asked for.
        of_many: there are others beside it, and what concerns all of them is drawn apart.
    """

    def __init__(
        self,
        session: Session,
        lane: LaneState,
        width: int,
        height: int,
        signs: Signs,
        desk: Desk | None = None,
        *,
        of_many: bool = False,
    ) -> None:
        self.session, self.lane, self.width, self.height, self.signs = session, lane, width, height, signs
        self.desk, self.of_many = desk, of_many
        self.word, self.emotion, self.state, self.why = _headline(lane)
        self.notices = wrap(self.clean(session.notice), width - 2, 2, signs.more)
        words = (*map(str.upper, session.labels), "UNCERTAIN", "WARMING UP", "LISTENING", "SHIFTING")
        self.layout = lay_out(width, height, words, len(session.labels), len(self.notices), signs.unicode, of_many)
        self.narrow = width < 48

    def clean(self, text: str) -> str:
        return clean(text, self.signs.unicode)

    def line(self, name: str = "") -> Line:
        return Line(self.width).add("" if self.narrow else name)

    def lines(self) -> list[Line]:
        """Draw all parts, with the lines that are left over shared out between them."""
        layout = self.layout
        parts = [  # with the order in which a part gets an empty line after it
            (3, self.header() if layout.header else []),
            (1, self.headline()),
            (0, self.bars() if layout.columns else self.figures() if layout.bars else []),
            (2, (self.strip() if layout.strip else []) + (self.legend() if layout.legend else [])),
            (4, self.sound()),
            (5, (self.notice() if layout.notice else []) + (self.footer() if layout.footer else [])),
        ]
        parts = [(order, part) for order, part in parts if part]
        spare = max(self.height - sum(len(part) for _, part in parts), 0)
        between = sorted(order for order, _ in parts[:-1])
        gaps = Counter(islice(cycle(between), spare))
        return [line for order, part in parts for line in [*part, *[self.line()] * gaps[order]]]

    def header(self) -> list[Line]:
        session, signs = self.session, self.signs
        if self.of_many:
            return [self.line().add(fit(self.clean(self.lane.name or ""), self.width, signs.more), BOLD)]
        device = fit(self.clean(session.device), self.width // 4, signs.more)
        model = fit(self.clean(session.model), self.width // 3, signs.more)
        right = f"  {model} {signs.dot} {device}"
        line = self.line().add("ser-live  ", BOLD)
        name = f"{self.lane.name}, " if self.lane.name and self.desk and self.desk.lane is not None else ""
        line.add(fit(self.clean(name + session.source), line.room - cell_len(right), signs.more))
        return [line.right(right, DIM)]

    def headline(self) -> list[Line]:
        if self.layout.scale:
            rows = large(self.word, self.layout.scale, unicode=self.signs.unicode)
            state = self.line().add(self.state, BOLD).add(f": {self.why}")
            return [*(self.line().add(row, ink(self.emotion)) for row in rows), state]
        line = self.line().add(f" {self.word} ", badge(self.emotion)).add("  ")
        if self.state.upper() != self.word:
            line.add(f"{self.state}: ", BOLD)
        return [line.add(fit(self.why.removeprefix(f"{self.emotion} "), line.room, self.signs.more))]

    def figures(self) -> list[Line]:
        """Draw the labels' figures where there is no room for bars; the largest first if not all fit."""
        labels = list(self.session.labels)
        if 6 * len(labels) > self.width:
            labels.sort(key=lambda label: -(self.share(label) or 0.0))
        line = self.line()
        for label in labels:
            line.add(letter(label), badge(label)).add(f"{self.per_cent(label)} ")
        return [line]

    def bars(self) -> list[Line]:
        layout, labels = self.layout, self.session.labels
        rows = -(-len(labels) // layout.columns)
        cell = (self.width + 1) // layout.columns  # with a column between two of them
        lines = [self.line() for _ in range(rows * layout.pitch)]
        for index, label in enumerate(labels):
            column, row = divmod(index, rows)
            bold = BOLD if label == self.emotion else PLAIN
            style = ink(label) if self.lane.shown else ink(label) + DIM
            drawn = bar(self.share(label) or 0.0, cell - 1 - BAR, self.signs)
            first, *others = lines[row * layout.pitch : (row + 1) * layout.pitch]
            first.to(column * cell).add(letter(label), badge(label))
            first.add(f" {label:{NAME}.{NAME}} {self.per_cent(label)} ", bold).add(drawn, style)
            for line in others[:-1]:
                line.to(column * cell + BAR).add(drawn, style)
        return lines[: layout.bars]

    def share(self, label: str) -> float | None:
        latest = self.lane.latest
        return None if latest is None else latest.smoothed.get(label)

    def per_cent(self, label: str) -> str:
        share = self.share(label)
        return "   -" if share is None else f"{100 * share_of(share):3.0f}%"

    def strip(self) -> list[Line]:
        """Draw the last minute: a letter where a label begins, blocks while it goes on."""
        lines = [self.line() for _ in range(self.layout.strip)]
        for word, run in groupby(_columns(self.lane, self.width)):
            count = len(list(run))
            for line in lines:
                if not word:
                    silent = word is None and line is lines[-1]
                    line.add((self.signs.dot if silent else " ") * count, DIM)
                elif line is lines[0]:
                    line.add(letter(word), badge(word)).add(self.signs.full * (count - 1), ink(word))
                else:
                    line.add(self.signs.full * count, ink(word))
        return lines

    def legend(self) -> list[Line]:
        line = self.line().add(f"{STRIP_SECONDS:.0f} s ago  ", DIM)
        words: tuple[str, ...] = (*self.session.labels, "uncertain")
        if sum(len(word) + 4 for word in words) + len(". silence  now") > line.room:
            words = ("uncertain",)  # the bars name the others
        for word in words:
            line.add(letter(word), badge(word)).add(f" {word}  ")
        return [line.add(f"{self.signs.dot} silence").right("now", DIM)]

    def sound(self) -> list[Line]:
        layout = self.layout
        parts = (layout.level, self.level), (layout.voice, self.voice), (layout.compute, self.compute)
        return [line() for lines, line in parts if lines]

    def level(self) -> Line:
        lane, signs = self.lane, self.signs
        decibels = 20 * math.log10(lane.peak) if lane.peak > _SILENCE else -math.inf
        clipped = lane.clipped_at is not None and lane.elapsed - lane.clipped_at < _CLIP_SECONDS
        line = self.line("level   ")
        room = max(line.room - len(" -inf dBFS  CLIP "), 0)
        filled = round(share_of(1 - decibels / _FLOOR_DB) * room)
        line.add(signs.level * filled).add(signs.rest * (room - filled), DIM).add(f" {decibels:4.0f} dBFS ")
        return line.add(" CLIP ", WARNING) if clipped else line

    def voice(self) -> Line:
        lane, signs = self.lane, self.signs
        sign, word = (signs.speech, "speech ") if lane.speaking else (signs.silence, "silence")
        spoken = clock(lane.speech_seconds)
        line = self.line("voice   ").add(f"{sign} {word}", BOLD if lane.speaking else PLAIN)
        line.add(f"  {spoken}  " if self.narrow else f"  {spoken} of speech  ")
        return line if self.of_many else self.progress(line)

    def clock(self) -> Line:
        return self.progress(self.line("time    "))

    def progress(self, line: Line) -> Line:
        """Add how far the session is, and of how much where that is known."""
        session, signs = self.session, self.signs
        total, elapsed = session.total, clock(session.elapsed)
        if total is None or not 0 < total < math.inf:
            return line.right(elapsed)
        elapsed = f"{elapsed} / {clock(total)}"
        room = line.room - len(elapsed) - 1
        done = round(share_of(session.elapsed / total) * room)
        if room >= 4:
            line.add(signs.done * done).add(signs.rest * (room - done), DIM)
        return line.right(elapsed)

    def compute(self) -> Line:
        compute, dot, lost = self.session.compute, self.signs.dot, self.session.overflows
        line = self.line("compute ")
        if compute:
            recent, tail = sorted(compute[-_RECENT:]), sorted(compute[-_TAIL:])
            median, p99 = recent[len(recent) // 2], tail[math.ceil(0.99 * len(tail)) - 1]
            line.add(f"{1000 * median:.1f} ms{'' if self.narrow else ' a window'} {dot} p99 {1000 * p99:.1f} ms {dot} ")
        else:
            line.add(f"no window yet {dot} ")
        text = f"{lost} overflow{'' if lost == 1 else 's'}"
        if not lost:
            return line.add(text)
        line.add(f" {text} ", WARNING)
        return line.add(" input lost") if line.room >= len(" input lost") else line

    def notice(self) -> list[Line]:
        notices = self.notices
        if len(notices) > self.layout.notice:
            notices = (fit(" ".join(notices), self.width - 2, self.signs.more),)
        return [self.line().add(f"{' ' if index else '!'} {text}", BOLD) for index, text in enumerate(notices)]

    def footer(self) -> list[Line]:
        if self.desk is not None and (prompt := self.desk.prompt):
            prompt = self.clean(prompt)
            return [self.line().add(prompt if cell_len(prompt) <= self.width else prompt[-self.width :], BOLD)]
        end = "? shows the keys" if self.desk is not None and self.desk.there else "Ctrl-C ends"
        footers = [footer.format(self.signs.dot, end) for footer in _FOOTERS]
        return [self.line().add(next((text for text in footers if len(text) <= self.width), footers[-1]), DIM)]


def _headline(lane: LaneState) -> tuple[str, str, str, str]:
    """Return the large word, the emotion that it is, the state, and what the state means."""
    shown = lane.shown
    if shown is None and lane.speaking:
        return "WARMING UP", "uncertain", "warming up", "speech begins"
    if shown is None:
        return "LISTENING", "uncertain", "listening", "nobody speaks"
    label = shown.label
    best = f"{label} {100 * share_of(shown.smoothed.get(label, 0.0)):.0f}%"
    if shown.state == "warming-up":
        return "WARMING UP", "uncertain", "warming up", f"{shown.speech_seconds:.1f} s of speech so far"
    if shown.state == "uncertain":
        return "UNCERTAIN", "uncertain", "uncertain", f"nothing stands out ({best})"
    if lane.emotion is None:
        return "SHIFTING", "uncertain", "shifting", f"{best} leads, but not steadily yet"
    why = "leads steadily" if shown.state == "committed" else "may still change"
    return label.upper(), label, shown.state, f"{best}, {why}"


def _columns(lane: LaneState, columns: int) -> list[str | None]:
    """Return what was shown longest in each column of the last minute; None for silence, "" before the beginning.

    A column stands for a fixed stretch of the stream, so that the picture moves by whole columns.
    """
    step = STRIP_SECONDS / columns
    first = math.ceil(lane.elapsed / step) - columns
    tallies: list[dict[str | None, float]] = [{} for _ in range(columns)]
    start = 0.0
    for until, word in lane.strip:
        for column in range(max(int(start / step) - first, 0), min(math.ceil(until / step) - first, columns)):
            left = (first + column) * step
            tally = tallies[column]
            tally[word] = tally.get(word, 0.0) + min(until, left + step) - max(start, left)
        start = until
    return [max(tally, key=tally.__getitem__) if tally else "" for tally in tallies]
