"""Markdown that a person can read in an editor too: short lines, and long descriptions of splits as footnotes."""

from __future__ import annotations

import re
import textwrap

__all__ = ["WIDTH", "folded", "footnoted", "sentence"]

WIDTH = 120

_CLIPS = r"[\d,]+ clips of [\d,]+ speakers?(?: \([^)]*\))?"
_SPLIT = re.compile(f": (train {_CLIPS}; validation {_CLIPS}; test {_CLIPS})")
"""What `splits.protocol` writes of the three sides behind a split's name."""

_MARK = re.compile(r"(\s*(?:[*-] |\d+\. |\[\^\w+\]: )?)")
_LIST_AT_BEGIN = re.compile(r" (?=(?:[-+*>#=|]|\d+[.)])(?: |$))")


def sentence(text: str) -> str:
    """Return a text as a sentence: a capital at its begin, a full stop at its end.

    >>> sentence("stopped early")
    'Stopped early.'
    """
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def folded(page: str) -> str:
    r"""Return a page whose lines of prose are at most `WIDTH` characters long; tables, titles and code stay.

    >>> print(folded("* " + "word " * 30 + "\n| a | b |\n"), end="")  # doctest: +ELLIPSIS
    * word word ... word
      word word word word word word word
    | a | b |
    """
    lines, code = [], False
    for line in page.split("\n"):
        code ^= line.startswith("```")
        kept = code or len(line) <= WIDTH or line.startswith(("|", "#", "!", "```"))
        lines.append(line if kept else _fold(line))
    return "\n".join(lines)


def _fold(line: str) -> str:
    """Fold one line; no word comes to the begin of a line that would make a list or a title of it there."""
    match = _MARK.match(line)
    mark = match[1] if match else ""
    indent = " " * (4 if mark.startswith("[^") else len(mark))
    glued = _LIST_AT_BEGIN.sub("\0", line[len(mark) :])
    filled = textwrap.fill(
        glued, WIDTH, initial_indent=mark, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace("\0", " ")


def footnoted(page: str) -> str:
    """Return a page on which who trains, chooses and is measured stands once, as a footnote.

    >>> sides = "train 2 clips of 1 speaker (a); validation 1 clips of 1 speaker (a); test 3 clips of 2 speakers (a)"
    >>> print(footnoted(f"Split s: {sides}."))
    Split s[^1].
    <BLANKLINE>
    [^1]: Train 2 clips of 1 speaker (a); validation 1 clips of 1 speaker (a); test 3 clips of 2 speakers (a).
    <BLANKLINE>
    """
    numbers: dict[str, int] = {}

    def refer(match: re.Match[str]) -> str:
        return f"[^{numbers.setdefault(match[1], len(numbers) + 1)}]"

    text = _SPLIT.sub(refer, page)
    notes = "".join(f"\n[^{number}]: {sentence(note)}\n" for note, number in numbers.items())
    return f"{text.rstrip()}\n{notes}" if notes else text
