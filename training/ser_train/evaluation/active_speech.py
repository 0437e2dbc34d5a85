"""Where somebody speaks in a recording, by its level alone (ITU-T P.56, https://www.itu.int/rec/T-REC-P.56)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ser_live.types import SAMPLE_RATE, FloatArray

__all__ = ["speaking"]

_CELL = SAMPLE_RATE // 50  # 20 ms
_MARGIN = 10 ** (-15.9 / 10)  # of P.56


def speaking(samples: FloatArray) -> NDArray[np.bool_]:
    """Return where somebody speaks, `(samples,)`: cells of 20 ms less than 15.9 dB under the mean of all such cells.

    The margin is that of ITU-T P.56; as there, level and activity are found together.
    """
    cells = np.pad(samples, (0, -len(samples) % _CELL)).reshape(-1, _CELL)
    power = np.square(cells, dtype=np.float64).mean(axis=1)
    active = np.ones(len(power), np.bool_)
    while True:
        louder = power >= _MARGIN * power[active].mean()
        if (louder == active).all():
            return np.repeat(active, _CELL)[: len(samples)]
        active = active & louder
