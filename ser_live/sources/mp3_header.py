"""The four bytes before every frame of an MP3: where a frame begins, what it is, where it ends.

ISO/IEC 11172-3, 2.4.1.3, and 13818-3; http://www.mp3-tech.org/programmer/frame_header.html
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST", "START", "frame_kind", "frame_size"]

LONGEST: Final = 2_881
"""Bytes of a frame, at most."""
START: Final = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][^\xf0-\xff]")
"""What a frame of layer III may begin with."""
_BIT_RATES: Final = {  # kbit/s, of MPEG 1 and of MPEG 2 and 2.5; layer III
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_RATES: Final = (44_100, 48_000, 32_000)


def frame_kind(data: bytearray, at: int) -> int:
    """Return what the headers of one stream share: version, layer, rate, one channel or two; 0 where there is none."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2 or data[at + 1] & 0x18 == 0x08:
        return 0
    rate, bits = data[at + 2] >> 2 & 3, data[at + 2] >> 4
    if rate == 3 or bits in (0, 15):
        return 0
    return data[at + 1] & 0xFE | rate << 8 | (data[at + 3] >> 6 == 3) << 10


def frame_size(data: bytearray, at: int, kind: int) -> int:
    """Return the bytes of the frame of that kind that begins there; 0 where none does."""
    if frame_kind(data, at) != kind:
        return 0
    first = data[at + 1] & 0x08 != 0  # MPEG 1
    halves = 0 if first else 1 if data[at + 1] & 0x10 else 2
    rate = _RATES[data[at + 2] >> 2 & 3] >> halves
    bits = _BIT_RATES[first][data[at + 2] >> 4] * 1000
    size: int = (144 if first else 72) * bits // rate + (data[at + 2] >> 1 & 1)
    return size
