# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Each augmentation by what it does to the signal, and the conditions of the robustness table."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from voices import noise, silence, tone, voice

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from training.augment import DEMONSTRATIONS, Augmentation, Sounds, augment_features, augment_samples
from training.augment.channel import band_and_tilt, mu_law, telephone
from training.augment.codec import CODECS, code, usable_codecs
from training.augment.fourier import fast_length
from training.augment.level import clip, gain
from training.augment.noise import add_noise, add_voices, coloured_noise
from training.augment.room import reverberate, reverberation_time, room_bank
from training.augment.spectrum import mask_spectrum, mixup
from training.augment.time import play, resampled, stretched
from training.cache import SpeechCache
from training.conditions import conditions, load_test_noises, speaking
from training.corpora import Clip
from training.errors import TrainingError
from training.noises import load_noises, load_sounds, training_voices
from training.recipe import load_recipe

RATE = 16_000


def _generator(seed: int = 0) -> Any:
    return torch.Generator().manual_seed(seed)


def _batch(count: int, seconds: float = 2.5) -> Any:
    return torch.from_numpy(np.stack([voice(seconds, seed=seed) for seed in range(count)]))


def _power(samples: Any, low: float, high: float) -> float:
    spectrum = torch.fft.rfft(samples).abs().square()
    hertz = torch.fft.rfftfreq(samples.shape[-1], 1 / RATE)
    return float(spectrum[..., (hertz >= low) & (hertz < high)].sum())


def _hertz(signal: Any) -> float:
    """Of a tone, by the largest value of its transform, padded to a tenth of a hertz."""
    return float(torch.fft.rfft(signal, n=10 * RATE).abs().argmax()) / 10


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
    return Sounds(noises=coloured_noise(20, 80_000, _generator()), recorded=0, voices=_batch(6, 5.0), rooms=rooms)


OFF = dict.fromkeys(
    ("gain_db", "noise", "voices", "band", "room", "telephone", "codec", "clipping", "speed", "pitch", "stretch"), 0.0
)


def test_all_off_changes_no_bit(sounds: Sounds) -> None:
    samples, lengths = _batch(4) * 3, torch.tensor([40_000, 20_000, 1, 30_000])  # louder than full scale, too
    features, targets = torch.randn(4, 10, 8), torch.eye(4)
    settings = Augmentation(**OFF, spec=0.0, mixup=0.0)
    changed, new_lengths = augment_samples(samples.clone(), lengths, sounds, settings, _generator())
    assert torch.equal(changed, samples)
    assert torch.equal(new_lengths, lengths)
    same = augment_features(features.clone(), lengths.clamp(max=10), targets.clone(), settings, _generator())
    assert torch.equal(same[0], features)
    assert torch.equal(same[1], targets)


@pytest.mark.parametrize("name", OFF)
def test_each_alone_changes_its_share_and_equals_itself(name: str, sounds: Sounds) -> None:
    samples, lengths = _batch(8, 1.0), torch.full((8,), 12_000)
    kept = samples.clone()
    settings = Augmentation(**{**OFF, name: 0.5 if name not in ("gain_db", "pitch") else 3.0})
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
    if name in ("gain_db", "speed", "pitch", "stretch"):
        assert changed.all()
    else:
        assert 0 < int(changed.sum()) < 8


def test_the_chain_bears_silence_and_odd_lengths(sounds: Sounds) -> None:
    settings = Augmentation(**{**OFF, **dict.fromkeys(OFF, 0.5)}, spec=0.5, mixup=0.5)
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
    fall = [float(10 * np.log10(_power(row, 500, 1000) / _power(row, 4000, 8000))) for row in noises]
    # Three octaves apart, the upper band eight times as wide: 9 dB less than nothing, to 36 - 9 dB.
    assert -10 < min(fall) < 0
    assert 20 < max(fall) < 28


