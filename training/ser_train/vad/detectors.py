"""Values of the two detectors on a recording, kept, so that many thresholds can be tried on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import webrtcvad
from numpy.typing import NDArray

import ser_live.vad as live
from ser_live.config import VadMode
from ser_live.tones import ToneMeter
from ser_live.types import SAMPLE_RATE, FloatArray
from ser_live.vad import CELL, Leveller
from ser_train.vad.scores import Thresholds

__all__ = ["SHIPPED", "DetectorValues", "decide", "detector_values", "widened"]

Cells = NDArray[np.bool_]

_FRAME, _CHUNK = live._FRAME, live._CHUNK


SHIPPED = Thresholds(onset=live.ONSET, offset=live.OFFSET, padding=live.PADDING_CELLS)


@dataclass(frozen=True, kw_only=True)
class DetectorValues:
    """Values of both detectors for each begun cell of 10 ms of a recording, as in the live path.

    Attributes:
        webrtc: whether webrtcvad takes the frame that covers the cell for speech, `(cells,)`.
        silero: probability of speech of the chunk that covers the cell's centre, `(cells,)`.
        tone: whether the cell holds a steady tone, which is no speech, `(cells,)`.
    """

    webrtc: Cells
    silero: FloatArray
    tone: Cells

    def since(self, cell: int) -> DetectorValues:
        """Return those of the cells from `cell` on."""
        return DetectorValues(webrtc=self.webrtc[cell:], silero=self.silero[cell:], tone=self.tone[cell:])


def detector_values(samples: FloatArray) -> DetectorValues:
    """Filter and level a recording `(samples,)` at 16 kHz and run both detectors on it once, as if silence followed."""
    cells = -(-len(samples) // CELL)
    whole = -(-(len(samples) + _FRAME + _CHUNK) // CELL) * CELL
    heard = live.high_pass().feed(np.pad(samples, (0, whole - len(samples))))
    tones = np.array(ToneMeter(CELL).feed(heard))
    levelled = Leveller().feed(heard)
    webrtc = webrtcvad.Vad(live._AGGRESSIVENESS)
    pcm = (levelled[: whole // _FRAME * _FRAME] * 32767.0).astype(np.int16).reshape(-1, _FRAME)
    frames = np.array([webrtc.is_speech(frame.tobytes(), SAMPLE_RATE) for frame in pcm])
    silero = _silero()
    silero.reset()
    probabilities = np.array(silero.feed(levelled), np.float32)
    cell = np.arange(cells)
    return DetectorValues(
        webrtc=frames[cell * CELL // _FRAME],
        silero=probabilities[(cell * CELL + CELL // 2) // _CHUNK],
        tone=tones[cell + live._TONE_CELLS],
    )


def decide(values: DetectorValues, mode: VadMode, thresholds: Thresholds) -> Cells:
    """Return whether each cell is speech, `(cells,)`, as `ser_live.vad.SpeechDetector` does with these thresholds."""
    if mode == "webrtc":
        speech = values.webrtc & ~values.tone
    else:
        begins = values.silero >= thresholds.onset
        if mode == "both":
            begins = begins & values.webrtc
        begins = begins & ~values.tone
        # the last cell that began or ended speech says what a cell is
        turns = begins | (values.silero < thresholds.offset) | values.tone
        last = np.maximum.accumulate(np.where(turns, np.arange(len(turns)), -1))
        speech = (last >= 0) & begins[last]
    return widened(speech, thresholds.padding)


def widened(cells: Cells, reach: int) -> Cells:
    """Return whether each cell lies at most `reach` cells from a true one, `(cells,)`."""
    count = np.concatenate([[0], np.cumsum(cells)])
    cell = np.arange(len(cells))
    wide: Cells = count[np.minimum(cell + reach + 1, len(cells))] > count[np.maximum(cell - reach, 0)]
    return wide


@cache
def _silero() -> live._Silero:
    """Return the detector of the live path; one a process: opening it costs more than a clip does."""
    return live._Silero()
