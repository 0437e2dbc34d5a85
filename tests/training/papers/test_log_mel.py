# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Systems on log-mel spectrograms (papers T and Y): arrays, copies and networks are what the papers say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from voices import silence, tone, voice

pytestmark = [pytest.mark.train, pytest.mark.papers]
torch = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.data.speech_cache import cut_speech
from ser_train.errors import TrainingError
from ser_train.papers.augmentation import Copy, make_copy
from ser_train.papers.log_mel import LogMelSettings, input_settings, log_mel, prepared
from ser_train.papers.networks import NETWORKS
from ser_train.papers.system import load_system, system_names

from ser_live.features.from_contract import front_end_of

T, Y = (load_system(name).front for name in ("t-crnn", "y-rav"))
SYSTEMS = [name for name in system_names() if name.startswith(("t-", "y-"))]


def network(name: str, shape: tuple[int, ...]) -> torch.nn.Module:
    system = load_system(name)
    return NETWORKS[system.network].build(len(system.label_map.labels), shape, system.model)


def array(samples: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    return log_mel(prepared(samples, settings), settings)


# Arrays


def test_arrays_have_the_papers_shapes() -> None:
    assert array(voice(2.0), T).shape[1] == 64
    assert array(voice(2.0, sample_rate=44_100), Y).shape == (259, 128)


def test_arrays_are_what_the_live_front_end_gives() -> None:
    speech = voice(3.0, sample_rate=44_100)
    live = front_end_of(input_settings(Y))
    np.testing.assert_array_equal(array(speech[:100_000], Y), live(speech[:100_000]))
    short = voice(2.0)
    plain = replace(T, speech=False)
    np.testing.assert_array_equal(array(short, plain), front_end_of(input_settings(T))(short))


def test_a_long_clip_keeps_its_first_seconds() -> None:
    clip = np.concatenate([tone(500.0, 3.0, sample_rate=44_100), tone(5000.0, 3.0, sample_rate=44_100)])
    plain = replace(Y, preprocessing=())
    np.testing.assert_array_equal(array(clip, plain), array(clip[: 3 * 44_100], plain))


def test_speech_alone_is_heard_where_the_system_says_so() -> None:
    clip = np.concatenate([silence(1.0), voice(2.0), silence(1.0)])
    speech = cut_speech(clip, 16_000)
    assert 0 < len(speech) < len(clip)
    signal = prepared(clip, T)
    assert len(signal) == len(speech)
    assert np.abs(signal).max() == pytest.approx(1.0)


def test_a_clip_in_which_nobody_is_heard_is_taken_whole() -> None:
    hum = tone(60.0, 1.0, amplitude=0.001)
    assert not len(cut_speech(hum, 16_000))
    assert len(prepared(hum, T)) == len(hum)


def test_level_carries_nothing() -> None:
    clip = voice(2.0, sample_rate=44_100)
    for settings, samples in ((Y, clip), (replace(T, speech=False), voice(2.0))):
        np.testing.assert_allclose(array(samples / 2, settings), array(samples, settings), atol=0.2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"speech": True, "sample_rate": 44_100}, "`speech` needs a sample_rate of 16000"),
        ({"range_db": None}, "`range_db` belongs to the normalisations `window` and `peak`"),
        ({"normalisation": "z-score"}, "`range_db` belongs to the normalisations `window` and `peak`"),
        ({"window_seconds": 0.0}, "window_seconds"),
    ],
)
def test_settings_that_contradict_each_other(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError) as error:
        replace(T, **changes)  # type: ignore[arg-type]
    assert message in str(error.value)


# Copies


