"""What a shell may complete: the values that an option takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["among"]


def among(values: Sequence[str]) -> Callable[[str], list[str]]:
    """Return a completer of an option that takes one of these values."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete)]

    return complete
