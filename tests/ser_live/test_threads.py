"""One thread does a stream's work, and other programs keep theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fresh_process import PROGRAM, environment, fresh

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
several_cores = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="on one core nothing is divided"
)

HOST = """
import os, sys, time
import numpy as np
def others():
    "Threads but this one, and the processor time that they took, in ns."
    tasks = [f"/proc/self/task/{task}/schedstat" for task in os.listdir("/proc/self/task") if int(task) != os.getpid()]
    return len(tasks), sum(int(open(task).read().split()[0]) for task in tasks)
def prepare():
    import soundfile
    import ser_live
    from ser_live.features import handmade
    if sys.argv[2] == "pipeline":
        return lambda: ser_live.analyze(sys.argv[1])
    samples = soundfile.read(sys.argv[1], dtype="float32")[0][:, 0]
    handmade.averaged(samples, 16_000)  # imports librosa
    return lambda: (handmade.averaged(samples, 16_000), handmade.frames(samples, 16_000))
matrix = np.ones((512, 512), np.float32)
matrix @ matrix
work = prepare()
time.sleep(1.0)  # until the threads of NumPy, and of SciPy where it is, sleep
before = others()
assert work()
after = others()
end = time.monotonic() + 30.0
while others() == after and time.monotonic() < end:  # the system counts a thread's time late
    matrix @ matrix
print(*before, *after, *others())
"""


@several_cores
def test_the_program_works_in_one_thread(tmp_path: Path, short_call: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, "--file", str(short_call), "--format", "jsonl"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment(tmp_path))
    counts, others = [], 0
    while process.poll() is None:
        try:
            threads = sorted(os.listdir(f"/proc/{process.pid}/task"), key=int)
            counts.append(len(threads))
            for thread in threads[1:]:
                fields = Path(f"/proc/{process.pid}/task/{thread}/stat").read_text().rpartition(") ")[2].split()
                others = max(others, int(fields[11]) + int(fields[12]))  # hundredths of a second
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            break
        time.sleep(0.01)
    assert process.wait() == 0
    assert len(counts) > 20
    assert max(counts) == 2  # the second one watches
    assert others <= 10


@several_cores
@pytest.mark.parametrize("what", ["pipeline", pytest.param("handmade features", marks=pytest.mark.papers)])
def test_the_threads_of_somebody_elses_numpy_sleep_and_stay_theirs(what: str, tmp_path: Path, short_call: Path) -> None:
    found = fresh(tmp_path / "home", HOST, short_call, what)
    numbers = [int(number) for number in found.out.split()]
    (threads, asleep), (still, after_us), (_, after_product) = zip(numbers[::2], numbers[1::2], strict=True)
    assert threads == still >= 1
    assert after_us == asleep
    assert after_product > after_us


def test_where_no_thread_may_be_started_the_program_runs(tmp_path: Path, short_call: Path) -> None:
    """A new thread would get a stack that no address space holds; `ulimit -u` would not bind root."""
    resource = pytest.importorskip("resource")
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    if hard != resource.RLIM_INFINITY:
        pytest.skip("the stack's limit cannot be raised here")

    def forbid() -> None:
        resource.setrlimit(resource.RLIMIT_STACK, (2**47, hard))

    refused = "import threading\ntry: threading.Thread(target=print).start()\nexcept RuntimeError: print('refused')"
    assert fresh(tmp_path / "home", refused, preexec_fn=forbid).out == "refused\n"
    found = fresh(tmp_path / "home", PROGRAM, "--file", short_call, "--format", "jsonl", preexec_fn=forbid)
    assert '"summary"' in found.out.splitlines()[-1]
    assert found.err == ""
