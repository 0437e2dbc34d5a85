"""An assistant whose prompt knows the tone: a sentence about the voice for each utterance, for a system message.

python examples/assistant_prompt.py                 listens to the microphone, prints a sentence an utterance
python examples/assistant_prompt.py call.wav

Put the sentence beside the words that your speech recogniser heard in the same stretch of time. It is careful on
purpose: a label is what a voice sounds like to a model, and a language model takes every word of its prompt for true.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import ser_live


def sentence(predictions: list[ser_live.Prediction]) -> str:
    """Say in one sentence how an utterance sounded: its committed label, a guess, or nothing."""
    committed = [p for p in predictions if p.state == "committed"]
    if committed:
        last = committed[-1]
        share = last.smoothed[last.label]
        return f"The user's voice sounds {last.label} ({share:.0%} by a model that is often wrong): do not mention it."
    guesses = [p for p in predictions if p.state == "provisional"]
    if guesses:
        return f"The user's voice may sound {guesses[-1].label}, but this is a guess: answer as to anybody."
    return "Nothing is known about how the user's voice sounds."


async def utterances(file: Path | None) -> AsyncIterator[tuple[float, float, str]]:
    """Yield start, end and sentence of every utterance when it is over."""
    heard: list[ser_live.Prediction] = []
    async for record in ser_live.stream(file):
        if isinstance(record, ser_live.Prediction):
            heard.append(record)
        elif record.kind == "speech" and record.end is not None:
            yield record.start, record.end, sentence(heard)
            heard.clear()


async def main() -> None:
    """Run from the command line."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    async for start, end, words in utterances(file):
        print(f"{start:7.1f} to {end:6.1f} s  {words}", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ser_live.SerLiveError as error:
        raise SystemExit(f"assistant_prompt: {error}") from None
    except KeyboardInterrupt:
        pass
