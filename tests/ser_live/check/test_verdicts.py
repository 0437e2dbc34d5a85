"""What is said of a sound: each defect is named, alone, with the one thing to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from program import write
from voices import noise, silence, tone, voice

from ser_live.check import verdicts
from ser_live.check.device import timing
from ser_live.check.examine import Request, examine
from ser_live.check.meter import Meter
from ser_live.check.report import Finding, exit_code
from ser_live.interrupts import Interrupts
from ser_live.resample import resample
from ser_live.types import FloatArray

RATE = 48_000
Examine = Callable[..., dict[str, Finding]]


@pytest.fixture
def examined(tmp_path: Path, tiny_path: Path) -> Examine:
    """Write samples to a file and examine it."""

    def of(samples: FloatArray, rate: int = RATE, seconds: float | None = None) -> dict[str, Finding]:
        path = write(tmp_path / "x.wav", samples, rate)
        request = Request(file=str(path), model=tiny_path, device="cpu", seconds=seconds)
        with Interrupts() as interrupts:
            return {finding.name: finding for finding in examine(request, Meter(), interrupts)}

    return of


def good(rate: int = RATE, noise_level: float = 0.0005) -> FloatArray:
    """Four seconds: quiet, a voice at about -20 dBFS, quiet."""
    samples = np.concatenate([silence(1), voice(2), silence(1)])
    wide = resample(samples, 16_000, rate)
    hiss = noise(len(wide) / rate, sample_rate=rate, level=noise_level)
    # breath up to the top of the band, as a voice has: the made one has none above 8 kHz
    breath = noise(len(wide) / rate, sample_rate=rate, level=0.004, seed=1) * (np.abs(wide) > 1e-4)
    return np.asarray(wide + hiss + breath, np.float32)


def not_green(found: dict[str, Finding]) -> dict[str, str]:
    of_sound = ("file", "sound", *verdicts.OF_SOUND)
    return {name: finding.light for name, finding in found.items() if finding.light != "green" and name in of_sound}


def test_a_good_recording_is_green_everywhere(examined: Examine) -> None:
    found = examined(good())
    assert not_green(found) == {}
    assert found["speech"].values["snr_db"] > 25
    assert found["band"].values == {"band_hz": 24_000, "sample_rate_hz": 48_000}
    assert found["file"].text == "x.wav, 48000 Hz, 1 channel"


@pytest.mark.parametrize(
    ("name", "words", "spoil"),
    [
        ("clipping", "stand at the limit (", lambda x: np.clip(6 * x, -1, 1)),
        ("clipping", "stand at the limit (-12.0 dBFS)", lambda x: np.clip(2 * x, -0.25, 0.25)),
        ("offset", "5.14 % of full scale", lambda x: x + np.float32(0.05)),
        ("hum", "50 Hz of the mains at -4", lambda x: x + hummed(50)),
        ("hum", "60 Hz of the mains at -4", lambda x: x + hummed(60)),
        ("band", "up to 3.9 kHz although the rate is 48000 Hz, the telephone's band", lambda x: narrowed(x, 8_000)),
        ("band", "up to 5.3 kHz although the rate is 48000 Hz, a narrow band", lambda x: narrowed(x, 11_025)),
        ("channels", "in opposite phase (correlation -1.00)", lambda x: np.stack([x, -x], axis=1)),
        ("channels", "only the right one of 2 has sound", lambda x: np.stack([x / 1000, x], axis=1)),
    ],
)
def test_each_defect_is_named(
    name: str, words: str, spoil: Callable[[FloatArray], FloatArray], examined: Examine
) -> None:
    found = examined(spoil(good()))
    also = {"noise", "speech"} if name in ("hum", "clipping") else set()  # that are louder with it
    assert not_green(found).keys() - also == {name}
    assert found[name].light == "yellow"
    assert words in found[name].text
    assert found[name].advice
    assert exit_code(found.values()) == 0


def hummed(mains: float) -> FloatArray:
    lines = [tone(k * mains, 4, sample_rate=RATE, amplitude=0.008 / k) for k in (1, 2, 3)]
    return np.asarray(np.sum(lines, axis=0), np.float32)


def narrowed(samples: FloatArray, rate: int) -> FloatArray:
    """As a headset in call mode, whose sound the system brings to its own rate, in 16 bits."""
    back = resample(resample(samples, RATE, rate), rate, RATE)[: len(samples)]
    return np.asarray(np.round(back * 32767) / 32768, np.float32)


def test_a_loud_room(examined: Examine) -> None:
    found = examined(good(noise_level=0.03))
    assert not_green(found) == {"noise": "yellow", "speech": "yellow"}
    assert "quieter" in str(found["speech"].advice)


def test_a_quiet_voice(examined: Examine) -> None:
    found = examined(good(noise_level=0.0) / 100)
    assert found["speech"].light == "yellow"
    assert "nearer" in str(found["speech"].advice)


def test_exact_zeros_are_silent_and_not_broken(examined: Examine) -> None:
    found = examined(np.zeros((3 * RATE, 2), np.float32))
    assert (found["sound"].light, found["sound"].values["zero_share"]) == ("grey", 1.0)
    assert found["sound"].text.startswith("silent: nothing but exact zeros in 3 s")
    assert all(not found[name].measured for name in verdicts.OF_SOUND)
    assert exit_code(found.values()) == 0


def test_a_gate_that_gives_zeros_between_words(examined: Examine) -> None:
    samples = good()
    samples[:RATE] = 0
    assert "25 % of it are exact zeros" in examined(samples)["sound"].text


def test_no_speech_is_unclear(examined: Examine) -> None:
    found = examined(noise(3, sample_rate=RATE, level=0.002))
    assert not_green(found) == {"speech": "grey"}
    assert found["speech"].values["speech_dbfs"] is None


def test_what_is_no_number_cannot_work(examined: Examine) -> None:
    samples = good()
    samples[1000] = np.nan
    found = examined(samples)
    assert (found["sound"].light, exit_code(found.values())) == ("red", 1)
    assert not found["noise"].measured


def test_a_short_recording_and_a_long_one(examined: Examine) -> None:
    short = examined(good()[: RATE // 100])
    assert (short["hum"].measured, short["speech"].light) == (False, "grey")
    long = examined(good(), seconds=2.0)
    assert long["file"].text.endswith("the first 2 s of 4 s")
    assert long["file"].values["examined_seconds"] == 2.0


@pytest.mark.parametrize(
    ("zeros_live", "words"), [("linux", "set-source-mute"), ("darwin", "System Settings"), ("win32", "Settings > Priv")]
)
def test_a_silent_microphone_names_the_systems_own_menu(
    zeros_live: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", zeros_live)
    found = verdicts.zeros_finding(np.zeros((9, 1), np.float32), 7.0, live=True)
    assert found.light == "grey"
    assert words in str(found.advice)


def test_blocks_in_time_late_and_lost() -> None:
    even = [(i * 0.05, 2400) for i in range(100)]
    steady = timing(even, RATE)
    assert steady is not None
    assert (steady.jitter, steady.longest) == (pytest.approx(0, abs=1e-9), pytest.approx(0.05))
    assert verdicts.timing_finding(steady).light == "green"
    late = [(when + (0.4 if i > 50 else 0.0), frames) for i, (when, frames) in enumerate(even)]
    assert "no sound came for 450 ms" in verdicts.timing_finding(timing(late, RATE)).text
    assert "2 of 90 blocks were lost" in verdicts.timing_finding(timing(even, RATE, lost=2)).text
    in_pairs = [(when - (0.05 if i % 2 else 0), frames) for i, (when, frames) in enumerate(even)]
    pairs = timing(in_pairs, RATE)
    assert pairs is not None
    assert pairs.jitter == pytest.approx(0.05)
    assert not verdicts.timing_finding(timing(even[:5], RATE)).measured
    assert timing([], RATE) is None
