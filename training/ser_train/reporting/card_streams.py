"""What a model is worth on streams, for its card: the figures that are asked for, and its calibration there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError

__all__ = ["streams_section"]


def streams_section(path: Path) -> str:
    """Section of the card from `<model>.streams.json`, of the test where it was measured; empty without the file.

    Raises:
        TrainingError: if the file holds no score card.
    """
    if not path.exists():
        return ""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        side = next((name for name in ("test", "validation") if name in results), None)
        return "" if side is None else _section(side, results[side])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} holds no score card of streams ({error!r}): make it with ser-train") from None


def _section(side: str, card: Mapping[str, Any]) -> str:
    lines = ["| what | measured | asked for | reached |", "|---|---|---|---|"]
    for row in card["bars"]:
        measured = "none" if row["value"] is None else f"{row['value']:.3g}"
        sign, reached = "≥" if row["at_least"] else "≤", "yes" if row["met"] else "**no**"
        lines.append(f"| {_named(row)} | {measured} | {sign} {row['bar']:g} | {reached} |")
    text = "\n".join(lines)
    return f"## On streams ({side})\n\n{card['protocol']}\n\n{text}\n{_calibration(card)}\n"


def _named(row: Mapping[str, Any]) -> str:
    return f"{row['what']}, {row['unit']}" if row["unit"] else str(row["what"])


def _calibration(card: Mapping[str, Any]) -> str:
    said = card["predictions"]
    if said is None:
        return ""
    return (
        f"\nCalibration error of the smoothed probabilities: {said['ece']:.3f}, over {said['predictions']} predictions "
        f"of {said['speakers']} speakers.\n"
    )
