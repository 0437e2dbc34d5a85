"""Send a recording to `ser-live serve` at its own pace, and print what is committed.

Start the server with `ser-live serve`, then run `python examples/serve_client.py examples/call.wav`. It needs
websockets, which comes with `ser-live[serve]`.

A provisional label may still change: show it at most as a hint. A committed one is announced by an event, and the event
with the same `id` closes it: act on these.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import wave

from websockets.asyncio.client import connect

FRAME_SECONDS = 0.1


async def listen(path: str, url: str = "ws://127.0.0.1:8765/v1/stream", pace: float = 1.0) -> None:
    """Send a 16-bit WAV file, `pace` seconds of it in a second, and print events as they come."""
    token = os.environ.get("SER_LIVE_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise SystemExit(f"{path} was expected to have 16 bits a sample: convert it with ffmpeg -i {path} OUT.wav")
        async with connect(url, additional_headers=headers, compression=None) as socket:
            start = {"sample_rate": file.getframerate(), "channels": file.getnchannels(), "encoding": "s16le"}
            await socket.send(json.dumps({"type": "start", **start}))
            sending = asyncio.create_task(send(socket, file, pace))
            async for line in socket:
                show(json.loads(line))
            await sending


async def send(socket: object, file: wave.Wave_read, pace: float) -> None:
    """Send the sound, then the stop; the records come meanwhile."""
    while frames := file.readframes(round(FRAME_SECONDS * file.getframerate())):
        await socket.send(frames)  # type: ignore[attr-defined]
        await asyncio.sleep(FRAME_SECONDS / pace)
    await socket.send('{"type": "stop"}')  # type: ignore[attr-defined]


def show(record: dict[str, object]) -> None:
    """Print what a program would act on."""
    if record["type"] == "event" and record["kind"] == "emotion" and record["end"] is None:
        print(f"{record['start']:8.2f} s  {record['label']}")
    elif record["type"] == "error":
        print(f"error {record['name']}: {record['message']}")
    elif record["type"] == "summary":
        print(f"{record['seconds']} s heard, {record['predictions']} predictions")


if __name__ == "__main__":
    asyncio.run(listen(*sys.argv[1:3]))
