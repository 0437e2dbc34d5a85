# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Each augmentation by what it does to the signal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from spectra import esc10, hertz, power
from voices import noise, silence, tone, voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from pyroomacoustics.experimental import measure_rt60
from ser_train.augment import DEMONSTRATIONS, Augmentation, Sounds, augment_features, augment_samples
from ser_train.augment.channel import band_and_tilt, mu_law, telephone
from ser_train.augment.codec import CODECS, code, usable_codecs
from ser_train.augment.level import clip, gain
from ser_train.augment.noise import add_noise, coloured_noise
from ser_train.augment.room import reverberate, room_bank
from ser_train.augment.sounds import load_noises, load_sounds
from ser_train.augment.spectrum import mask_spectrum
from ser_train.augment.time import play, resampled
from ser_train.corpora.audio import read_recording
from ser_train.errors import TrainingError
from ser_train.evaluation.conditions import conditions
from ser_train.fitting.recipe import load_recipe, shipped_recipes
from ser_train.settings import fill

RATE = 16_000


def _generator(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def _batch(count: int, seconds: float = 2.5) -> Any:
    return torch.from_numpy(np.stack([voice(seconds, seed=seed) for seed in range(count)]))


def _lag(before: Any, after: Any) -> int:
    """Samples by which a signal came later."""
    size = 4 * len(before)
    correlation = torch.fft.irfft(torch.fft.rfft(after, n=size) * torch.fft.rfft(before, n=size).conj(), n=size)
    at = int(correlation.argmax())
    return at if at < size // 2 else at - size


def _decibels(power: Any) -> Any:
    return 10 * torch.log10(power)


@pytest.fixture(scope="module")
def rooms() -> Any:
    return room_bank(6, 3)


@pytest.fixture(scope="module")
def sounds(rooms: Any) -> Sounds:
    return Sounds(noises=coloured_noise(20, 80_000, _generator()), recorded=0, rooms=rooms)


OFF = dict.fromkeys(("gain_db", "noise", "band", "room", "telephone", "codec", "clipping", "speed"), 0.0)


def test_all_off_changes_no_bit(sounds: Sounds) -> None:
    samples, lengths = _batch(4) * 3, torch.tensor([40_000, 20_000, 1, 30_000])  # louder than full scale, too
    features = torch.randn(4, 10, 8)
    settings = Augmentation(**OFF, spec=0.0)
    changed, new_lengths = augment_samples(samples.clone(), lengths, sounds, settings, _generator())
    assert torch.equal(changed, samples)
    assert torch.equal(new_lengths, lengths)
    same = augment_features(features.clone(), lengths.clamp(max=10), settings, _generator())
    assert torch.equal(same, features)


@pytest.mark.parametrize("name", OFF)
def test_each_alone_changes_its_share_and_equals_itself(name: str, sounds: Sounds) -> None:
    samples, lengths = _batch(8, 1.0), torch.full((8,), 12_000)
    kept = samples.clone()
    settings = Augmentation(**{**OFF, name: 3.0 if name == "gain_db" else 0.5})
    once, once_lengths = augment_samples(samples, lengths, sounds, settings, _generator(2))
    again, again_lengths = augment_samples(samples, lengths, sounds, settings, _generator(2))
    other, _ = augment_samples(samples, lengths, sounds, settings, _generator(7))
    assert torch.equal(samples, kept)  # the cache's speech is not written into
    assert torch.equal(once, again)
    assert torch.equal(once_lengths, again_lengths)
    assert not torch.equal(once, other)
    assert once.shape == samples.shape
    assert torch.isfinite(once).all()
    changed = (once != samples).any(1)
    if name in ("gain_db", "speed"):
        assert changed.all()
    else:
        assert 0 < int(changed.sum()) < 8


def test_the_chain_bears_silence_and_odd_lengths(sounds: Sounds) -> None:
    settings = Augmentation(**{**OFF, **dict.fromkeys(OFF, 0.5)}, spec=0.5)
    for count in (1024, 12_345, 100_001):  # the last is longer than the pieces of noise
        samples = torch.zeros(3, count)
        samples[0] = torch.from_numpy(np.resize(voice(1.0), count))
        changed, lengths = augment_samples(samples, torch.tensor([count, 0, 5]), sounds, settings, _generator())
        assert torch.isfinite(changed).all()
        assert changed.shape == (3, count)
        assert ((lengths >= 0) & (lengths <= count)).all()


def test_gain_changes_the_level_alone() -> None:
    speech = torch.from_numpy(0.01 * voice(1.0))[None]
    louder = gain(speech, _generator(3), largest_db=12.0)
    factor = louder.norm() / speech.norm()
    assert torch.allclose(louder, speech * factor, atol=2**-15)
    assert 10 ** (-12 / 20) <= float(factor) <= 10 ** (12 / 20)
    assert float(factor) != 1
    assert float(gain(speech * 1e4, _generator(), largest_db=1.0).abs().max()) == 1.0  # full scale
    quiet = gain(speech * 0.02, _generator(), largest_db=1.0) * 2**15
    assert torch.equal(quiet, quiet.round())  # of a 16-bit recorder
    assert 0 < float(quiet.abs().max()) < 10


def test_clipping_flattens_the_stated_share() -> None:
    speech, lengths = _batch(16), torch.full((16,), 30_000)
    cut = clip(speech, lengths, _generator(), share=1.0)
    for before, after in zip(speech[:, :30_000], cut[:, :30_000], strict=True):
        level = after.abs().max()
        flat = float((after.abs() == level).float().mean())
        assert 0.003 <= flat <= 0.101
        assert torch.equal(after, before.clamp(-level, level))


def test_noise_comes_at_the_stated_ratio() -> None:
    speech, lengths = _batch(16), torch.full((16,), 30_000)
    noises = coloured_noise(20, 80_000, _generator())
    noisy = add_noise(speech, lengths, noises, _generator(), share=1.0, snr_db=(10.0, 10.0))
    added = noisy - speech
    ratio = _decibels(speech[:, :30_000].square().mean(1) / added[:, :30_000].square().mean(1))
    assert torch.allclose(ratio, torch.tensor(10.0), atol=0.05)
    assert not added[:, 30_000:].any()
    part = add_noise(speech, lengths, noises, _generator(), share=0.5, snr_db=(-5.0, 20.0))
    heard = (part != speech).any(1)
    ratio = _decibels(speech[heard].square().mean(1) / (part - speech)[heard].square().mean(1))
    assert 2 <= int(heard.sum()) <= 14
    assert float(ratio.max()) - float(ratio.min()) > 5


def test_coloured_noise_falls_with_frequency() -> None:
    noises = coloured_noise(40, 80_000, _generator())
    fall = [float(10 * np.log10(power(row, 500, 1000) / power(row, 4000, 8000))) for row in noises]
    # Three octaves apart, the upper band eight times as wide: 9 dB less than nothing, to 36 - 9 dB.
    assert -10 < min(fall) < 0
    assert 20 < max(fall) < 28


def test_rooms_begin_with_their_direct_sound_and_ring_as_long_as_stated(rooms: Any) -> None:
    assert rooms.shape == (6, RATE // 2)
    assert torch.equal(rooms[:, 0], torch.ones(6))
    times = [measure_rt60(room.numpy(), RATE, decay_db=20) for room in rooms]
    assert all(0.13 <= time <= 0.82 for time in times)  # measured before they were cut to half a second
    assert max(times) > 1.5 * min(times)
    assert torch.equal(room_bank.__wrapped__(2, 3), rooms[:2])
    assert not torch.equal(room_bank(2, 4), rooms[:2])


def test_a_room_adds_a_decaying_tail_and_moves_nothing(rooms: Any) -> None:
    click = torch.zeros(8, RATE)
    click[:, 100] = 1.0
    heard = reverberate(click, rooms, _generator(1), share=1.0)
    assert float(heard[:, :100].abs().max()) < 1e-5  # nothing before the sound
    assert torch.allclose(heard.norm(dim=1), torch.ones(8), atol=1e-3)  # the level stays
    for row in heard:
        tail = row[100:] / row[100]  # the response itself
        assert min(float((tail[: RATE // 2] - room).abs().max()) for room in rooms) < 1e-3
        assert float(row[6000:7400].square().sum()) < 0.5 * float(row[200:1600].square().sum())
    silent = reverberate(torch.zeros(1, RATE), rooms, _generator(), share=1.0)
    assert not silent.any()


def test_band_takes_away_what_lies_outside() -> None:
    white = torch.from_numpy(noise(2.0))[None]
    kept = [band_and_tilt(white, _generator(seed), share=1.0) for seed in range(20)]
    highest = [power(x, 7800, 8000) / power(white, 7800, 8000) for x in kept]
    lowest = [power(x, 20, 45) / power(white, 20, 45) for x in kept]
    middle = [power(x, 900, 1100) / power(white, 900, 1100) for x in kept]
    assert np.median(highest) < 1e-3  # most low-passes lie well below
    assert np.median(lowest) < 0.1
    assert all(0.5 < ratio < 2 for ratio in middle)  # the tilt turns around 1 kHz
    assert all(abs(_lag(white[0], x[0])) <= 1 for x in kept)


def test_telephone_passes_its_band_alone() -> None:
    white = torch.from_numpy(noise(2.0))[None]
    line = telephone(white, _generator(), share=1.0)
    for low, high, change in ((400, 3200, 1.0), (0, 220, 0.0), (3800, 8000, 0.0)):
        assert power(line, low, high) / power(white, low, high) == pytest.approx(change, abs=0.05)
    assert _lag(white[0], line[0]) == 0
    speech = torch.from_numpy(tone(1000.0, 1.0))[None]
    inside = slice(2000, 14_000)  # a tone that begins at once is no narrow band
    rest = (telephone(speech, _generator(), share=1.0) - speech)[0, inside]
    assert 30 < float(_decibels(speech[0, inside].square().mean() / rest.square().mean())) < 45  # the µ-law's steps


def test_mu_law_has_two_hundred_and_fifty_five_steps() -> None:
    ramp = torch.linspace(-1.5, 1.5, 200_001)
    kept = mu_law(ramp)
    assert len(kept.unique()) == 255
    assert float(kept.max()) == pytest.approx(1.0, abs=1e-6)
    assert torch.equal(mu_law(kept), kept)
    quiet = torch.linspace(-0.001, 0.001, 101)
    assert float((mu_law(quiet) - quiet).abs().max()) < 1.1e-4  # fine steps where it is quiet
    assert float((mu_law(ramp) - ramp.clamp(-1, 1)).abs().max()) > 0.01  # coarse where it is loud


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_codecs_keep_the_speech_in_its_place(codec: Any) -> None:
    if codec not in usable_codecs():
        pytest.skip("this libsndfile lacks it")
    speech = np.concatenate([silence(0.2), voice(1.5), silence(0.1)])
    coded = codec(speech)
    assert coded.shape == speech.shape
    assert coded.dtype == np.float32
    assert abs(_lag(torch.from_numpy(speech), torch.from_numpy(coded))) <= 1
    likeness = float(np.corrcoef(speech, coded)[0, 1])
    assert 0.9 < likeness < 0.9999  # recognisable, and not untouched
    assert codec(speech[:1]).shape == (1,)


def test_without_any_codec_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise soundfile.LibsndfileError(0)

    monkeypatch.setattr(soundfile, "write", refuse)
    usable_codecs.cache_clear()
    try:
        with pytest.raises(TrainingError, match="set it to 0"):
            code(_batch(2, 0.5), _generator(), share=1.0)
    finally:
        usable_codecs.cache_clear()


def test_speed_moves_pitch_and_length_together() -> None:
    signal = torch.from_numpy(tone(1000.0, 2.5))[None].repeat(8, 1)
    changed, lengths = play(signal, torch.full((8,), 20_000), _generator(6), speed=0.12)
    for row, length in zip(changed, lengths.tolist(), strict=True):
        assert hertz(row[: min(length, 20_000)]) == pytest.approx(1000.0 * 20_000 / length, rel=0.002)
        assert 1 / 1.13 <= length / 20_000 <= 1 / 0.87
    assert len(set(lengths.tolist())) == 4  # one factor for each quarter


def test_a_window_played_slower_does_not_end_with_its_beginning() -> None:
    signal = torch.zeros(2, 40_000)
    signal[:, :4000] = torch.from_numpy(noise(0.25))
    for factor in (0.88, 1.12):
        assert not resampled(signal, factor)[:, -4000:].any()


def test_spectrum_masks_are_the_windows_mean_and_stay_within_their_share() -> None:
    features = 1 + torch.rand(8, 153, 64, generator=_generator())
    features[:, 100:] = 0  # padding
    masked = mask_spectrum(features, torch.full((8,), 100), _generator(), share=0.1)
    hidden = masked != features
    assert torch.equal(masked[:, 100:], features[:, 100:])
    for window, mask, before in zip(masked, hidden, features[:, :100], strict=True):
        assert torch.allclose(window[mask], before.mean(), atol=1e-4)
    bands, frames = hidden[:, :100].all(1).sum(1), hidden.all(2).sum(1)
    assert int(bands.max()) <= 2 * 7
    assert 0 < int(frames.max()) <= 2 * 11


def test_settings_out_of_range_are_refused() -> None:
    for wrong, said in (
        ({"noise": 1.5}, "`noise` must be from 0 to 1"),
        ({"codec": -0.1}, "`codec` must be from 0 to 1"),
        ({"speed": float("nan")}, "`speed` must be from 0 to 0.5"),
        ({"snr_db": (20.0, 5.0)}, "lowest and the highest"),
        ({"gain_db": -3.0}, "`gain_db` must be 0 or more"),
    ):
        with pytest.raises(TrainingError, match=said):
            Augmentation(**wrong)
    assert not any(getattr(Augmentation(), name) for name in ("telephone", "codec", "clipping"))


def test_settings_that_went_are_read_where_they_were_off() -> None:
    old = {"noise": 0.4, "voices": 0.0, "voices_snr_db": [5.0, 20.0], "pitch": 0, "stretch": 0.0, "mixup": 0.0}
    assert fill(Augmentation, old, "a.onnx") == Augmentation(noise=0.4)
    for key in ("voices", "pitch", "stretch", "mixup"):
        with pytest.raises(TrainingError, match=f"^a.onnx: `{key}` is no longer a setting, and only 0.0, .*, not 0.2"):
            fill(Augmentation, old | {key: 0.2}, "a.onnx")


def test_demonstrations_change_what_they_are_named_for() -> None:
    speech = _batch(1, 2.0)
    for name, demonstration in DEMONSTRATIONS.items():
        shown = demonstration(speech.clone(), _generator())
        assert shown.shape == speech.shape, name
        assert torch.isfinite(shown).all(), name
        assert float((shown - speech).norm() / speech.norm()) > 0.02, name
        assert torch.equal(shown, demonstration(speech.clone(), _generator())), name


# What is mixed in: who is heard, and who is not.


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return esc10(tmp_path_factory.mktemp("esc10"))


def test_training_hears_folds_one_to_four_and_never_five(folds: Path) -> None:
    noises, recorded = load_noises([folds], 0)
    assert recorded == 4
    assert sorted(round(hertz(piece)) for piece in noises[:recorded]) == [1000, 2000, 3000, 4000]
    assert len(noises) == 104
    assert len(load_noises([], 0)[0]) == 100
    assert torch.equal(load_noises([folds], 0)[0], noises)


def test_training_noises_are_disjoint_from_the_tests(corpora: Path) -> None:
    noises, recorded = load_noises([corpora / "noise"], 0)
    assert recorded > 320  # of ESC-10 four fifths, and the backgrounds
    tests = [read_recording(path) for path in conditions([corpora / "noise"])["noise 0 dB"].paths]
    assert len(tests) == 80
    energy = {round(float(np.square(test).sum()), 3) for test in tests}
    assert not energy & {round(float(piece.square().sum()), 3) for piece in noises[:recorded]}


def test_sounds_hold_what_the_settings_ask_for(folds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ser_train.augment.sounds._ROOMS", 2)
    some = load_sounds([folds], Augmentation(**{**OFF, "room": 0.5}), 3)
    assert (some.recorded, len(some.noises), len(some.rooms)) == (4, 104, 2)
    assert len(load_sounds([folds], Augmentation(**OFF), 3).rooms) == 0


def test_the_shipped_recipes_settings_are_understood() -> None:
    assert all(load_recipe(name).augmentation.noise > 0 for name in shipped_recipes())
