"""TOML files that people write: recipes, rows of the papers, the research log, texts of pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["read_toml"]


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a file.

    Args:
        path: of the file.
        what: it is called in messages.

    Raises:
        FileNotFoundError: if it is not there.
        TrainingError: if it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrainingError(f"{what} {path} cannot be read: {error}") from None
