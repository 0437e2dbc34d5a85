"""How late results come when many real clients talk to one server at once.

Run: python benchmarks/serve.py --streams 60 --seconds 30

Every client sends the example call in frames of 100 ms at the pace of speech, each from another place of it. The delay
of a record is the time from when the frame was due whose sound made it possible (`available`) to when it arrived. The
server is held to one core (Linux), the clients run on another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
from websockets.asyncio.client import connect

RATE = 16_000
FRAME = 0.1  # seconds
CALL = Path(__file__).parent.parent / "examples" / "call.wav"


async def client(url: str, sound: bytes, begin: float) -> tuple[list[float], bool]:
    """Send the sound at its pace; return the delays in seconds, and whether the summary came."""
    async with connect(url, compression=None) as socket:
        start = {"type": "start", "sample_rate": RATE, "channels": 1, "encoding": "s16le"}
        await socket.send(json.dumps(start))
        await asyncio.sleep(max(0.0, begin - time.monotonic()))
        began = time.monotonic()

        async def send() -> None:
            size = round(FRAME * RATE) * 2
            for number, at in enumerate(range(0, len(sound), size), 1):
                await asyncio.sleep(max(0.0, began + number * FRAME - time.monotonic()))
                await socket.send(sound[at : at + size])
            await socket.send('{"type": "stop"}')

        sending = asyncio.create_task(send())
        delays, whole = [], False
        async for line in socket:
            now = time.monotonic() - began
            record = json.loads(line)
            if record["type"] == "prediction":
                due = -(-round(record["available"] * 1000) // round(FRAME * 1000)) * FRAME  # the end of its frame
                delays.append(now - due)
            whole = record["type"] == "summary" and record["ended"] == "end"
        await sending
        return delays, whole


async def measure(url: str, streams: int, seconds: float) -> tuple[list[list[float]], int]:
    """Return the delays of every client, and how many got their summary."""
    samples, rate = soundfile.read(CALL, dtype="int16")
    assert rate == RATE
    call = samples.mean(axis=1).astype("<i2")
    begin = time.monotonic() + 5 + streams / 50
    places = [
        np.roll(call, -number * len(call) // streams)[: round(seconds * RATE)].tobytes() for number in range(streams)
    ]
    results = await asyncio.gather(
        *(client(url, place, begin + FRAME * number / streams) for number, place in enumerate(places))
    )
    return [delays for delays, _ in results], sum(whole for _, whole in results)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args(arguments)
    command = [sys.executable, "-m", "ser_live", "serve", "--port", "0", "--max-sessions", str(options.streams)]
    one_core = {0} if hasattr(os, "sched_setaffinity") else set()
    server = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        preexec_fn=(lambda: os.sched_setaffinity(0, one_core)) if one_core else None,
    )
    assert server.stderr is not None
    try:
        found = re.search(r"//(.+:\d+)/", server.stderr.readline().decode())
        assert found
        if one_core and (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)))
        streams, whole = asyncio.run(measure(f"ws://{found[1]}/v1/stream", options.streams, options.seconds))
    finally:
        server.terminate()
        server.wait()
    delays = np.concatenate([np.asarray(each) for each in streams]) * 1000
    medians = [np.median(each) * 1000 for each in streams if each]
    print(f"{options.streams} streams of {options.seconds:g} s, {whole} whole, {len(delays)} predictions")
    print("delay in ms: " + ", ".join(f"p{p} {np.percentile(delays, p):.0f}" for p in (50, 95, 99)))
    print(f"fairness: the streams' median delays are {min(medians):.0f} to {max(medians):.0f} ms")


if __name__ == "__main__":
    main()
