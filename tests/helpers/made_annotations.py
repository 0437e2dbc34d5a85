"""Write annotations as Praat and ELAN do, from tiers of intervals, and recordings to belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import soundfile
from voices import noise

Intervals = Sequence[tuple[float, float, str]]


def recording(path: Path, seconds: float = 10.0, channels: int = 1, rate: int = 16_000) -> np.ndarray:
    """Write noise, another one in every channel, and return it as it is read again, `(frames, channels)`."""
    sound = np.stack([noise(seconds, sample_rate=rate, seed=n) for n in range(channels)], 1)
    soundfile.write(path, np.clip(sound, -1, 1), rate)
    return np.asarray(soundfile.read(path, dtype="float32", always_2d=True)[0])


def long_textgrid(tiers: Mapping[str, Intervals], end: float = 10.0) -> str:
    """A TextGrid as `Save as text file…` writes it."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", f"xmax = {end} "]
    lines += ["tiers? <exists> ", f"size = {len(tiers)} ", "item []: "]
    for n, (name, intervals) in enumerate(tiers.items(), 1):
        lines += [f"    item [{n}]:", '        class = "IntervalTier" ', f"        name = {_quoted(name)} "]
        lines += ["        xmin = 0 ", f"        xmax = {end} ", f"        intervals: size = {len(intervals)} "]
        for i, (start, stop, text) in enumerate(intervals, 1):
            lines += [f"        intervals [{i}]:", f"            xmin = {start} ", f"            xmax = {stop} "]
            lines += [f"            text = {_quoted(text)} "]
    return "\n".join(lines) + "\n"


def short_textgrid(tiers: Mapping[str, Intervals], end: float = 10.0) -> str:
    """A TextGrid as `Save as short text file…` writes it."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", f"{end}", "<exists>", f"{len(tiers)}"]
    for name, intervals in tiers.items():
        lines += ['"IntervalTier"', _quoted(name), "0", f"{end}", f"{len(intervals)}"]
        lines += [f"{start}\n{stop}\n{_quoted(text)}" for start, stop, text in intervals]
    return "\n".join(lines) + "\n"


def eaf(
    tiers: Mapping[str, Intervals],
    *,
    media: str = "",
    relative: str = "",
    origin: int = 0,
    people: Mapping[str, str] | None = None,
) -> str:
    """An ELAN file; `people` are the participants of tiers, by the tiers' names."""
    slots: list[str] = []
    body: list[str] = []
    count = 0
    for name, intervals in tiers.items():
        person = (people or {}).get(name, "")
        participant = f" PARTICIPANT={quoteattr(person)}" if person else ""
        body.append(f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID={quoteattr(name)}{participant}>')
        for start, stop, text in intervals:
            count += 1
            slots += [
                f'<TIME_SLOT TIME_SLOT_ID="ts{count}{side}" TIME_VALUE="{round(1000 * at)}"/>'
                for side, at in (("a", start), ("b", stop))
            ]
            body.append(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{count}" TIME_SLOT_REF1="ts{count}a" '
                f'TIME_SLOT_REF2="ts{count}b"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>'
                "</ANNOTATION>"
            )
        body.append("</TIER>")
    offset = f' TIME_ORIGIN="{origin}"' if origin else ""
    described = f"<MEDIA_DESCRIPTOR MEDIA_URL={quoteattr(media)} RELATIVE_MEDIA_URL={quoteattr(relative)}{offset}/>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0">\n'
        f'<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">{described if media or relative else ""}</HEADER>\n'
        f"<TIME_ORDER>{''.join(slots)}</TIME_ORDER>\n{''.join(body)}\n"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="default-lt" TIME_ALIGNABLE="true"/></ANNOTATION_DOCUMENT>\n'
    )


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
