"""Speed and memory of `ser-live`, measured side by side in one run on one core, as a Markdown table.

Processor time is measured on one core and on all of them too: one thread does the work, so that it must not grow.

    python benchmarks/live.py [--hours 1] [--write]

The recording is continuous speech: `examples/call.wav` with its pauses cut out, repeated. The first two figures are
taken inside this process, the third says how fast the machine is, the others are of whole processes. `--write` keeps
the table in `benchmarks/live.md` and in `docs/performance.md`.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from ser_live import EmotionPipeline, Prediction
from ser_live.classifier import Classifier
from ser_live.resample import resample
from ser_live.vad import CELL, SpeechDetector

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "ser_live"]
RATE = 48_000


class Usage(NamedTuple):
    """What a process took: seconds of wall clock, of processor time once it ran steadily, and most memory in MB."""

    wall: float
    steady: float
    memory: float


class Watch(threading.Thread):
    """Read a process's accounts while it lives: its highest memory, and its processor time from a moment on.

    `ru_maxrss` would not do: a child starts with its parent's.
    """

    def __init__(self, process: subprocess.Popen[bytes], steady_from: float) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.steady_from = steady_from
        self.memory = 0.0
        self.steady = float("nan")
        self.start()

    def run(self) -> None:
        """Look twenty times a second."""
        began, before = time.perf_counter(), None
        ticks = os.sysconf("SC_CLK_TCK")
        while self.process.returncode is None:
            try:
                status = Path(f"/proc/{self.process.pid}/status").read_text()
                fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                return
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                self.memory = int(found[1]) / 1024
                now, cpu = time.perf_counter(), (int(fields[11]) + int(fields[12])) / ticks
                if before is None and now - began >= self.steady_from:
                    before = (now, cpu)
                elif before is not None and now > before[0]:
                    self.steady = (cpu - before[1]) / (now - before[0])
            time.sleep(0.05)


def continuous_speech(seconds: float) -> np.ndarray:
    """Speech without pauses at 48 kHz, `(samples,)`: the call's own, repeated."""
    samples, rate = soundfile.read(ROOT / "examples" / "call.wav", dtype="float32", always_2d=True)
    signal = samples.sum(axis=1)
    detector = SpeechDetector("both")
    decisions = np.concatenate([detector.feed(signal), detector.flush()])
    speech = resample(signal[np.repeat(decisions, CELL)[: len(signal)]], rate, RATE)
    return np.resize(speech, round(seconds * RATE))


def run(arguments: list[str], *, terminal: bool = False) -> tuple[Usage, float]:
    """Run the program on one core; its usage, and seconds to its first output."""
    began = time.perf_counter()
    if terminal:
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"TERM": "xterm-256color"}
        )
        os.close(slave)
        watch = Watch(process, steady_from=3.0)
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        first = float("nan")
    else:
        process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        watch = Watch(process, steady_from=0.0)
        lines = iter(process.stdout)
        for line in lines:
            if b'"prediction"' in line or b"sage" in line:
                break
        first = time.perf_counter() - began
        for _ in lines:
            pass
    if status := process.wait():
        raise SystemExit(f"{' '.join(arguments)} ended with status {status}")
    return Usage(time.perf_counter() - began, watch.steady, watch.memory), first


def _drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


def processor_time(arguments: list[str], cores: set[int]) -> float:
    """Run the program on these cores, without the variables that steer NumPy's threads; its processor time, seconds."""
    steered = ("OPENBLAS_", "OMP_", "MKL_")
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith(steered)},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def free_and_pinned(arguments: list[str], every_core: set[int], one_core: set[int]) -> tuple[float, float]:
    """Least processor time of three runs on every core and on one, in turn."""
    runs = [(processor_time(arguments, every_core), processor_time(arguments, one_core)) for _ in range(3)]
    free, pinned = zip(*runs, strict=True)
    return min(free), min(pinned)


def steps(signal: np.ndarray) -> tuple[float, float]:
    """Median and 99th percentile, in ms, of the computing between two predictions."""
    pipeline = EmotionPipeline(sample_rate=RATE)
    block = RATE // 20
    times, spent = [], 0.0
    for start in range(0, len(signal), block):
        began = time.perf_counter()
        records = pipeline.feed(signal[start : start + block])
        spent += time.perf_counter() - began
        if any(isinstance(record, Prediction) for record in records):
            times.append(1000 * spent)
            spent = 0.0
    median, p99 = np.percentile(times[4:], [50, 99])
    return float(median), float(p99)


