"""Words in large letters, of half blocks, or of `#` where there is no Unicode.

A letter is six pixels high. At scale `k` a pixel is `k` columns wide and `k / 2` lines high, which is about square.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["large", "large_height", "large_width"]

_PIXELS = 6
_GLYPHS = {
    letter: tuple(rows.split())
    for letter, rows in {
        "A": ".##. #..# #..# #### #..# #..#",
        "B": "###. #..# ###. #..# #..# ###.",
        "C": ".### #... #... #... #... .###",
        "D": "###. #..# #..# #..# #..# ###.",
        "E": "#### #... ###. #... #... ####",
        "F": "#### #... ###. #... #... #...",
        "G": ".### #... #... #.## #..# .###",
        "H": "#..# #..# #### #..# #..# #..#",
        "I": "### .#. .#. .#. .#. ###",
        "J": "...# ...# ...# ...# #..# .##.",
        "K": "#..# #.#. ##.. ##.. #.#. #..#",
        "L": "#... #... #... #... #... ####",
        "M": "#...# ##.## #.#.# #...# #...# #...#",
        "N": "#..# ##.# ##.# #.## #.## #..#",
        "O": ".##. #..# #..# #..# #..# .##.",
        "P": "###. #..# #..# ###. #... #...",
        "Q": ".##. #..# #..# #..# #.#. .#.#",
        "R": "###. #..# #..# ###. #.#. #..#",
        "S": ".### #... .##. ...# ...# ###.",
        "T": "##### ..#.. ..#.. ..#.. ..#.. ..#..",
        "U": "#..# #..# #..# #..# #..# .##.",
        "V": "#...# #...# #...# .#.#. .#.#. ..#..",
        "W": "#...# #...# #...# #.#.# ##.## #...#",
        "X": "#..# #..# .##. .##. #..# #..#",
        "Y": "#...# .#.#. ..#.. ..#.. ..#.. ..#..",
        "Z": "#### ...# ..#. .#.. #... ####",
        " ": "... ... ... ... ... ...",
    }.items()
}


def large_width(word: str, scale: int) -> int:
    """Return the columns that the word takes.

    Example:
        >>> large_width("HI", 1)  # four pixels, one between the letters, three
        8
    """
    return scale * (sum(len(_glyph(letter)[0]) + 1 for letter in word) - 1) if word else 0


def large_height(scale: int, *, unicode: bool = True) -> int:
    """Return the lines that a word takes."""
    return _PIXELS * scale // 2 if unicode else _PIXELS * max(1, scale // 2)


@lru_cache(maxsize=64)
def large(word: str, scale: int, *, unicode: bool = True) -> tuple[str, ...]:
    """Return the lines of the word, each `large_width` columns wide; a character without a letter is left blank.

    Example:
        >>> large("HI", 1)
        ('█  █ ▀█▀', '█▀▀█  █ ', '█  █ ▄█▄')
    """
    bits = [".".join(_glyph(letter)[row] for letter in word) for row in range(_PIXELS)]
    wide = ["".join(pixel * scale for pixel in row) for row in bits]
    if not unicode:
        return tuple(row.replace(".", " ") for row in wide for _ in range(max(1, scale // 2)))
    halves = [row for row in wide for _ in range(scale)]
    blocks = {"..": " ", "#.": "▀", ".#": "▄", "##": "█"}
    return tuple(
        "".join(blocks[upper + lower] for upper, lower in zip(top, bottom, strict=True))
        for top, bottom in zip(halves[::2], halves[1::2], strict=True)
    )


def _glyph(letter: str) -> tuple[str, ...]:
    return _GLYPHS.get(letter, _GLYPHS[" "])
