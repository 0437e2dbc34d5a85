"""Speed and memory of `ser-live`, measured side by side in one run on one core, as a Markdown table.

    python benchmarks/live.py [--hours 1] [--write]

The recording is continuous speech: `examples/call.wav` with its pauses cut out, repeated. Every figure but the first
block is of a whole process, as the operating system accounts for it. `--write` keeps the table in
`benchmarks/live.md` and in the README.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import resource
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
from ser_live.resample import resample
from ser_live.vad import CELL, SpeechDetector

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "ser_live"]
RATE = 48_000


class Usage(NamedTuple):
    """What a process took: seconds of wall clock and of processor time, largest resident memory in MB."""

    wall: float
    cpu: float
    memory: float


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
        threading.Thread(target=_drain, args=(master,), daemon=True).start()
        first = float("nan")
    else:
        process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        lines = iter(process.stdout)
        for line in lines:
            if b'"prediction"' in line or b"sage" in line:
                break
        first = time.perf_counter() - began
        for _ in lines:
            pass
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with status {status}")
    return Usage(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), first


def _drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


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


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hours", type=float, default=1.0, help="length of the long recording")
    options.add_argument("--write", action="store_true", help="keep the table")
    chosen = options.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
        usage, _ = run(["--file", short], terminal=True)
        rows.append(("whole program with its screen, share of one core", f"{usage.cpu / 30:.1%}", "≤ 5 %"))
        usage, first = run(["--file", minute, "--format", "jsonl"])
        small = usage.memory
        rows.append(("5 minutes at `--speed max`, × real time", f"{300 / usage.wall:.0f}", "≥ 60"))
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
    """Write the table beside this file and between the README's marks."""
    (ROOT / "benchmarks" / "live.md").write_text(table)
    readme = ROOT / "README.md"
    marks = re.compile(r"(<!-- speed:[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)
    readme.write_text(marks.sub(lambda m: m[1] + table + m[2], readme.read_text()))


if __name__ == "__main__":
    main()
