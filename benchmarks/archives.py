"""What `ser-live batch` makes of a machine: one process against two, what a file costs, and going on.

    python benchmarks/archives.py [--recordings 12] [--small 400] [--done 10000] [--ray]

The recordings are pieces of `examples/call.wav`, of a minute each; the small ones last a second. Everything runs in
this machine, one after the other: compare the figures of one run with each other, not with those of another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, "-m", "ser_live", "batch"]
CALL = ROOT / "examples" / "call.wav"


def run(calls: Path, out: Path, *more: str) -> tuple[float, float]:
    """Run a batch; return its seconds on the clock and its highest memory of a process in MB."""
    began = time.perf_counter()
    command = [*PROGRAM, str(calls), "--out-dir", str(out), *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    _, said = process.communicate()
    if process.returncode:
        raise SystemExit(said)
    import resource

    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def pieces(folder: Path, count: int, seconds: float) -> float:
    """Write so many pieces of the example; return their hours."""
    folder.mkdir()
    samples, rate = soundfile.read(CALL, dtype="int16")
    length = round(seconds * rate)
    for number in range(count):
        start = (number * 7919) % (len(samples) - length)
        soundfile.write(folder / f"{number:05}.wav", samples[start : start + length], rate)
    return count * seconds / 3600


def pretend_done(out: Path, calls: Path, count: int) -> None:
    """Multiply one finished recording to so many, as a run would have left them."""
    (mark,) = (out / ".done").glob("*.json")
    digests = json.loads((out / ".digests.json").read_text())
    name = mark.name.removesuffix(".json")
    for number in range(count):
        new = f"copy{number:06}.wav"
        shutil.copyfile(calls / name, calls / new)
        status = (calls / new).stat()
        digests[str(calls / new)] = [status.st_size, status.st_mtime_ns, digests[str(calls / name)][2]]
        shutil.copyfile(mark, out / ".done" / f"{new}.json")
        for ending in (".jsonl", ".html"):
            os.link(out / "recordings" / f"{name}{ending}", out / "recordings" / f"{new}{ending}")
    (out / ".digests.json").write_text(json.dumps(digests))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--recordings", type=int, default=12, help="recordings of a minute")
    options.add_argument("--small", type=int, default=400, help="recordings of a second")
    options.add_argument("--done", type=int, default=10_000, help="recordings that are done already")
    options.add_argument("--ray", action="store_true", help="also on a Ray cluster of two cores in this machine")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hours = pieces(folder / "calls", asked.recordings, 60.0)
        ways = {"1 process": ["--jobs", "1"], "2 processes": ["--jobs", "2"]}
        if asked.ray:
            ways["Ray, 2 cores"] = ["--ray", "local", "--jobs", "2"]
        first = None
        for way, more in ways.items():
            taken, memory = run(folder / "calls", folder / f"out {way}", *more)
            first = first or taken
            speed = hours * 60 / taken
            print(f"{way}: {speed:.2f} h of sound a minute, {first / taken:.2f} x one process, {memory:.0f} MB at most")
        small_hours = pieces(folder / "small", asked.small, 1.0)
        one = pieces(folder / "one", 1, small_hours * 3600 if small_hours * 3600 < 80 else 80.0)
        many, _ = run(folder / "small", folder / "out small", "--jobs", "1", "--formats", "")
        whole, _ = run(folder / "one", folder / "out one", "--jobs", "1", "--formats", "")
        nothing, _ = run(folder / "one", folder / "out one", "--jobs", "1", "--formats", "")
        a_second = (whole - nothing) / (one * 3600)
        print(f"a small file costs {1000 * ((many - nothing) / asked.small - a_second):.1f} ms beside its computing")
        pieces(folder / "single", 1, 1.0)
        run(folder / "single", folder / "out single", "--jobs", "1")
        pretend_done(folder / "out single", folder / "single", asked.done)
        again, _ = run(folder / "single", folder / "out single")
        print(f"{asked.done + 1:,} recordings that are done: {again:.1f} s to find that out and to write the tables")


if __name__ == "__main__":
    main()
