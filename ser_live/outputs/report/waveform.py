"""The waveform of a lane out of the summary."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

__all__ = ["waveform_of"]


def waveform_of(summary: Mapping[str, Any], lane: str | None) -> dict[str, Any] | None:
    """Return `peaks` (base64, a byte a bin: 255 times the square root of the largest sample) and `bin` (in ms).

    None where the summary has no such waveform, or one that cannot be read.
    """
    waveform = summary.get("waveform")
    if not isinstance(waveform, Mapping):
        return None
    bin_seconds, rows = waveform.get("bin_seconds"), waveform.get("lanes")
    if not isinstance(bin_seconds, (int, float)) or not 0 < bin_seconds < 1e6 or not isinstance(rows, list):
        return None
    for row in rows:
        if isinstance(row, Mapping) and row.get("name") == lane:
            try:
                peaks = base64.b64decode(str(row.get("peaks")), validate=True)
            except ValueError:
                return None
            return {"peaks": base64.b64encode(peaks).decode("ascii"), "bin": 1000 * bin_seconds}
    return None