def test_other_voices_are_one_to_four_at_the_stated_ratio() -> None:
    hertz = (500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0)
    voices = torch.from_numpy(np.stack([tone(one, 5.0) for one in hertz]))
    speech, lengths = _batch(32), torch.full((32,), 40_000)
    babble = add_voices(speech, lengths, voices, _generator(), share=1.0, snr_db=(5.0, 5.0)) - speech
    ratio = _decibels(speech.square().mean(1) / babble.square().mean(1))
    assert torch.allclose(ratio, torch.tensor(5.0), atol=0.05)
    speaking_at_once = [
        sum(_power(row, one - 20, one + 20) > 0.02 * _power(row, 0, 8000) for one in hertz) for row in babble
    ]
    assert set(speaking_at_once) == {1, 2, 3, 4}


def test_rooms_begin_with_their_direct_sound_and_ring_as_long_as_stated(rooms: Any) -> None:
    assert rooms.shape == (6, RATE // 2)
    assert torch.equal(rooms[:, 0], torch.ones(6))
    times = [reverberation_time(room.numpy()) for room in rooms]
    assert all(0.13 <= time <= 0.82 for time in times)  # measured before they were cut to half a second
    assert max(times) > 1.5 * min(times)
    assert torch.equal(room_bank.__wrapped__(2, 3), rooms[:2])
    assert not torch.equal(room_bank(2, 4), rooms[:2])


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8])
def test_reverberation_time_is_measured(seconds: float) -> None:
    time = np.arange(2 * RATE) / RATE
    response = np.random.default_rng(0).normal(size=len(time)) * 10 ** (-3 * time / seconds)
    assert reverberation_time(response.astype(np.float32)) == pytest.approx(seconds, rel=0.05)
    assert reverberation_time(np.array([1.0, 0.0], np.float32)) == 0


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
    highest = [_power(x, 7800, 8000) / _power(white, 7800, 8000) for x in kept]
    lowest = [_power(x, 20, 45) / _power(white, 20, 45) for x in kept]
    middle = [_power(x, 900, 1100) / _power(white, 900, 1100) for x in kept]
    assert np.median(highest) < 1e-3  # most low-passes lie well below
    assert np.median(lowest) < 0.1
    assert all(0.5 < ratio < 2 for ratio in middle)  # the tilt turns around 1 kHz
    assert all(abs(_lag(white[0], x[0])) <= 1 for x in kept)


def test_telephone_passes_its_band_alone() -> None:
    white = torch.from_numpy(noise(2.0))[None]
    line = telephone(white, _generator(), share=1.0)
    for low, high, change in ((400, 3200, 1.0), (0, 220, 0.0), (3800, 8000, 0.0)):
        assert _power(line, low, high) / _power(white, low, high) == pytest.approx(change, abs=0.05)
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
        assert _hertz(row[: min(length, 20_000)]) == pytest.approx(1000.0 * 20_000 / length, rel=0.002)
        assert 1 / 1.13 <= length / 20_000 <= 1 / 0.87
    assert len(set(lengths.tolist())) == 4  # one factor for each quarter


def test_a_window_played_slower_does_not_end_with_its_beginning() -> None:
    signal = torch.zeros(2, 40_000)
    signal[:, :4000] = torch.from_numpy(noise(0.25))
    for factor in (0.88, 1.12):
        assert not resampled(signal, factor)[:, -4000:].any()


def test_pitch_moves_and_the_duration_stays() -> None:
    signal = torch.from_numpy(tone(1000.0, 2.5))[None].repeat(8, 1)
    changed, lengths = play(signal, torch.full((8,), 20_000), _generator(5), pitch=3.0)
    semitones = [12 * np.log2(_hertz(row[2000:18_000]) / 1000) for row in changed]
    assert all(abs(one) <= 3.1 for one in semitones)
    assert max(semitones) - min(semitones) > 1
    assert all(abs(length - 20_000) < 10 for length in lengths.tolist())
    edge = torch.from_numpy(np.concatenate([tone(800.0, 1.25), silence(1.25)]))[None].repeat(4, 1)
    moved, _ = play(edge, torch.full((4,), 40_000), _generator(5), pitch=3.0)
    assert float(moved[:, 20_600:39_000].abs().max()) < 0.01  # silent where it was silent
    assert float(moved[:, 18_000:19_400].square().mean()) == pytest.approx(0.125, rel=0.15)


