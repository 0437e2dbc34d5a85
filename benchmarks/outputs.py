"""What outputs cost: every format together against none, side by side in one run, and `convert` of three hours.

    python benchmarks/outputs.py [--minutes 20] [--turns 3]

The recording is `examples/call.wav`, repeated. Processor time is compared, in turns, so that what else the machine
does weighs on both. The three hours are the records of that recording's session, repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import soundfile

from ser_live.outputs.by_ending import FORMATS

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, "-m", "ser_live"]
HOURS = 3.0


def cost(arguments: list[str]) -> tuple[float, float]:
    """Run the program; return its processor time in seconds and its highest memory in MB."""
    process = subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def repeated(lines: list[str], hours: float) -> Iterator[str]:
    """Yield the records of a session again and again, later each time, as one session of so many hours."""
    session, *records, summary = map(json.loads, lines)
    yield json.dumps(session)
    length = float(summary["seconds"])
    for turn in range(round(hours * 3600 / length)):
        for record in records:
            times = {name: round(record[name] + turn * length, 6) for name in _times(record)}
            numbered = {"id": f"{turn}-{record['id']}"} if "id" in record else {}
            yield json.dumps(record | times | numbered)
    yield json.dumps(summary | {"seconds": round(hours * 3600, 3)})


def _times(record: dict[str, object]) -> list[str]:
    return [name for name in ("start", "end", "available") if record.get(name) is not None]


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=20.0, help="length of the recording")
    options.add_argument("--turns", type=int, default=3, help="how often each is run")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        call, rate = soundfile.read(ROOT / "examples" / "call.wav", dtype="float32")
        recording = Path(folder) / "call.wav"
        with soundfile.SoundFile(recording, "w", rate, call.shape[1]) as file:
            for _ in range(max(1, round(chosen.minutes * 60 * rate / len(call)))):
                file.write(call)
        seconds = soundfile.info(recording).duration
        files = {ending: str(Path(folder) / f"out{ending}") for ending in FORMATS}
        outs = [word for path in files.values() for word in ("--out", path)]
        none = ["--file", str(recording)]
        pairs = [(cost(none), cost([*none, *outs, "--overwrite"])) for _ in range(chosen.turns)]
        without, every = (min(seconds for seconds, _ in runs) for runs in zip(*pairs, strict=True))
        print("| what | measured | asked for |\n|---|---|---|")
        print(f"| processor time of {seconds / 60:.0f} minutes without an output | {without:.2f} s | |")
        print(f"| with all {len(files)} formats | {every:.2f} s, {every / without - 1:+.1%} | under +10 % |")
        records = Path(folder) / "long.jsonl"
        with records.open("w") as long:
            lines = Path(files[".jsonl"]).read_text().splitlines()
            long.writelines(f"{line}\n" for line in repeated(lines, HOURS))
        for ending, path in files.items():
            target = str(Path(path).with_stem("long-out"))
            runs = [cost(["convert", str(records), "--out", target, "--overwrite"]) for _ in range(chosen.turns)]
            took, memory = min(runs)
            print(f"| `convert` of {HOURS:g} hours to `{ending}` | {took:.2f} s, {memory:.0f} MB | under 3 s |")


if __name__ == "__main__":
    main()
