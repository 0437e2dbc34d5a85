"""Make `call.wav`: a synthetic two-voice telephone call, one voice a channel, spoken by espeak-ng.

The voices are a machine's. Pitch, rate and loudness change from turn to turn so that something moves on the screen;
no emotion is expressed by anyone, and what a model says of it is not a measure of anything.

    python examples/make_call.py        (needs espeak-ng; writes beside this file)
"""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from ser_live.resample import resample

RATE = 16_000


class Turn(NamedTuple):
    """One speaker's turn: channel, espeak-ng's pitch (0-99), rate (words a minute) and amplitude (0-200), text."""

    channel: int
    pitch: int
    rate: int
    loudness: int
    text: str


VOICES = ("en-gb", "en-us")
GAP_SECONDS = 0.7
HOLD_SECONDS = 2.5
"""After the turn that asks for a moment: long enough to end an utterance."""
NOISE_FLOOR = 10 ** (-62 / 20)

CALL = (
    Turn(0, 45, 150, 80, "Good morning, this is the parcel service. How can I help you?"),
    Turn(1, 35, 140, 70, "Hello. I am waiting for a parcel. It should have come on Monday."),
    Turn(0, 45, 150, 80, "I am sorry to hear that. Could you tell me the number, please?"),
    Turn(1, 40, 150, 80, "Yes. It is four, seven, one, one. I have told it to three people already."),
    Turn(0, 50, 145, 75, "Thank you. One moment, I am looking for it now."),
    Turn(1, 60, 190, 130, "I have been waiting the whole week! Nobody calls back, and nobody knows anything!"),
    Turn(0, 40, 130, 60, "I understand. I am really sorry. I can see that it was sent to the wrong town."),
    Turn(1, 75, 210, 170, "To the wrong town? That is unbelievable! How can that happen twice?"),
    Turn(0, 45, 125, 60, "You are right, it should not happen. I will send it again today, with the night courier."),
    Turn(1, 45, 150, 90, "Today? So it would be here tomorrow morning?"),
    Turn(0, 60, 170, 95, "Yes, before nine. And there is good news: the second delivery costs you nothing."),
    Turn(1, 70, 185, 120, "Oh, that is wonderful! My daughter has her birthday tomorrow, she will be so happy!"),
    Turn(0, 65, 175, 100, "Then I wish her a very happy birthday! Is there anything else that I can do?"),
    Turn(1, 55, 160, 90, "No, that is all. Thank you very much for your help. Goodbye!"),
    Turn(0, 50, 150, 80, "Goodbye, and have a good day."),
)


def speak(turn: Turn) -> np.ndarray:
    """Speech of one turn, `(samples,)` at `RATE`."""
    command = ["espeak-ng", "-v", VOICES[turn.channel], "-p", str(turn.pitch), "-s", str(turn.rate)]
    command += ["-a", str(turn.loudness), "--stdout", turn.text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    return resample(samples, rate, RATE)


def main() -> None:
    """Speak the turns one after the other, each on its own channel, over a faint noise floor."""
    gap = np.zeros((round(GAP_SECONDS * RATE), 2), np.float32)
    pieces = [gap]
    for turn in CALL:
        speech = speak(turn)
        piece = np.zeros((len(speech), 2), np.float32)
        piece[:, turn.channel] = 0.6 * speech
        pieces += [piece, gap]
        if "One moment" in turn.text:
            pieces.append(np.zeros((round(HOLD_SECONDS * RATE), 2), np.float32))
    call = np.concatenate(pieces)
    call += NOISE_FLOOR * np.random.default_rng(0).standard_normal(call.shape, np.float32)
    path = Path(__file__).with_name("call.wav")
    soundfile.write(path, np.clip(call, -1, 1), RATE, subtype="PCM_16")
    print(f"wrote {path.name}: {len(call) / RATE:.1f} s, peak {np.abs(call).max():.2f}")


if __name__ == "__main__":
    main()