def test_stretch_changes_the_tempo_and_the_pitch_stays() -> None:
    signal = torch.from_numpy(tone(1000.0, 2.5))[None].repeat(8, 1)
    changed, lengths = play(signal, torch.full((8,), 20_000), _generator(5), stretch=0.2)
    for row, length in zip(changed, lengths.tolist(), strict=True):
        assert _hertz(row[2000:16_000]) == pytest.approx(1000.0, abs=2)
        assert 1 / 1.21 <= length / 20_000 <= 1 / 0.79
    assert len(set(lengths.tolist())) == 4


@pytest.mark.parametrize("rate", [0.5, 0.9, 1.3, 2.0])
def test_stretched_speech_keeps_its_course_and_its_level(rate: float) -> None:
    speech = _batch(4)
    slower = stretched(speech, rate)
    assert slower.shape == (4, round(40_000 / rate))
    level = _decibels(slower.square().mean(1) / speech.square().mean(1))
    assert float(level.abs().max()) < 1.5  # a vocoder that lets phases fall apart loses 3 dB
    course = [
        torch.nn.functional.interpolate(x.square()[:, None], size=100, mode="area")[:, 0].sqrt()
        for x in (speech, slower)
    ]
    assert float(torch.corrcoef(torch.stack([x.flatten() for x in course]))[0, 1]) > 0.9


def test_stretching_by_nothing_gives_the_same_samples() -> None:
    speech = _batch(2)
    assert torch.allclose(stretched(speech, 1.0), speech, atol=0.05)
    assert not stretched(torch.zeros(1, 8000), 0.8).any()


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


def test_mixup_mixes_features_and_targets_alike() -> None:
    features = torch.eye(6)[:, None, :].repeat(1, 3, 1)
    mixed, targets = mixup(features, torch.eye(6), _generator(), alpha=0.5)
    assert torch.allclose(mixed[:, 0], targets)
    assert torch.allclose(targets.sum(1), torch.ones(6))
    assert not torch.equal(targets, torch.eye(6))
    assert (targets.diagonal() >= 0.5).all()


