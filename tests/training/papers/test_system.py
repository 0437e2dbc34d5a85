# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Recipes of the papers' systems, the networks' counts as the papers print them, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_system import HEAD, made_clips, tiny_system

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.fitting.recipe import shipped_recipes
from ser_train.papers.features import KINDS
from ser_train.papers.networks import NETWORKS
from ser_train.papers.protocols import PROTOCOLS
from ser_train.papers.recordings import take_clips
from ser_train.papers.system import load_system, system_names


def _network(name: str, length: int) -> Any:
    system = load_system(name)
    return NETWORKS[system.network].build(len(system.label_map.labels), (length,), system.model)


def test_every_recipe_is_understood_and_says_what_was_chosen() -> None:
    assert {"d-cnn1", "d-gru", "d-film", "r-cnn-lstm"} <= set(system_names())
    for name in system_names():
        system = load_system(name)
        assert system.name == name
        assert set(system.protocols) <= set(PROTOCOLS)
        assert "speaker-independent" in system.protocols
        assert system.choices, name
        assert system.published or system.goal or name == "y-language"
        assert KINDS[system.features].inputs(system.front).sample_rate == system.front.sample_rate


def test_systems_are_no_recipes_of_the_live_trainer() -> None:
    assert not set(system_names()) & set(shipped_recipes())


def test_the_final_gru_has_the_counts_of_appendix_11() -> None:
    network = _network("d-gru", 161)
    assert sum(weights.numel() for weights in network.parameters()) == 703_752
    convolutions = [module for module in network.convolutions if isinstance(module, torch.nn.Conv1d)]
    layers = [*convolutions, *network.recurrent, network.output]
    counts = [sum(weights.numel() for weights in layer.parameters()) for layer in layers]
    assert counts == [384, 24_704, 98_560, 393_728, 110_976, 24_960, 24_960, 24_960, 520]


def test_the_final_gru_has_the_steps_of_appendix_11() -> None:
    network = _network("d-gru", 161)
    steps, maps = [], torch.zeros(2, 1, 161)
    for module in network.convolutions:
        maps = module(maps)
        if isinstance(module, torch.nn.MaxPool1d):
            steps.append(maps.shape[2])
    assert steps == [80, 40, 20, 10]


@pytest.mark.parametrize("name", ["d-cnn1", "d-cnn4", "d-crnn", "d-k5", "d-act", "d-gru"])
@pytest.mark.parametrize("length", [161, 162])
def test_networks_of_features_give_logits(name: str, length: int) -> None:
    logits, attention = _network(name, length)(torch.randn(3, length))
    assert logits.shape == (3, 8)
    assert attention is None


def test_variations_are_what_the_paper_calls_them() -> None:
    models = {name: load_system(name).model for name in system_names() if name.startswith("d-") and name != "d-film"}
    assert models["d-dropout"].dropout == 0.1
    assert models["d-k5"].kernels == (5, 5, 5)
    assert models["d-layer"].channels == (64, 128, 256, 512)
    assert models["d-act"].activations == ("relu", "elu", "tanh", "relu")
    assert (models["d-act"].recurrent, models["d-gru"].recurrent) == ("lstm", "gru")
    assert models["d-gru"] == load_system("d-film").model


def test_starting_weights_are_those_of_keras() -> None:
    lstm = _network("d-crnn", 162).recurrent[0]
    units = lstm.hidden_size
    assert torch.equal(lstm.bias_ih_l0[units : 2 * units], torch.ones(units))
    assert not lstm.bias_ih_l0[:units].any()
    assert not lstm.bias_hh_l0.any()
    product = lstm.weight_hh_l0.T @ lstm.weight_hh_l0
    assert torch.allclose(product, torch.eye(units), atol=1e-4)


def test_a_system_takes_the_clips_it_counts_whatever_their_order(tmp_path: Path) -> None:
    taking = HEAD.replace("[features]", "[take.ravdess]\nangry = 3\nsad = 99\n[features]")
    system = load_system(str(tiny_system(tmp_path, taking)))
    clips = made_clips("ravdess", 4, ("angry", "happy", "sad")) + made_clips("savee", 1, ("angry",))
    chosen = take_clips(clips, system)
    assert Counter((clip.corpus, clip.label) for clip in chosen) == {
        ("ravdess", "angry"): 3,
        ("ravdess", "sad"): 40,
        ("savee", "angry"): 10,
    }
    assert {clip.name for clip in take_clips(clips[::-1], system)} == {clip.name for clip in chosen}


def test_the_counts_of_paper_004_are_those_of_its_table() -> None:
    system = load_system("r-cnn-lstm")
    counts: Counter[str] = sum((Counter(counts) for counts in system.take.values()), Counter())
    printed = [634, 93, 625, 619, 643, 623, 611, 492]
    assert counts == dict(zip(system.label_map.labels, printed, strict=True))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "averaged"', 'kind = "avaraged"', "did you mean `averaged`?"),
        ('architecture = "feature-crnn"', 'architecture = "feature-cnn"', "did you mean `feature-crnn`?"),
        ("[protocols.published]", "[protocols.publish]", "did you mean `published`?"),
        ('corpora = ["ravdess", "savee"]', 'corpora = ["ravdes"]', "did you mean `ravdess`?"),
        ("kernels = [5]", "kernels = [5, 5]", "one value for each convolution"),
        ("[features]", "[take.ravdess]\nhapy = 3\n\n[features]", "`hapy` is no label; did you mean `happy`?"),
        ("[features]", "[take.ravdess]\nhappy = -3\n\n[features]", "counts must be 0 or more"),
        ("epochs = 3", "epochs = 0", "`epochs` must be 1 or more"),
        ("test = 0.25", "test = 1.25", "`test` must be from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in HEAD
    with pytest.raises(TrainingError) as error:
        load_system(str(tiny_system(tmp_path, HEAD.replace(old, new))))
    assert message in str(error.value)


def test_a_system_that_is_not_there_is_named() -> None:
    with pytest.raises(TrainingError, match="did you mean `d-gru`"):
        load_system("d-gro")
