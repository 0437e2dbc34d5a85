"""A mix that cancels is noticed, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from recordings import sound
from voices import silence, voice

from ser_live.sources import Mixer, select_channels
from ser_live.types import Event, FloatArray

RATE = 16_000
CUTS = (1, 7, 160, 509, 1600, 16_000, 10**6)


def stereo(*channels: NDArray[np.floating]) -> FloatArray:
    return np.stack(channels, axis=1).astype(np.float32)


def mixed(
    signal: FloatArray, cut: int = 1280, *, choice: str = "mix", rate: int = RATE
) -> tuple[FloatArray, list[Event]]:
    mixer = Mixer(choice, signal.shape[1], rate)
    parts, events = [], []
    for at in range(0, len(signal), cut):
        mono, told = mixer.feed(signal[at : at + cut])
        parts.append(mono)
        events += told
    return np.concatenate(parts), events


def noise(seconds: float, seed: int, level: float = 0.1) -> FloatArray:
    return np.random.default_rng(seed).normal(0, level, round(seconds * RATE)).astype(np.float32)


TALK = voice(6.0)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 48_000])
@pytest.mark.parametrize(("left", "right", "channel"), [(1.0, -1.0, 1), (-0.8, 1.0, 2), (0.5, -0.45, 1)])
def test_opposite_phase_is_left_for_the_louder_channel(rate: int, left: float, right: float, channel: int) -> None:
    talk = voice(3.0, sample_rate=rate)
    signal = stereo(left * talk, right * talk)
    heard, (event,) = mixed(signal, rate=rate)
    assert (event.kind, event.end) == ("signal", None)
    assert event.start == pytest.approx(1.0, abs=0.01)
    assert event.fields["channel"] == channel
    assert event.fields["message"] == (
        f"the channels are in opposite phase, so that their mix is silent: from 1.0 s on channel {channel} alone is "
        "heard; choose one yourself with --channels"
    )
    at = round(event.start * rate)
    assert np.array_equal(heard[at:], signal[at:, channel - 1])
    assert np.array_equal(heard[:at], select_channels(signal, "mix")[:at])


@pytest.mark.parametrize("cut", CUTS)
def test_how_it_is_cut_changes_nothing(cut: int) -> None:
    pause = silence(1.37)
    signal = stereo(np.concatenate([pause, TALK[:30_011]]), np.concatenate([pause, -0.9 * TALK[:30_011]]))
    whole, events = mixed(signal, len(signal))
    assert len(events) == 1
    heard, told = mixed(signal, cut)
    assert np.array_equal(heard, whole)
    assert told == events


def test_blocks_of_every_length() -> None:
    signal = stereo(TALK, -TALK)
    mixer = Mixer("mix", 2, RATE)
    rng = np.random.default_rng(0)
    parts: list[FloatArray] = []
    at = 0
    while at < len(signal):
        size = int(rng.integers(0, 5_000))
        parts.append(mixer.feed(signal[at : at + size])[0])
        at += size
    assert np.array_equal(np.concatenate(parts), mixed(signal)[0])
    assert mixer.feed(signal[:0])[0].shape == (0,)
    assert mixer.channel == 1


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([voice(6.0, seed=3, pitch=190)], id="somebody else"),
        pytest.param([np.concatenate([TALK[48_000:], TALK[:48_000]])], id="taking turns"),
        pytest.param([silence(6.0)], id="a silent channel"),
        pytest.param([TALK], id="the same"),
        pytest.param([-0.25 * TALK], id="opposite, but 12 dB below"),
        pytest.param([noise(6.0, 1)], id="noise"),
        pytest.param([silence(6.0)] * 7, id="one of eight"),
        pytest.param([noise(6.0, seed) for seed in range(1, 8)], id="noise on seven"),
        pytest.param([np.roll(TALK, 40)], id="a distance"),
    ],
)
def test_other_channels_stay_mixed(others: list[FloatArray]) -> None:
    signal = stereo(TALK, *others)
    heard, events = mixed(signal)
    assert events == []
    assert np.array_equal(heard, select_channels(signal, "mix"))


@pytest.mark.parametrize("level", [0.3, 0.01])
def test_noises_stay_mixed(level: float) -> None:
    assert mixed(stereo(noise(20.0, 1, level), noise(20.0, 2, level)))[1] == []


def test_what_is_near_silence_says_nothing() -> None:
    assert mixed(stereo(1e-3 * TALK, -1e-3 * TALK))[1] == []


def test_a_hum_that_cancels_in_a_pause_says_nothing() -> None:
    # that is what two wires in opposite phase are for: the voice is common to both
    hum = 0.003 * np.sin(2 * np.pi * 50 * np.arange(8 * RATE) / RATE)
    talk = np.concatenate([TALK[:RATE], silence(3.0), TALK[: 4 * RATE]])
    assert mixed(stereo(talk + hum, talk - hum))[1] == []


def test_an_offset_hides_nothing() -> None:
    assert len(mixed(stereo(TALK + 0.2, 0.2 - TALK))[1]) == 1


def test_more_than_two_channels() -> None:
    heard, (event,) = mixed(stereo(0.5 * TALK, 0.5 * TALK, -TALK))
    assert event.fields["channel"] == 3
    assert np.array_equal(heard[RATE:], -TALK[RATE:])


def test_it_stays_with_its_channel_and_tells_once() -> None:
    opposed, common = stereo(TALK, -TALK), stereo(0.1 * TALK, TALK)
    heard, events = mixed(np.concatenate([opposed, common, opposed]))
    assert len(events) == 1
    assert np.array_equal(heard[len(opposed) :][: len(common)], common[:, 0])


@pytest.mark.parametrize("choice", ["left", "right", "2"])
def test_a_chosen_channel_is_not_watched(choice: str) -> None:
    signal = stereo(TALK, -TALK)
    heard, events = mixed(signal, choice=choice)
    assert events == []
    assert np.array_equal(heard, select_channels(signal, choice))


def test_one_channel_is_itself() -> None:
    signal = sound(2.0).astype(np.float32)
    heard, events = mixed(signal)
    assert events == []
    assert np.array_equal(heard, signal[:, 0])


def test_what_is_not_finite_is_passed_on() -> None:
    signal = stereo(TALK, -TALK)
    signal[1000] = [np.nan, np.inf]
    heard, _ = mixed(signal)
    assert not np.isfinite(heard[1000])
    assert np.isfinite(np.delete(heard, 1000)).all()