def window_times() -> tuple[float, float]:
    """Median times, in ms, of features and model on one window, all frames anew, and of the model alone."""
    classifier = Classifier()
    samples = np.random.default_rng(0).normal(size=40_000).astype(np.float32)
    whole, model = [], []
    for _ in range(100):
        began = time.perf_counter()
        inputs = classifier.front_end(samples)
        halfway = time.perf_counter()
        classifier.probabilities(inputs)
        ended = time.perf_counter()
        whole.append(1000 * (ended - began))
        model.append(1000 * (ended - halfway))
    return float(np.median(whole)), float(np.median(model))


def matrix_product() -> float:
    """Speed of a 512 x 512 float32 matrix product, GFLOP/s: how fast this core is, for comparing machines."""
    matrix = np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32)
    times = []
    for _ in range(50):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    return float(2 * 512**3 / np.median(times) / 1e9)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hours", type=float, default=1.0, help="length of the long recording")
    options.add_argument("--write", action="store_true", help="keep the table")
    chosen = options.parse_args()
    every_core = os.sched_getaffinity(0)
    one_core = {max(every_core)}
    os.sched_setaffinity(0, one_core)
    rows: list[tuple[str, str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        short, minute, long = (str(Path(folder) / f"{name}.wav") for name in ("short", "minute", "long"))
        soundfile.write(short, continuous_speech(30), RATE)
        soundfile.write(minute, continuous_speech(300), RATE)
        speech = continuous_speech(60)
        with soundfile.SoundFile(long, "w", RATE, 1) as out:
            for _ in range(round(chosen.hours * 60)):
                out.write(speech)
        median, p99 = steps(continuous_speech(120))
        rows.append(
            (
                "computing between two predictions (250 ms of speech), median / p99",
                f"{median:.1f} / {p99:.1f} ms",
                "p99 ≤ 10 ms",
            )
        )
        whole, model = window_times()
        rows.append(("of it, features and model on one window, / the model alone", f"{whole:.1f} / {model:.1f} ms", ""))
        rows.append(("this machine: float32 matrix product on that core", f"{matrix_product():.0f} GFLOP/s", ""))
        usage, _ = run(["--file", short], terminal=True)
        rows.append(("whole program with its screen, once it runs, share of one core", f"{usage.steady:.1%}", "≤ 5 %"))
        runs = [run(["--file", minute, "--format", "jsonl"]) for _ in range(3)]
        small = max(usage.memory for usage, _ in runs)
        fastest, slowest = (300 / pick(usage.wall for usage, _ in runs) for pick in (min, max))
        what = "5 minutes at `--speed max`, × real time, best and worst of three"
        rows.append((what, f"{fastest:.0f} / {slowest:.0f}", "≥ 60"))
        free, pinned = free_and_pinned(
            ["--file", minute, "--duration", "60", "--format", "jsonl"], every_core, one_core
        )
        what = f"processor time of a minute, free on {len(every_core)} cores / pinned to one, and their ratio"
        rows.append((what, f"{free:.2f} / {pinned:.2f} s, {free / pinned:.2f}", "ratio ≤ 1.1"))
        first = min(first for _, first in runs)
        rows.append(("first prediction after the start of the process", f"{first:.2f} s", "≤ 1.5 s"))
        usage, _ = run(["--file", long, "--format", "jsonl"])
        hours = chosen.hours * 3600
        rows.append((f"{chosen.hours:g} h at `--speed max`, × real time", f"{hours / usage.wall:.0f}", "≥ 60"))
        rows.append(("resident memory, 5 min / long", f"{small:.0f} / {usage.memory:.0f} MB", "≤ 150 MB, constant"))
        usage, _ = run(["--help"])
        rows.append(("`ser-live --help`", f"{usage.wall:.2f} s", "≤ 0.5 s"))
    table = "| what | measured | asked for |\n|---|---|---|\n"
    table += "".join(f"| {what} | {measured} | {asked} |\n" for what, measured, asked in rows)
    print(table, end="")
    if chosen.write:
        keep(table)


def keep(table: str) -> None:
    """Write the table beside this file and between the marks of the page on speed."""
    (ROOT / "benchmarks" / "live.md").write_text(table)
    page = ROOT / "docs" / "performance.md"
    marks = re.compile(r"(<!-- speed:[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
    page.write_text(marks.sub(lambda m: m[1] + table + m[2], page.read_text()))


if __name__ == "__main__":
    main()
