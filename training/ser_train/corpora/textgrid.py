"""Read TextGrids of Praat, long and short: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html.

As Praat does, the reader looks at nothing but numbers that stand free, texts in quotation marks and flags in angle
brackets; the words around them, which tell the long form from the short one, are passed over.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from pathlib import Path

from ser_train.corpora.annotation import Annotation, Interval, Tier, read_bytes
from ser_train.errors import TrainingError

__all__ = ["read_textgrid"]

_TOKEN = re.compile(r'"[^"]*(?:""[^"]*)*"|![^\n]*|[^\s"]+')
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_textgrid(path: Path) -> Annotation:
    """Read the interval tiers of a TextGrid; tiers of points are passed over.

    Args:
        path: a text file in UTF-8, or in UTF-16 with a byte order mark.

    Raises:
        TrainingError: if it cannot be read, is no TextGrid in one of the two forms, or ends too early.
    """
    tokens = _Tokens(path, _text(path))
    if not tokens.text().startswith("ooTextFile") or tokens.text() != "TextGrid":
        raise TrainingError(f"{path} is no TextGrid: save it in Praat with “Save as text file…”")
    tokens.number()
    tokens.number()
    if not tokens.exists():
        return Annotation(tiers=())
    return Annotation(tiers=[tier for _ in range(tokens.count()) if (tier := _tier(tokens)) is not None])


def _text(path: Path) -> str:
    data = read_bytes(path)
    if data.startswith(b"ooBinaryFile"):
        raise TrainingError(f"{path} is a binary TextGrid: save it in Praat with “Save as text file…”")
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)  # half a letter at a cut-off end is no fault yet
    except UnicodeDecodeError:
        raise TrainingError(
            f"{path} is not in UTF-8, nor in UTF-16 with a byte order mark: set “Text writing preferences…” of Praat "
            "to UTF-8 and save it again"
        ) from None
    if text.lstrip().startswith('"Praat chronological'):
        raise TrainingError(f"{path} is a chronological TextGrid: save it in Praat with “Save as text file…”")
    return text


def _tier(tokens: _Tokens) -> Tier | None:
    """Read the next tier; None for one of points."""
    kind, name = tokens.text(), tokens.text()
    tokens.number()
    tokens.number()
    count = tokens.count()
    if kind == "IntervalTier":
        intervals = [Interval(tokens.number(), tokens.number(), tokens.text()) for _ in range(count)]
        return Tier(name=name, intervals=intervals)
    if kind != "TextTier":
        raise tokens.fault(f"a tier is of the class {kind!r}, not IntervalTier or TextTier")
    for _ in range(count):
        tokens.number()
        tokens.text()
    return None


class _Tokens:
    """The numbers, texts and flags of a file, one after the other.

    Args:
        path: for messages.
        text: of the file.
    """

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._tokens = _tokens(text)

    def number(self) -> float:
        token = self._next("a number")
        if not _NUMBER.fullmatch(token) or not math.isfinite(value := float(token)):
            raise self.fault(f"a number was expected, not {_short(token)}")
        return value

    def count(self) -> int:
        value = self.number()
        if value < 0 or value != int(value):
            raise self.fault(f"{value:g} cannot be how many there are")
        return int(value)

    def text(self) -> str:
        token = self._next("a text")
        if not token.startswith('"'):
            raise self.fault(f"a text in quotation marks was expected, not {_short(token)}")
        return token[1:-1].replace('""', '"')

    def exists(self) -> bool:
        token = self._next("<exists>")
        if token not in ("<exists>", "<absent>"):
            raise self.fault(f"<exists> was expected, not {_short(token)}")
        return token == "<exists>"

    def fault(self, what: str) -> TrainingError:
        return TrainingError(f"{self._path} is no whole TextGrid ({what}): save it again in Praat")

    def _next(self, what: str) -> str:
        token = next(self._tokens, None)
        if token is None:
            raise self.fault(f"it ends where {what} should come")
        return token


def _tokens(text: str) -> Iterator[str]:
    """Give what counts in a file; comments, which begin with an exclamation mark, and words are left out."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] == '"' or token[0] == "<" or _NUMBER.fullmatch(token):
            yield token


def _short(token: str) -> str:
    return token if len(token) <= 30 else token[:30] + "…"
