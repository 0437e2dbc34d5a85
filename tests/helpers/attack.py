"""Many cases made by code, tried in a process of their own, so that a crash or hang of a library is a failure too.

A kind of attack is a function `attack(random, folder)` in a test file: it makes a case from its `Random` and tries
it. It may return or raise a `SerLiveError` of one line. Anything else is a finding: another error, a warning, a
library's own words on standard output or error, a case over its time, memory that grows beyond the bound.

`SER_LIVE_ATTACK=10000` tries so many cases instead of 500; `SER_LIVE_ATTACK_CASE=readers:17` that one alone.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

__all__ = ["ALL", "CASE", "WEIGHTS", "cases_of", "survive"]

ALL = int(os.environ.get("SER_LIVE_ATTACK", "500"))
"""Cases of all kinds together."""
CASE = os.environ.get("SER_LIVE_ATTACK_CASE", "")
WEIGHTS = {
    "recordings": 150,
    "media": 6,
    "pipes": 60,
    "contracts": 50,
    "graphs": 60,
    "records": 60,
    "recipes": 30,
    "manifests": 30,
    "annotations": 40,
    "checkpoints": 10,
    "kills": 2,
    "disks": 2,
}
"""Of 500 cases, how many are of which kind."""
_MOST_SECONDS = 20.0  # a case, on a busy machine
_MOST_MEMORY = 400  # MB, beyond what the first case left


def cases_of(kind: str) -> list[int]:
    """Return the seeds of the cases of a kind that are to be tried now."""
    if CASE:
        name, _, seed = CASE.partition(":")
        return [int(seed)] if name == kind else []
    return list(range(max(1, round(ALL * WEIGHTS[kind] / sum(WEIGHTS.values())))))


def survive(kind: str, file: str, *, seconds: float = _MOST_SECONDS, megabytes: int = _MOST_MEMORY) -> Counter[str]:
    """Try all cases of a kind; fail the test at the first finding, with its seed; return how the others ended.

    Args:
        kind: a key of `WEIGHTS`.
        file: the test's `__file__`, which has the function `attack`.
        seconds: that a case may take.
        megabytes: by which the memory of the process may grow beyond that of the first case.
    """
    seeds = cases_of(kind)
    if not seeds:
        pytest.skip(f"{CASE} is of another kind")
    again = f"SER_LIVE_ATTACK_CASE={kind}:%s pytest tests/faults/{Path(file).name}"
    ends: Counter[str] = Counter()
    # a case may leave what looks like hangs at exit: the process is killed once it has told its last
    command = [sys.executable, "-W", "error", __file__, file, str(seeds[0]), str(seeds[-1] + 1), str(megabytes)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process,
        selectors.DefaultSelector() as selector,
    ):
        assert process.stdout is not None
        selector.register(process.stdout, selectors.EVENT_READ)
        begun: int | None = None
        try:
            while True:
                if not selector.select(seconds + (40.0 if begun is None else 0.0)):  # imports, once
                    pytest.fail(f"{kind}: seed {begun} did not end in {seconds:g} s; again: {again % begun}")
                line = process.stdout.readline()
                if not line:
                    break
                told = json.loads(line)
                begun = told["seed"]
                if told["end"] == "begun":
                    continue
                if told["end"] not in ("survived", "refused"):
                    pytest.fail(f"{kind}: seed {begun}: {told['end']}\n{told['what']}\nagain: {again % begun}")
                ends[told["end"]] += 1
        finally:
            process.kill()
        code = process.wait()
        if sum(ends.values()) != len(seeds):
            errors.seek(0)
            words = errors.read().decode(errors="replace")[-2000:]
            pytest.fail(f"{kind}: seed {begun} ended the process ({code}); again: {again % begun}\n{words}")
    print(f"{kind}: {len(seeds)} cases, {dict(ends)}")
    return ends


def _work(file: str, first: int, last: int, megabytes: int) -> None:
    """Try the cases and tell of each, before and after."""
    from ser_live.errors import SerLiveError

    report = os.fdopen(os.dup(1), "w", buffering=1)
    spoken = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this process
    os.dup2(spoken.fileno(), 1)  # libraries of C that speak on standard output, where records belong, are heard
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # libmpg123 tells its own notes there; the program silences it (`silence_libraries`)
    attack = _load(file)
    bound = 0.0
    for seed in range(first, last):
        report.write(json.dumps({"seed": seed, "end": "begun"}) + "\n")
        what, end = "", "survived"
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    attack(Random(seed), Path(folder))
            except SerLiveError as error:
                end, what = "refused", str(error)
                if "\n" in what or len(what) > 1500:
                    end = "a sentence that is none"
            except BaseException as error:
                end, what = f"{type(error).__name__} {time.monotonic() - began:.1f} s", traceback.format_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        if os.lseek(spoken.fileno(), 0, os.SEEK_CUR):
            spoken.seek(0)
            end, what = f"a library spoke ({end})", f"{spoken.read()[-1000:]!r}\n{what}"
            spoken.seek(0)
            spoken.truncate()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bound = bound or memory + megabytes
        if memory > bound:
            end, what = f"{memory:.0f} MB of memory", f"at most {bound:.0f} were expected\n{what}"
        report.write(json.dumps({"seed": seed, "end": end, "what": what[-4000:]}) + "\n")
        if end not in ("survived", "refused"):
            break
    os._exit(0)


def _load(file: str) -> Callable[[Random, Path], object]:
    """Return the function `attack` of a test file."""
    sys.path.insert(0, str(Path(__file__).parent))
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[Path(file).stem] = module
    spec.loader.exec_module(module)
    function: Callable[[Random, Path], object] = module.attack
    return function


if __name__ == "__main__":
    _work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
