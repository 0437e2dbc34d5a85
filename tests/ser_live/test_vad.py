"""What is speech and what is not; and, with detectors that can be read off the signal, every cell by hand."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
import webrtcvad
from numpy.typing import NDArray
from voices import noise, silence, tone, voice

import ser_live.vad
from ser_live.config import VadMode
from ser_live.types import FloatArray
from ser_live.vad import CELL, Leveller, SpeechDetector

PADDING = ser_live.vad.PADDING_CELLS
MODES: tuple[VadMode, ...] = ("both", "webrtc", "silero", "off")


def detect(samples: FloatArray, mode: VadMode = "both") -> NDArray[np.bool_]:
    detector = SpeechDetector(mode)
    return np.concatenate([detector.feed(samples), detector.flush()])


def spoken(decisions: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of speech as (first cell, cell after the last)."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], decisions, [False]])))
    return [(int(a), int(b)) for a, b in turns.reshape(-1, 2)]


# What is speech


@pytest.mark.parametrize(
    "samples",
    [
        silence(3.0),
        np.full(48_000, 0.3, np.float32),
        np.eye(1, 48_000, 24_000, dtype=np.float32)[0],
        noise(3.0, level=0.3),
        noise(3.0, level=0.001),
        noise(3.0, level=1e-5),
        tone(1000, 3.0),
        tone(3000, 3.0, amplitude=0.01),
        np.sign(tone(200, 3.0)) * np.float32(0.3),
    ],
    ids=["zero", "constant", "impulse", "loud-noise", "noise", "faint-noise", "1000", "3000", "square"],
)
def test_what_is_no_voice_is_no_speech(samples: FloatArray) -> None:
    assert not detect(samples).any()


@pytest.mark.parametrize("hertz", [120, 160, 220, 300, 440])
def test_a_tone_that_sets_in_is_a_blink_at_most(hertz: int) -> None:
    """Silero takes the first moments for a vowel. Measured: 0.46 s, of which 0.2 s are padding."""
    assert not detect(tone(hertz, 3.0))[50:].any()


@pytest.mark.parametrize("mode", ["both", "webrtc", "silero"])
@pytest.mark.parametrize("pitch", [100.0, 210.0])
def test_a_voice_is_found_where_it_is(mode: VadMode, pitch: float) -> None:
    signal = np.concatenate([silence(1.0), voice(2.0, pitch=pitch), silence(1.0)])
    ((start, end),) = spoken(detect(signal, mode))
    assert 70 <= start <= 100  # cells of 10 ms; 200 ms of padding
    assert 300 <= end <= 350


@pytest.mark.parametrize("decibel", [-10, -20, -30])
def test_a_faint_voice_is_found_too(decibel: int) -> None:
    signal = np.concatenate([silence(1.0), voice(2.0), silence(1.0)]) * np.float32(10 ** (decibel / 20))
    ((start, end),) = spoken(detect(signal))
    assert 70 <= start <= 100
    assert 300 <= end <= 350


def test_a_faint_voice_is_lost_without_the_leveller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Leveller, "feed", lambda self, samples: samples)
    signal = voice(2.0) * np.float32(10 ** (-50 / 20))
    assert not detect(signal).any()
    monkeypatch.undo()
    assert detect(signal).mean() > 0.65  # the gain has to rise first


def test_a_voice_in_noise_is_found_and_the_noise_is_not() -> None:
    signal = np.concatenate([silence(1.5), voice(2.0), silence(1.5)]) + noise(5.0, level=0.01)
    ((start, end),) = spoken(detect(signal))
    assert 125 <= start <= 155
    assert 340 <= end <= 400


def test_a_voice_is_found_in_noise_that_has_lasted_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silero as it is has run away by then: it hears the voice alone, and not after the noise."""
    signal = noise(62.0, level=0.02)
    signal[-32_000:] += 0.3 * voice(2.0)
    assert detect(signal)[6000:].mean() > 0.8
    monkeypatch.setattr(ser_live.vad, "_MEMORY", np.ones((2, 1, 1), np.float32))
    assert not detect(signal)[6000:].any()
    assert detect(signal[-32_000:]).mean() > 0.7


