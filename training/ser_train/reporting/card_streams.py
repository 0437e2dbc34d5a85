"""The card's section on streams: what is asked for and measured there, and the calibration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ser_train.errors import TrainingError
from ser_train.reporting.table import markdown_table

__all__ = ["streams_section"]


def streams_section(path: Path) -> str:
    """Return the section from `<model>.streams.json`, of the test where it was measured; empty without the file.

    Raises:
        TrainingError: if the file holds no score card.
    """
    if not path.exists():
        return ""
    try:
        cards = json.loads(path.read_text(encoding="utf-8"))
        side = next((name for name in ("test", "validation") if name in cards), None)
        return "" if side is None else _section(side, cards[side])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} holds no score card of streams ({error!r}): make it with ser-train") from None


def _section(side: str, card: dict[str, Any]) -> str:
    rows = []
    for bar in card["bars"]:
        name = f"{bar['what']}, {bar['unit']}" if bar["unit"] else str(bar["what"])
        measured = "none" if bar["value"] is None else f"{bar['value']:.3g}"
        sign, reached = "≥" if bar["at_least"] else "≤", "yes" if bar["met"] else "**no**"
        rows.append([name, measured, f"{sign} {bar['bar']:g}", reached])
    table = markdown_table(("what", "measured", "asked for", "reached"), rows)
    return f"## On streams ({side})\n\n{card['protocol']}\n\n{table}{_calibration(card['predictions'])}\n"


def _calibration(predictions: dict[str, Any] | None) -> str:
    if predictions is None:
        return ""
    return (
        f"\nCalibration error of the smoothed probabilities: {predictions['ece']:.3f}, over "
        f"{predictions['predictions']} predictions of {predictions['speakers']} speakers.\n"
    )