def test_fast_lengths_are_long_enough_and_not_much_longer() -> None:
    for least in (1, 4, 5, 1023, 12_345, 40_000, 48_000, 1_000_003):
        size = fast_length(least)
        assert size % 4 == 0
        assert least <= size <= max(4 * -(-least // 4), least * 9 / 8 + 4)


def test_settings_out_of_range_are_refused() -> None:
    for wrong, said in (
        ({"noise": 1.5}, "`noise` must be from 0 to 1"),
        ({"codec": -0.1}, "`codec` must be from 0 to 1"),
        ({"pitch": 40.0}, "`pitch` must be from 0 to 12"),
        ({"stretch": 0.9}, "`stretch` must be from 0 to 0.5"),
        ({"speed": float("nan")}, "`speed` must be from 0 to 0.5"),
        ({"snr_db": (20.0, 5.0)}, "lowest and the highest"),
        ({"gain_db": -3.0}, "`gain_db` must be 0 or more"),
    ):
        with pytest.raises(TrainingError, match=said):
            Augmentation(**wrong)
    new = ("voices", "telephone", "codec", "clipping", "pitch", "stretch")
    assert not any(getattr(Augmentation(), name) for name in new)


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
    """ESC-10 by its names: a tone for each fold, 1000 Hz for fold 1 and so on; fold 5 sounds for its first second."""
    folder = tmp_path_factory.mktemp("esc10")
    for fold in range(1, 6):
        sound = np.concatenate([tone(1000.0 * fold, 1.0), silence(4.0)]) if fold == 5 else tone(1000.0 * fold, 5.0)
        soundfile.write(folder / f"{fold}-1234-A.wav", sound, RATE)
    soundfile.write(folder / "5-777-B-10.wav", silence(5.0), RATE)
    soundfile.write(folder / "5_meeting.wav", tone(300.0, 1.0), RATE)
    return folder


def test_training_hears_folds_one_to_four_and_never_five(folds: Path) -> None:
    noises, recorded = load_noises([folds], 0)
    assert recorded == 4
    assert sorted(round(_hertz(piece)) for piece in noises[:recorded]) == [1000, 2000, 3000, 4000]
    assert len(noises) == 104
    assert len(load_noises([], 0)[0]) == 100
    assert torch.equal(load_noises([folds], 0)[0], noises)


def test_training_noises_are_disjoint_from_the_tests(corpora: Path) -> None:
    noises, recorded = load_noises([corpora / "noise"], 0)
    assert recorded > 320  # of ESC-10 four fifths, and the backgrounds
    tests = load_test_noises([corpora / "noise"])
    assert len(tests) == 80
    energy = {round(float(np.square(test).sum()), 3) for test in tests}
    assert not energy & {round(float(piece.square().sum()), 3) for piece in noises[:recorded]}


def _cache(speakers: dict[str, float], seconds: float) -> SpeechCache:
    """Two clips of each speaker, who says a tone."""
    names = [speaker for speaker in speakers for _ in range(2)]
    count = round(seconds * RATE)
    ends = np.arange(1, len(names) + 1) * count
    pieces = [(32767 * (0.01 + 0.1 * k) * tone(speakers[name], seconds)) for k, name in enumerate(names)]
    return SpeechCache(
        clips=[
            Clip(
                path=Path(f"{k}.wav"),
                corpus="made",
                label="angry",
                speaker=name,
                sex=None,
                text="",
            )
            for k, name in enumerate(names)
        ],
        bounds=np.stack([ends - count, ends], axis=1),
        samples=np.concatenate(pieces).astype(np.int16),
        faulty={},
    )


def test_other_voices_are_those_of_the_training_side() -> None:
    speech = _cache({"a": 500.0, "b": 1000.0, "c": 1500.0, "d": 2000.0}, 6.0)
    training = [0, 1, 4, 5]  # a and c
    voices = training_voices(speech, training, 0)
    assert voices.shape == (4, 5 * RATE)
    assert {round(_hertz(piece)) for piece in voices} == {500, 1500}
    assert torch.allclose(voices.square().mean(1).sqrt(), torch.tensor(0.1), atol=1e-4)
    assert torch.equal(training_voices(speech, training, 0), voices)
    short = training_voices(_cache({"a": 500.0}, 0.5), [0, 1], 0)
    assert short.shape == (1, 5 * RATE)
    assert float(short[0, -RATE:].square().mean()) > 0.005  # repeated, not padded
    with pytest.raises(TrainingError, match="set it to 0"):
        training_voices(speech, [], 0)


def test_sounds_hold_what_the_settings_ask_for(folds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.noises._ROOMS", 2)
    speech = _cache({"a": 500.0}, 6.0)
    some = load_sounds([folds], Augmentation(**{**OFF, "voices": 0.5, "room": 0.5}), 3, speech, [0])
    assert (some.recorded, len(some.noises), len(some.voices), len(some.rooms)) == (4, 104, 1, 2)
    none = load_sounds([folds], Augmentation(**OFF), 3, speech, [0])
    assert (len(none.voices), len(none.rooms)) == (0, 0)


def test_the_shipped_recipes_settings_are_understood() -> None:
    assert load_recipe("default").augmentation.noise > 0


# Conditions of the robustness table.


def test_conditions_are_named_by_their_noise(folds: Path) -> None:
    common = {"clean", "telephone µ-law", "room", "gain +20 dB", "gain -20 dB", "clipping"}
    assert set(conditions([folds])) == common | {f"noise {snr} dB" for snr in (20, 10, 5, 0)}
    assert set(conditions([])) == common | {f"pink noise {snr} dB" for snr in (20, 10, 5, 0)}
    assert [round(_hertz(torch.from_numpy(one))) for one in load_test_noises([folds])] == [5000]
    assert load_test_noises([]) == ()


@pytest.mark.parametrize("name", list(conditions([])))
def test_conditions_keep_length_and_kind(name: str) -> None:
    condition = conditions([])[name]
    assert pickle.loads(pickle.dumps(condition))(voice(0.5), 3).tobytes() == condition(voice(0.5), 3).tobytes()
    for signal in (silence(0), silence(0.5), voice(1.0)[:1], voice(0.7)[:11_003]):
        kept = signal.copy()
        changed = condition(signal, 1)
        assert changed.shape == signal.shape
        assert changed.dtype == np.float32
        assert np.isfinite(changed).all()
        np.testing.assert_array_equal(signal, kept)


def test_clean_is_the_recording_itself() -> None:
    np.testing.assert_array_equal(conditions([])["clean"](voice(1.0), 5), voice(1.0))


@pytest.mark.parametrize("snr_db", [20, 10, 5, 0])
def test_condition_noise_stands_at_its_ratio_to_the_speech_alone(folds: Path, snr_db: int) -> None:
    speech = np.concatenate([silence(2.0), voice(2.0), silence(2.0)])
    for found, name in (([folds], "noise"), ([], "pink noise")):
        added = conditions(found)[f"{name} {snr_db} dB"](speech, 7) - speech
        heard = speech[2 * RATE : 4 * RATE]
        ratio = 10 * np.log10(np.mean(heard**2) / np.mean(added**2))
        assert ratio == pytest.approx(snr_db, abs=1.0)  # the pauses between syllables do not count
        quarter = np.mean(added[: len(added) // 4] ** 2) / np.mean(added**2)
        assert 0.7 < quarter < 1.4  # throughout, also where the file of the noise is padded


def test_pink_noise_falls_by_three_decibels_an_octave() -> None:
    speech = voice(20.0)
    added = torch.from_numpy(conditions([])["pink noise 0 dB"](speech, 0) - speech)
    for low in (100, 400, 1600):
        assert _power(added, low, 2 * low) == pytest.approx(_power(added, 2 * low, 4 * low), rel=0.15)


def test_speaking_is_told_from_the_background() -> None:
    signal = np.concatenate([silence(1.0), tone(300.0, 1.0), silence(1.0)]) + noise(3.0, level=0.01)
    active = speaking(signal)
    assert active[RATE : 2 * RATE].all()
    assert active.mean() == pytest.approx(1 / 3, abs=0.02)
    assert speaking(tone(300.0, 1.0)).all()
    assert speaking(silence(1.0)).all()  # nothing is louder than the rest


def test_condition_telephone_and_room() -> None:
    white = noise(2.0)
    line = torch.from_numpy(conditions([])["telephone µ-law"](white, 0))
    assert _power(line, 4000, 8000) < 1e-3 * _power(torch.from_numpy(white), 4000, 8000)
    click = silence(1.0)
    click[100] = 1.0
    heard = [conditions([])["room"](click, seed) for seed in range(12)]
    responses = {one.tobytes() for one in heard}
    assert 1 < len(responses) <= 4  # a few rooms, chosen by the clip
    assert all(0.35 < reverberation_time(one[100:]) < 0.65 for one in heard)
    test_rooms, training_rooms = room_bank(4, 2**32, 0.4, 0.6), room_bank(6, 3)
    assert not any(torch.equal(one, other) for one in test_rooms for other in training_rooms)


def test_condition_gain_is_that_of_a_16_bit_recorder() -> None:
    speech = voice(1.0)
    loud, quiet = (conditions([])[f"gain {sign}20 dB"](speech, 0) for sign in "+-")
    assert loud.max() == np.float32(32767 / 32768)
    assert loud.min() == -1.0
    unclipped = np.abs(speech) < 0.09
    np.testing.assert_allclose(loud[unclipped], 10 * speech[unclipped], atol=1e-4)
    steps = quiet * 32768
    np.testing.assert_array_equal(steps, np.round(steps))
    np.testing.assert_allclose(quiet, 0.1 * speech, atol=0.51 / 32768)


def test_condition_clipping_flattens_a_tenth_of_the_speech() -> None:
    speech = np.concatenate([silence(2.0), voice(2.0)])
    cut = conditions([])["clipping"](speech, 0)
    level = np.abs(cut).max()
    flat = np.mean(np.abs(cut[speaking(speech)]) >= level * 0.9999)
    assert flat == pytest.approx(0.1, abs=0.002)
    np.testing.assert_array_equal(cut, np.clip(speech, -level, level))