def test_webrtc_alone_hears_speech_in_noise_and_both_do_not() -> None:
    signal = noise(2.0)
    assert detect(signal, "webrtc").mean() > 0.9
    assert not detect(signal, "silero").any()
    assert not detect(signal, "both").any()


def test_off_takes_everything_for_speech() -> None:
    assert detect(silence(1.0), "off").tolist() == [True] * 100


@pytest.mark.corpora
def test_speech_in_real_meetings(corpora: Path) -> None:
    """Who speaks when is in RTTM: type, file, channel, start, duration; seconds. Measured: 0.92 and 0.91."""
    turns: dict[str, list[tuple[float, float]]] = {}
    for part in ("train", "development"):
        for line in (corpora / "meetings" / f"debug.{part}.rttm").read_text(encoding="utf-8").splitlines():
            _, name, _, start, duration, *_ = line.split()
            turns.setdefault(name, []).append((float(start), float(start) + float(duration)))
    assert len(turns) == 12
    right = found = spoken = 0
    for name, spans in turns.items():
        samples, rate = soundfile.read(corpora / "meetings" / f"{name}.flac", dtype="float32")
        assert rate == 16_000
        decisions = detect(samples)
        centres = (np.arange(len(decisions)) + 0.5) / 100
        truth = np.any([(start <= centres) & (centres < end) for start, end in spans], axis=0)
        right += int(np.sum(decisions & truth))
        found += int(np.sum(decisions))
        spoken += int(np.sum(truth))
    assert right / found >= 0.90  # precision
    assert right / spoken >= 0.85  # recall


@pytest.mark.corpora
def test_rain_dogs_and_engines_are_no_speech(corpora: Path) -> None:
    """ESC-10, half of fold 5, babies and all. Measured: 0.085 of all of fold 5."""
    paths = sorted((corpora / "noise" / "esc10").rglob("5-*"))[::2]
    assert len(paths) == 40
    shares = [detect(soundfile.read(path, dtype="float32")[0]).mean() for path in paths]
    assert np.mean(shares) <= 0.08


# When it is decided


def test_the_lag_is_the_padding_and_what_the_detectors_wait_for() -> None:
    """Of 512 samples, the chunk over a cell's centre ends 592 after the cell began; the leveller takes whole cells."""
    padding = PADDING * CELL
    assert [SpeechDetector(mode).lag for mode in MODES] == [padding + 640, padding + 480, padding + 640, 160]


