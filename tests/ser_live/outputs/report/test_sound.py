"""The sound in the page: the same that was heard, and the same bytes however it came."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from made_call import records_of, session_of, summary_of
from numpy.typing import NDArray
from reports import Page, payload, report_of

from ser_live.errors import OutputError, SettingsError
from ser_live.outputs.report import Report
from ser_live.outputs.report.sound import playable_rate

RATE = 16_000


def tone(seconds: float, frequency: float = 440.0, rate: int = RATE, channels: int = 1) -> NDArray[np.float32]:
    time = np.arange(round(seconds * rate)) / rate
    columns = [0.4 * np.sin(2 * np.pi * frequency * (n + 1) * time) for n in range(channels)]
    return np.stack(columns, axis=1).astype(np.float32)


def encoded(text: str) -> bytes:
    head = '<script type="text/plain" id="sound-data" data-type="audio/mpeg">'
    lines = text.split(head)[1].split("</script>")[0].split()
    return b"".join(base64.b64decode(line, validate=True) for line in lines)


def page(blocks: list[NDArray[np.float32]], rate: int = RATE) -> str:
    return report_of(session_of(sample_rate=rate), records_of(), summary_of(), blocks)


def decoded(text: str) -> tuple[NDArray[np.float32], int]:
    samples, rate = soundfile.read(io.BytesIO(encoded(text)), dtype="float32", always_2d=True)
    return samples, rate


@pytest.mark.parametrize("size", [1_000, 16_384, 40_000])
def test_blocks_of_any_size_give_the_same_page(size: int) -> None:
    sound = tone(5.0)
    whole = page([sound])
    assert page([sound[i : i + size] for i in range(0, len(sound), size)]) == whole
    assert payload(whole)["sound"] is True


def test_a_tone_is_heard_where_it_was() -> None:
    sound = np.concatenate([np.zeros((RATE, 1), np.float32), tone(1.0), np.zeros((RATE, 1), np.float32)])
    samples, rate = decoded(page([sound]))
    assert (rate, samples.shape[1]) == (RATE, 1)
    assert abs(len(samples) - len(sound)) < 0.1 * RATE
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.1)
    assert loud[0] / rate == pytest.approx(1.0, abs=0.05)
    assert loud[-1] / rate == pytest.approx(2.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(samples[RATE : 2 * RATE, 0]))
    assert spectrum.argmax() == pytest.approx(440, abs=2)


def test_two_channels_stay_two() -> None:
    samples, rate = decoded(page([tone(2.0, channels=2)]))
    for channel in range(2):
        spectrum = np.abs(np.fft.rfft(samples[:rate, channel]))
        assert spectrum.argmax() == pytest.approx(440 * (channel + 1), abs=2)


def test_more_than_two_channels_become_one() -> None:
    samples, _ = decoded(page([tone(1.0, channels=5)]))
    assert samples.shape[1] == 1


@pytest.mark.parametrize(
    ("rate", "plays"), [(8_000, 16_000), (11_025, 16_000), (44_100, 44_100), (96_000, 48_000), (192_000, 48_000)]
)
def test_the_rate_is_one_that_browsers_play(rate: int, plays: int) -> None:
    samples, got = decoded(page([tone(1.0, rate=rate)], rate))
    assert got == plays == playable_rate(rate)
    assert len(samples) / got == pytest.approx(1.0, abs=0.1)


def test_samples_that_are_no_numbers_or_too_loud_do_no_harm() -> None:
    sound = tone(1.0)
    sound[100:200] = np.nan
    sound[300] = np.inf
    sound[400] = -7.0
    samples, _ = decoded(page([sound]))
    assert np.isfinite(samples).all()


def test_no_sound_is_no_sound() -> None:
    for blocks in (None, []):
        text = report_of(session_of(), records_of(), summary_of(), blocks)
        assert 'id="sound-data"' not in text
        assert payload(text)["sound"] is False


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    name = tmp_path / "call.html"
    name.touch()
    report_of(session_of(), records_of(), summary_of(), [tone(5.0)], str(name))
    assert os.listdir(tmp_path) == ["call.html"]


def test_a_library_without_mp3_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfile, "available_formats", lambda: {"WAV": "WAV"})
    with pytest.raises(SettingsError, match=r"--embed-audio needs libsndfile 1\.1 or newer with MP3"):
        Report(Page(), embed_audio=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir=None: open("/dev/full", "r+b", buffering=0))  # noqa: SIM115
    report = Report(Page(), embed_audio=True)
    report.open(session_of())
    with pytest.raises(OutputError, match="the sound for the report cannot be kept: No space left on device"):
        report.hear(tone(60.0))
    assert capfd.readouterr().err == ""
    report.close({})
