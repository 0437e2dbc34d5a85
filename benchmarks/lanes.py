"""What a lane a channel costs: `--channels split` against `--channels mix`, side by side in one run.

    python benchmarks/lanes.py [--minutes 20] [--turns 3]
    python benchmarks/lanes.py --hours 3

The recording is `examples/call.wav`, repeated. Processor time is compared, in turns, so that what else the machine does
weighs on both. `--hours` runs the lanes alone, once, with every output, and looks at the memory on the way.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from outputs import PROGRAM, ROOT, cost

from ser_live.outputs.by_ending import FORMATS

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def recording(path: Path, minutes: float) -> Path:
    """Write the example again and again, as 16 bits."""
    samples, rate = soundfile.read(ROOT / "examples" / "call.wav", dtype="int16")
    with soundfile.SoundFile(path, "w", rate, samples.shape[1], "PCM_16") as file:
        left = round(minutes * 60 * rate)
        while left > 0:
            file.write(samples[:left])
            left -= len(samples)
    return path


def compare(file: Path, minutes: float, turns: int) -> None:
    """Run both in turns, and print the ratio of their processor times."""
    times: dict[str, list[float]] = {"mix": [], "split": []}
    memory: dict[str, float] = {}
    for _ in range(turns):
        for channels, spent in times.items():
            seconds, most = cost(["--file", str(file), "--format", "jsonl", "--channels", channels])
            spent.append(seconds)
            memory[channels] = max(memory.get(channels, 0.0), most)
    for channels, spent in times.items():
        speed = minutes * 60 / min(spent)
        print(f"{channels:>5}: {min(spent):6.1f} s of processor time, {speed:.0f} times real time, ", end="")
        print(f"{memory[channels]:.0f} MB")
    ratio = min(times["split"]) / min(times["mix"])
    print(f"two lanes cost {ratio:.2f} times one; {1 / ratio:.0%} of its speed")


def watch(file: Path, hours: float) -> None:
    """Run the lanes with every output, and print the memory over time and what comes after the end."""
    folder = file.parent
    outs = [word for ending in FORMATS for word in ("--out", str(folder / f"call{ending}"))]
    arguments = ["--file", str(file), "--channels", "split", "--format", "plain", *outs]
    began = time.monotonic()
    process = subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.DEVNULL, cwd=ROOT)
    megabytes = []
    while process.poll() is None:
        time.sleep(1.0)
        try:
            resident = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * PAGE / 1e6
        except (OSError, IndexError):
            continue
        megabytes.append(resident)
    spent = time.monotonic() - began
    thirds = [float(np.median(part)) for part in np.array_split(np.array(megabytes), 3)]
    print(f"{hours:g} hours in {spent:.0f} s; memory in the three thirds: {', '.join(f'{m:.0f} MB' for m in thirds)}")
    lines = (folder / "call.jsonl").stat().st_mtime
    page = (folder / "call.html").stat()
    print(f"report: {page.st_size / 1e6:.1f} MB, {max(0.0, page.st_mtime - lines):.1f} s after the last record")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=20.0, help="length of the recording")
    options.add_argument("--turns", type=int, default=3, help="how often each is run")
    options.add_argument("--hours", type=float, help="run the lanes once, so long")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        minutes = asked.minutes if asked.hours is None else asked.hours * 60
        file = recording(Path(folder) / "call.wav", minutes)
        if asked.hours is None:
            compare(file, minutes, asked.turns)
        else:
            watch(file, asked.hours)


if __name__ == "__main__":
    main()