@pytest.mark.parametrize("mode", MODES)
def test_the_lag_is_the_same_after_any_number_of_samples(mode: VadMode) -> None:
    detector = SpeechDetector(mode)
    signal = voice(0.4)
    decided = 0
    for fed in range(1, len(signal) + 1):
        decided += len(detector.feed(signal[fed - 1 : fed]))
        assert decided == (0 if fed < detector.lag else (fed - detector.lag) // CELL + 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [0, 1, 159, 160, 161, 479, 512, 2239, 2240, 2241, 5000])
def test_there_is_one_decision_for_each_begun_cell(mode: VadMode, count: int) -> None:
    assert len(detect(voice(0.5)[:count], mode)) == -(-count // CELL)


# Each cell by hand


class LoudIsSpeech:
    """In place of Silero: the probability is the median of the chunk's absolute samples."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.waiting = np.zeros(0, np.float32)

    def feed(self, samples: FloatArray) -> list[float]:
        self.waiting = np.concatenate([self.waiting, samples])
        whole = len(self.waiting) // 512 * 512
        chunks, self.waiting = self.waiting[:whole].reshape(-1, 512), self.waiting[whole:]
        return [float(np.median(np.abs(chunk))) for chunk in chunks]


class PositiveIsSpeech:
    """In place of webrtcvad: a frame of mostly positive samples is speech."""

    def __init__(self, mode: int) -> None:
        assert mode in range(4)

    def is_speech(self, frame: bytes, sample_rate: int) -> bool:
        samples = np.frombuffer(frame, np.int16)
        assert (len(samples), sample_rate) == (480, 16_000)
        return bool(np.median(samples) > 0)


@pytest.fixture
def _legible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ser_live.vad, "_Silero", LoudIsSpeech)
    monkeypatch.setattr(webrtcvad, "Vad", PositiveIsSpeech)
    monkeypatch.setattr(ser_live.vad.HighPass, "feed", lambda _, samples: samples)  # the signals are constants
    monkeypatch.setattr(ser_live.vad.ToneMeter, "feed", lambda _, samples: [False] * (len(samples) // CELL))


def chunks(*probabilities: float) -> FloatArray:
    """A signal of 512 samples of each of these values."""
    return np.repeat(np.array(probabilities, np.float32), 512)


@pytest.mark.usefixtures("_legible")
def test_a_cell_is_judged_by_the_chunk_over_its_centre_and_padded() -> None:
    """Chunk 20 is samples 10240 to 10751; the centres in it, 160 c + 80, are those of cells 64 to 66."""
    signal = chunks(*[0.0] * 20, 0.9, *[0.0] * 19)
    assert spoken(detect(signal, "silero")) == [(64 - PADDING, 66 + 1 + PADDING)]


@pytest.mark.usefixtures("_legible")
def test_a_cell_is_judged_by_the_frame_that_covers_it() -> None:
    """Frame 21 is samples 10080 to 10559, cells 63 to 65."""
    signal = np.full(20_000, -0.9, np.float32)
    signal[10_080:10_560] = 0.9
    assert spoken(detect(signal, "webrtc")) == [(63 - PADDING, 65 + 1 + PADDING)]


@pytest.mark.usefixtures("_legible")
def test_both_must_agree_for_speech_to_begin_and_silero_says_when_it_ends() -> None:
    """Chunks 0 to 29 are loud, cells 0 to 95; of the frames only 25 to 27 are positive, samples 12000 to 13439."""
    signal = np.full(20_000, -0.9, np.float32)
    signal[12_000:13_440] = 0.9
    signal[30 * 512 :] = 0.0
    assert spoken(detect(signal, "silero")) == [(0, 95 + 1 + PADDING)]
    assert spoken(detect(signal, "both")) == [(75 - PADDING, 95 + 1 + PADDING)]


@pytest.mark.usefixtures("_legible")
def test_speech_begins_at_one_threshold_and_goes_on_above_the_other() -> None:
    """Chunks 10 (0.29) and 42 (0.25) do not begin it, 11 (0.31) does; 12 to 14 keep it, 15 (0.14) ends it."""
    probabilities = [0.0] * 50
    probabilities[10:18] = [0.29, 0.31, 0.2, 0.25, 0.16, 0.14, 0.25, 0.25]
    probabilities[42] = 0.25
    # centres in chunks 11 to 14, samples 5632 to 7679: cells 35 to 47
    assert spoken(detect(chunks(*probabilities), "silero")) == [(35 - PADDING, 47 + 1 + PADDING)]


@pytest.mark.usefixtures("_legible")
def test_padding_joins_what_is_less_than_two_paddings_apart() -> None:
    """Two chunks of speech: a cell belongs to the chunk over its centre, 80 samples on."""
    one, gaps = 20, range(1, 30)

    def first_cell(chunk: int) -> int:
        return -(-(512 * chunk - 80) // CELL)

    joined = []
    for gap in gaps:
        probabilities = [0.0] * 80
        probabilities[one] = probabilities[one + gap] = 0.9
        joined.append(len(spoken(detect(chunks(*probabilities), "silero"))) == 1)
    assert joined == [first_cell(one + gap) - first_cell(one + 1) <= 2 * PADDING for gap in gaps]
    assert set(joined) == {True, False}


@pytest.mark.usefixtures("_legible")
def test_the_end_counts_as_followed_by_silence() -> None:
    """Chunk 10 (cells 32 to 34) is the last that is whole; 42 cells are begun."""
    signal = chunks(*[0.0] * 10, 0.9, 0.0, 0.0, 0.0)[: 41 * CELL + 1]
    assert spoken(detect(signal, "silero")) == [(32 - PADDING, 42)]
    assert spoken(detect(signal[: 35 * CELL], "silero")) == [(32 - PADDING, 35)]


# What the detectors keep


def test_reset_clears_all_of_silero() -> None:
    """The wheel's own reset keeps the last samples of the past."""
    used, new = ser_live.vad._Silero(), ser_live.vad._Silero()
    probe = voice(0.5, seed=3)[:1000]
    used.feed(voice(0.5))
    used.reset()
    assert used.feed(probe) == new.feed(probe)


# What Silero hears


class Records:
    """In place of a session: keeps what it is given."""

    def __init__(self) -> None:
        self.heard: list[FloatArray] = []

    def run(self, _: None, given: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        self.heard.append(given["input"])
        return np.zeros((1, 1), np.float32), given["state"]


def heard(signal: FloatArray) -> FloatArray:
    """The chunks that Silero is given, one after the other, without what they repeat."""
    silero = ser_live.vad._Silero()
    silero.session = session = Records()  # type: ignore[assignment]
    silero.feed(signal)
    assert all(chunk.shape == (1, 64 + 512) for chunk in session.heard)
    for before, after in itertools.pairwise(session.heard):
        np.testing.assert_array_equal(before[0, -64:], after[0, :64])
    return np.concatenate([chunk[0, 64:] for chunk in session.heard])


def test_a_voice_without_its_fundamental_is_given_it_back() -> None:
    """Partials 3 to 20 of 125 Hz, as on the telephone; the window is whole periods long."""
    time = np.arange(16_384) / 16_000
    telephone = (0.02 * sum(np.cos(2 * np.pi * 125 * n * time) for n in range(3, 21))).astype(np.float32)

    def fundamental(signal: FloatArray) -> float:
        turn = np.exp(-2j * np.pi * 125 * time[4096:8192])
        return float(abs(np.mean(signal[4096:8192] * turn)) * 2)

    assert fundamental(telephone) < 1e-6
    assert fundamental(heard(telephone)) > 0.02


def test_what_silero_hears_is_half_the_signal_and_the_difference_of_two_means() -> None:
    signal = noise(0.2)
    loudness = np.concatenate([np.zeros(199), np.abs(signal)])
    fast, slow = (np.convolve(loudness, np.full(n, 1 / n))[199 : 199 + len(signal)] for n in (40, 200))
    expected = signal / 2 + fast - slow
    np.testing.assert_allclose(heard(signal), expected[: len(signal) // 512 * 512], atol=1e-6)


# The leveller


def test_the_level_is_brought_to_its_target() -> None:
    levelled = Leveller(target=-26.0).feed(tone(1000, 2.0, amplitude=0.01 * np.sqrt(2)))  # -40 dB
    loudness = np.sqrt(np.mean(levelled[16_000:].astype(np.float64) ** 2))
    assert 20 * np.log10(loudness) == pytest.approx(-26, abs=0.1)


def test_the_gain_stops_at_its_ceiling() -> None:
    faint = tone(1000, 2.0, amplitude=1e-4)
    for ceiling in (30.0, 12.0):
        levelled = Leveller(ceiling=ceiling, start=-100.0).feed(faint)
        np.testing.assert_allclose(levelled, faint * 10 ** (ceiling / 20), rtol=1e-5)


def test_a_stream_begins_with_the_gain_of_common_speech() -> None:
    """With a level of -35 dB, -26 is asked for: 9 dB, and 12 more a second later. Noise before a word is not raised."""
    faint = np.full(20_000, 1e-4, np.float32)
    gain = 20 * np.log10(Leveller(start=-35.0, release=12.0).feed(faint) / faint)
    assert gain[0] == pytest.approx(9, abs=0.01)
    assert gain[15_999] == pytest.approx(9 + 12, abs=0.01)
    assert 20 * np.log10(Leveller(start=-10.0).feed(faint)[0] / faint[0]) == pytest.approx(0, abs=0.01)  # never below 1


def test_what_is_loud_enough_is_left_as_it_is() -> None:
    loud = tone(1000, 1.0, amplitude=0.3)
    np.testing.assert_array_equal(
        Leveller().feed(loud)[CELL:], loud[CELL:]
    )  # the first cell comes down from the ceiling


def test_the_gain_comes_back_at_its_release() -> None:
    """At 3 dB a second: 10 s after -6 dB the level kept is -36 dB, and -26 dB is asked for: 10 dB of gain."""
    loud, faint = tone(1000, 1.0, amplitude=0.5 * np.sqrt(2)), tone(1000, 11.0, amplitude=0.001)
    level = 20 * np.log10(0.5)
    gain = Leveller(release=3.0).feed(np.concatenate([loud, faint]))[16_000 + 160_000 + 4] / faint[160_000 + 4]
    assert 20 * np.log10(gain) == pytest.approx(-26 - (level - 30), abs=0.05)


def test_the_gain_is_never_below_one_nor_above_the_ceiling() -> None:
    rng = np.random.default_rng(0)
    levels = np.repeat(10 ** rng.uniform(-6, 0, 300), CELL)
    signal = (levels * rng.uniform(-1, 1, levels.size)).astype(np.float32)
    levelled = Leveller().feed(signal)
    assert np.abs(levelled).max() < 1.0  # nothing was clipped; the 1e-5 are the rounding of float32
    assert np.all(np.abs(levelled) >= np.abs(signal) * (1 - 1e-5))
    assert np.all(np.abs(levelled) <= np.abs(signal) * 10 ** (30 / 20) * (1 + 1e-5))


def test_what_comes_out_is_in_range_whatever_goes_in() -> None:
    signal = np.concatenate([tone(1000, 0.1, amplitude=1e-3), tone(1000, 0.1, amplitude=50.0)])
    levelled = Leveller().feed(signal)
    assert levelled.dtype == np.float32
    assert levelled.min() == -1.0
    assert levelled.max() == 1.0


def test_the_leveller_knows_only_the_past() -> None:
    rng = np.random.default_rng(1)
    signal = (rng.uniform(-1, 1, 50 * CELL) * np.repeat(rng.uniform(0, 0.1, 50), CELL)).astype(np.float32)
    other = signal.copy()
    other[20 * CELL :] *= 0.1
    np.testing.assert_array_equal(Leveller().feed(other)[: 20 * CELL], Leveller().feed(signal)[: 20 * CELL])


def test_a_new_gain_is_reached_without_a_step() -> None:
    """From full gain to none in one cell: 160 equal steps, none greater than a 160th of the way."""
    signal = np.concatenate([np.full(CELL, 1e-4), np.full(2 * CELL, 0.2)]).astype(np.float32)
    gain = Leveller(target=-20.0, ceiling=10.0, start=-100.0).feed(signal) / signal
    ceiling = 10 ** (10 / 20)
    np.testing.assert_allclose(gain[:CELL], ceiling, rtol=1e-6)
    np.testing.assert_allclose(np.diff(gain)[CELL - 1 : 2 * CELL - 1], (1 - ceiling) / CELL, rtol=1e-3)
    np.testing.assert_allclose(gain[2 * CELL :], 1.0, rtol=1e-6)
