"""Find recordings of noise: ESC-10, whose fold 5 is kept for tests, and the long backgrounds of Speech Commands.

ESC-10: Piczak 2015, https://github.com/karolpiczak/ESC-50 (CC BY 3.0).
Speech Commands: Warden 2018, https://arxiv.org/abs/1804.03209 (CC BY 4.0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ser_train.corpora.walk import walk

__all__ = ["find_backgrounds", "find_esc10", "is_noise"]

_FOLDS = {"train": "[1-4]", "validation": "[1-4]", "test": "5"}
_ESC10 = re.compile(r"[1-5]-\d+(-[A-Z])?(-\d+)?")
_BACKGROUNDS = frozenset(
    {"doing_the_dishes", "dude_miaowing", "exercise_bike", "pink_noise", "running_tap", "white_noise"}
)


def find_esc10(folders: Sequence[Path], side: str) -> list[Path]:
    """Return the ESC-10 recordings below these folders, by path.

    Args:
        folders: where they may lie, at any depth.
        side: `train` or `validation` for folds 1 to 4, `test` for fold 5, which training never hears.
    """
    name = re.compile(rf"{_FOLDS[side]}-\d+(-[A-Z])?(-\d+)?")
    return _find(folders, lambda stem: name.fullmatch(stem) is not None)


def find_backgrounds(folders: Sequence[Path]) -> list[Path]:
    """Return the Speech Commands backgrounds below these folders, by path."""
    return _find(folders, _BACKGROUNDS.__contains__)


def is_noise(path: Path) -> bool:
    """Return whether a recording is named as one of ESC-10 or of the Speech Commands backgrounds."""
    return path.stem in _BACKGROUNDS or _ESC10.fullmatch(path.stem) is not None


def _find(folders: Sequence[Path], wanted: Callable[[str], bool]) -> list[Path]:
    return sorted({path for folder in folders for path in walk(folder).files if wanted(path.stem)})
