"""The rule of every attack: a case succeeds or ends in one stated sentence, in time, and in bounded memory."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ser_live.errors import SerLiveError

__all__ = ["CASES", "TALLY", "numbers", "survives"]

CASES = int(os.environ.get("SER_LIVE_ATTACK") or 500)
"""Cases of all kinds together; `SER_LIVE_ATTACK=10000` is the long attack."""
SECONDS = 30.0
"""That a case may take; most take some milliseconds."""
MEGABYTES = 400.0
"""That a case may add to the largest size which the process has had; a case takes some kilobytes as a file."""
TALLY: defaultdict[str, Counter[str]] = defaultdict(Counter)
"""How the cases of each kind ended that held to the rule."""
_LONGEST = 1000  # characters of a sentence


def numbers(share: float) -> list[int]:
    """Return the numbers of a kind's cases, that share of all; `SER_LIVE_ATTACK_CASE` leaves one."""
    one = os.environ.get("SER_LIVE_ATTACK_CASE")
    return [int(one)] if one else list(range(max(1, round(CASES * share))))


@contextmanager
def survives(kind: str, number: int, file: str) -> Iterator[random.Random]:
    """Give the random numbers of a case; fail with the way to make it again unless it ends as the rule says."""
    again = f"case {number} of {kind}: SER_LIVE_ATTACK_CASE={number} pytest tests/faults/{Path(file).name} -k {kind}"
    before, began = _peak(), time.monotonic()
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # what a recording lacks is told by a warning
            yield random.Random(f"{kind} {number}")
        TALLY[kind]["done"] += 1
    except SerLiveError as error:
        TALLY[kind]["refused"] += 1
        words = str(error)
        assert 0 < len(words) < _LONGEST, (again, words[:2000])
        assert len(words.splitlines()) == 1, (again, words)
    except Exception as error:
        raise AssertionError(f"{again}: {type(error).__name__}") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    assert time.monotonic() - began < SECONDS, again
    assert _peak() - before < MEGABYTES, (again, before, _peak())


def _peak() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _stop(number: int, frame: object) -> None:
    raise AssertionError(f"it took over {SECONDS:.0f} s")