def test_a_recording_copy_is_drawn_and_stays_about_as_long() -> None:
    clip, copy = voice(1.5), Copy(kind="recording", amount=0.12)
    first, same, other = (make_copy(clip, 16_000, copy, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert len(first) != len(other) or np.abs(first - other).max() > 0.01
    for samples in (first, other):
        assert samples.dtype == np.float32
        assert 0.87 * len(clip) <= len(samples) <= 1.14 * len(clip)
        assert np.isfinite(samples).all()
    with pytest.raises(TrainingError, match="16000"):
        make_copy(clip, 44_100, copy, np.random.default_rng(0))


# Networks


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_network_gives_the_logits_of_its_system(name: str) -> None:
    system = load_system(name)
    shape = front_end_of(input_settings(system.front)).shape
    model = network(name, shape).eval()
    with torch.no_grad():
        logits, attention = model(torch.randn(2, *shape))
    assert logits.shape == (2, len(system.label_map.labels))
    assert (attention is not None) == (system.network in ("attention-crnn", "attention-encoder"))


def test_the_blocks_of_yadav_are_those_of_table_1() -> None:
    model = network("y-rav", (259, 128))
    convolutions = [module for module in model.blocks if isinstance(module, torch.nn.Conv2d)]
    assert [(c.out_channels, *c.kernel_size) for c in convolutions] == [
        (64, 9, 9),
        (64, 7, 7),
        (128, 5, 5),
        (128, 3, 3),
    ]
    assert not any(isinstance(module, torch.nn.Dropout) for module in model.modules())
    assert model.blocks(torch.zeros(1, 1, 259, 128)).shape == (1, 128, 2, 1)  # two steps are left, of one band
    assert (model.lstm.hidden_size, model.lstm.bidirectional, model.lstm.num_layers) == (128, True, 1)


def test_pools_that_leave_nothing_are_refused() -> None:
    with pytest.raises(TrainingError, match="leave nothing"):
        network("y-rav", (100, 64))


def test_the_resnet_is_torchvisions_for_one_channel() -> None:
    model = network("t-resnet", (153, 64))
    count = sum(weights.numel() for weights in model.parameters())
    assert count == 11_689_512 - 2 * 64 * 49 - 994 * 513  # torchvision's count, less two channels and 994 classes


def test_the_simpler_cnn_is_the_crnn_without_recurrence() -> None:
    simple, crnn = load_system("t-cnn").model, load_system("t-crnn").model
    assert (simple.channels, simple.dense, simple.dropout) == (crnn.channels, crnn.dense, crnn.dropout)
    assert not any(isinstance(module, torch.nn.LSTM) for module in network("t-cnn", (153, 64)).modules())


# Systems


def test_only_women_and_six_emotions_in_the_report_of_toronto() -> None:
    for name in SYSTEMS:
        system = load_system(name)
        if name.startswith("t-"):
            assert system.sexes == ("female",)
            assert system.label_map.of("calm") is None or name == "t-tess"
            assert (system.label_map.of("surprise") is not None) == (name == "t-tess")
        else:
            assert not system.sexes
            assert any("bands are empty" in note for note in system.notes)


def test_variations_differ_from_their_systems_only_in_what_they_say() -> None:
    for name in ("y-rav", "y-emo"):
        plain, augmented = load_system(name), load_system(f"{name}-aug")
        assert not plain.copies
        assert [(copy.kind, copy.amount) for copy in augmented.copies] == [
            ("noise", 0.1),
            ("stretch", 1.1),
            ("stretch", 0.8),
            ("pitch", 1.5),
        ]
        fit = replace(augmented.fit, epochs=plain.fit.epochs, stop_after=plain.fit.stop_after)
        assert (plain.front, plain.model, plain.fit) == (augmented.front, augmented.model, fit)
    crnn = load_system("t-crnn")
    for name in ("t-resnet", "t-cnn", "t-cross"):
        system = load_system(name)
        rate = 2e-4 if name == "t-cnn" else 1e-3
        assert (system.front, system.copies) == (crnn.front, crnn.copies)
        assert system.independent == replace(crnn.independent, learning_rate=rate)
        assert system.fit == replace(crnn.fit, stop_after=10, learning_rate=rate)
