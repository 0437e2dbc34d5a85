"""Draw the picture of the README: what the screen shows at one moment of a recording, as SVG.

    python examples/screenshot.py                                  # examples/call.wav to docs/screen.svg
    python examples/screenshot.py talk.flac --at 12.5 --out talk.svg

It runs the shipped model on the recording as the program does, without waiting for the clock.
"""

from __future__ import annotations

import argparse
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ser_live import Classifier, Event, SerLiveError
from ser_live.display import as_svg
from ser_live.lanes import Lanes, lanes_of
from ser_live.session import Session
from ser_live.sources import Source, open_source
from ser_live.types import FloatArray

ROOT = Path(__file__).parent.parent
PIECE = 0.05  # seconds


def listen(source: Source, at: float, model: Path | None = None) -> Session:
    """Hear a source up to a time in seconds, and return the session as it stands then."""
    lanes = Lanes(
        lanes_of("mix", (), source.channels),
        Classifier(model),
        channels=source.channels,
        sample_rate=source.sample_rate,
    )
    session = Session(
        source=source.name,
        model=lanes.classifier.path.name,
        device=lanes.classifier.device,
        labels=lanes.classifier.labels,
        total=source.total,
    )
    spent = deque([0.0], maxlen=round(lanes.settings.step / PIECE))  # seconds of computing on the latest pieces
    for piece in pieces(source):
        began = time.perf_counter()
        records = lanes.feed(piece)
        spent.append(time.perf_counter() - began)
        session.lanes[0].hear(
            lanes.peaks[0],
            len(piece) / source.sample_rate,
            speaking=lanes.speaking[0],
            speech_seconds=lanes.speech_seconds[0],
        )
        for _, record in records:
            session.take(record, sum(spent))
        if session.elapsed >= at:
            break
    return session


def pieces(source: Source) -> Iterator[FloatArray]:
    """Cut what a source gives into small pieces, as the program does."""
    size = max(1, round(PIECE * source.sample_rate))
    for block in source.blocks():
        if not isinstance(block, Event):
            for start in range(0, len(block), size):
                yield block[start : start + size]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Export what the screen shows at one moment of a recording as SVG.")
    parser.add_argument("recording", nargs="?", type=Path, default=ROOT / "examples" / "call.wav")
    parser.add_argument("--at", type=float, default=60.5, help="seconds from its start (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screen.svg")
    parser.add_argument("--model", type=Path, help="the shipped one by default")
    parser.add_argument("--width", type=int, default=100)
    parser.add_argument("--height", type=int, default=30)
    options = parser.parse_args()
    try:
        with closing(open_source(options.recording)) as source:
            session = listen(source, options.at, options.model)
    except SerLiveError as error:
        raise SystemExit(f"screenshot: {error}") from None
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(as_svg(session, options.width, options.height), encoding="utf-8")
    print(f"{options.out}: {options.recording.name} at {session.elapsed:.1f} s")


if __name__ == "__main__":
    main()
