"""The large word never says what the bars beside it deny."""

from __future__ import annotations

import re
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from ser_live.display import render
from ser_live.display.lettering import large
from ser_live.session import Session
from ser_live.smoothing import Smoother
from ser_live.types import Event, Prediction

LABELS = ("angry", "happy", "neutral", "sad")
WORDS = (*map(str.upper, LABELS), "UNCERTAIN", "WARMING UP", "LISTENING", "SHIFTING")


def wandering(rng: np.random.Generator, count: int) -> list[Prediction]:
    """Predictions of one utterance: window probabilities that drift, jump and doubt, smoothed as the program does."""
    smoother = Smoother(
        time_constant=float(rng.choice([0.0, 0.5, 2.0])),
        warm_up=1.0,
        threshold=float(rng.choice([0.0, 0.45])),
        evidence=float(rng.choice([0.5, 5.0, 12.0])),
    )
    strengths = rng.normal(size=len(LABELS))
    predictions = []
    for index in range(count):
        strengths = 0.8 * strengths + rng.normal(size=len(LABELS))
        probabilities = np.exp(strengths) / np.exp(strengths).sum()
        speech = min(0.75 + 0.25 * index, 2.5)
        smoothed, leader, state = smoother.feed(probabilities, new_speech=0.25, speech=speech)
        predictions.append(
            Prediction(
                start=0.0,
                end=1.0,
                available=1.0,
                speech_seconds=speech,
                probabilities=dict(zip(LABELS, probabilities.tolist(), strict=True)),
                smoothed=dict(zip(LABELS, smoothed.tolist(), strict=True)),
                label=LABELS[leader],
                state=state,
            )
        )
    return predictions


def text_of(session: Session, width: int, height: int) -> list[str]:
    console = Console(file=StringIO(), width=width, height=height, color_system=None, legacy_windows=False)
    console.print(render(session, width=width, height=height), end="")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().splitlines()


def words_on(lines: list[str], scale: int) -> list[str]:
    """Every word that stands there, as a badge (scale 0) or in large letters from a line's first column."""
    found = []
    for word in WORDS:
        rows = [row.rstrip() for row in large(word, scale)] if scale else []
        if scale and any([line[1:].rstrip() for line in lines[at:][: len(rows)]] == rows for at in range(len(lines))):
            found.append(word)
        if not scale and any(line.startswith(f"  {word}  ") for line in lines):
            found.append(word)
    return found


@pytest.mark.parametrize(("width", "height", "scale"), [(60, 12, 0), (80, 24, 1), (120, 40, 2)])
def test_the_large_word_is_never_one_that_the_bars_deny(width: int, height: int, scale: int) -> None:
    rng = np.random.default_rng(width)
    seen = set()
    for _ in range(12):
        session = Session(source="test", model="tiny", device="cpu", labels=LABELS)
        for prediction in wandering(rng, 30):
            session.take(prediction)
            session.lanes[0].hear(0.0, 0.25, speaking=True, speech_seconds=0.0)
            lines = text_of(session, width, height)
            assert len(lines) == height
            assert max(map(len, lines)) <= width
            (word,) = words_on(lines, scale)
            seen.add(word)
            shares = {label: int(share) for label, share in re.findall(r"[A-Z] (\w+) +(\d+)%", "\n".join(lines))}
            assert set(shares) == set(LABELS)
            if word.lower() in LABELS:
                assert shares[word.lower()] == max(shares.values()), lines
                assert session.lanes[0].strip[-1][1] == word.lower()
            else:
                assert session.lanes[0].strip[-1][1] == "uncertain"
            bold = [
                part.text.split()[0]
                for line in render(session, width=width, height=height).lines
                for part in line
                if re.fullmatch(r" \w+ +\d+% ", part.text) and part.style and part.style.bold
            ]
            assert bold == ([word.lower()] if word.lower() in LABELS else [])
        session.take(Event(kind="speech", start=0.0, end=1.0))
        assert words_on(text_of(session, width, height), scale) == ["WARMING UP"]  # the next utterance
    assert seen >= {*map(str.upper, LABELS), "UNCERTAIN", "WARMING UP", "SHIFTING"}
