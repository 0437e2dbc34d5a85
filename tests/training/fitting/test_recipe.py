# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""Recipes: what they say is what is trained, and what cannot be is refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

from ser_train.errors import TrainingError
from ser_train.fitting.recipe import Recipe, load_recipe, shipped_recipes, stated_recipe
from ser_train.networks import ARCHITECTURES, Architecture
from ser_train.networks.crnn import CRNNSettings
from ser_train.splits import SplitSettings

from ser_live.classifier import Classifier, default_model

FEATURES = """
[features]
n_fft = 1024
win_length = 1024
hop_length = 256
n_mels = 64
f_min = 50.0
f_max = 8000
mel_scale = "htk"
floor = 1e-10
center = false
"""


def _load(folder: Path, text: str, features: str = FEATURES) -> Recipe:
    path = folder / "mine.toml"
    path.write_text(text + features, encoding="utf-8")
    return load_recipe(str(path))


def test_every_shipped_recipe_is_understood() -> None:
    assert "default" in shipped_recipes()
    for name in shipped_recipes():
        recipe = load_recipe(name)
        assert recipe.name == name
        assert json.loads(json.dumps(dataclasses.asdict(recipe)))["features"]["n_mels"] == recipe.features.n_mels


@pytest.mark.parametrize(("name", "file"), [("shipped-last", "ser-live.onnx"), ("crema", "ser-live-crema.onnx")])
def test_the_shipped_models_came_from_their_recipes(name: str, file: str) -> None:
    """Key by key."""
    recipe = load_recipe(name)
    stated = Classifier(default_model().with_name(file), "cpu").contract.training["recipe"]
    assert stated_recipe(stated, file) == recipe
    assert recipe.label_map.labels == ("angry", "disgust", "fear", "happy", "neutral", "sad")
    assert recipe.split.kind == "public"


def test_little_needs_to_be_said(tmp_path: Path) -> None:
    recipe = _load(tmp_path, "")
    assert (recipe.name, recipe.corpora, recipe.targets, recipe.tensorboard) == ("mine", (), "intended", False)
    assert recipe.model == CRNNSettings()
    assert recipe.features.f_max == 8000.0
    assert isinstance(recipe.features.f_max, float)


def test_what_is_said_is_taken(tmp_path: Path) -> None:
    recipe = _load(
        tmp_path,
        """
        corpora = ["tess"]
        targets = "perceived"
        seed = 7
        labels = { angry = "angry", happy = "happy", surprise = "happy" }
        [split]
        kind = "across"
        train = ["tess"]
        test = ["emodb"]
        [model]
        channels = [4, 8]
        [optimisation]
        schedule = "plateau"
        factor = 0.1
        patience = 5
        learning_rate = 1
        """,
    )
    assert recipe.label_map.labels == ("angry", "happy")
    assert recipe.label_map.of("surprise") == "happy"
    assert recipe.split == SplitSettings(kind="across", train=("tess",), test=("emodb",))
    assert recipe.model.channels == (4, 8)
    assert recipe.optimisation.learning_rate == 1.0
    assert dataclasses.replace(recipe, seed=1) != recipe


def test_an_architecture_brings_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Sizes:
        width: int = 3

    monkeypatch.setitem(ARCHITECTURES, "wide", Architecture(Sizes, lambda labels, n_mels, settings: None))  # type: ignore[arg-type,return-value]
    recipe = _load(tmp_path, '[model]\narchitecture = "wide"\nwidth = 9')
    assert (recipe.architecture, recipe.model) == ("wide", Sizes(width=9))
    with pytest.raises(TrainingError, match=r"`dropout` is not a setting; there are width"):
        _load(tmp_path, '[model]\narchitecture = "wide"\ndropout = 0.1')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", "`sede` is not a setting; did you mean `seed`?"),
        ("seed = 1.5", "`seed` must be a whole number, not 1.5"),
        ("seed = true", "`seed` must be a whole number, not True"),
        ("seed = -1", "`seed` must be 0 or more, not -1"),
        ("seed = 99999999999", "`seed` must be less than 4294967296"),
        ("window_seconds = 0", "`window_seconds` must be more than 0, not 0"),
        ("window_seconds = nan", "`window_seconds` must be more than 0, not nan"),
        ("window_seconds = 90.0", "`window_seconds` must be from 0.1 to 60, not 90"),
        ('window_seconds = "long"', "`window_seconds` must be a number, not 'long'"),
        ("corpora = 'tess'", "`corpora` must be an array, not 'tess'"),
        ("corpora = [1]", "`corpora` must be a text, not 1"),
        ("targets = 'percieved'", "`targets` is 'percieved'; did you mean `perceived`?"),
        ("targets = 3", "`targets` is 3; there are intended, perceived"),
        ("labels = 'nine'", "there is no map 'nine'"),
        ("labels = 6", "`labels` must be a text or a table, not 6"),
        ("labels = { cross = 'angry' }", "'cross' is not known"),
        ("labels = { angry = 'angry' }", "a model needs two or more different labels"),
        ("tensorboard = 1", "`tensorboard` must be true or false, not 1"),
        ("architecture = 'attention-crnn'", r"must stand in the table \[model\]"),
        ("model = 3", "`model` must be a table, not 3"),
        ("optimisation = []", r"`optimisation` must be a table, not \[\]"),
        ("[split]\nkind = 'speaker'", r"\[split\]: .*speakers"),
        ("[model]\narchitecture = 'atention-crnn'", "no architecture 'atention-crnn'; did you mean `attention-crnn`?"),
        ("[model]\nchannels = [1]", "`channels` must hold 2 values, not 1"),
        ("[model]\nchannels = [1, 2.5]", "`channels` must be a whole number, not 2.5"),
        ("[model]\nlstm = [0, 2]", "`lstm` must be 1 or more, not 0"),
        ("[model]\ndropout = 1.5", "`dropout` must be from 0 to 1, not 1.5"),
        ("[optimisation]\nepochs = 0", "`epochs` must be 1 or more, not 0"),
        ("[optimisation]\nbatch = -3", "`batch` must be 1 or more, not -3"),
        ("[optimisation]\nlearning_rate = 0", "`learning_rate` must be more than 0, not 0"),
        ("[optimisation]\nlearning_rate = inf", "`learning_rate` must be more than 0, not inf"),
        ("[optimisation]\nwarm_up = 1.2", "`warm_up` must be from 0 to 1, not 1.2"),
        ("[optimisation]\nfactor = -1", "`factor` must be from 0 to 1, not -1"),
        ("[optimisation]\naveraging = 1", "`averaging` must be less than 1"),
        ("[optimisation]\nshort = nan", "`short` must be from 0 to 1, not nan"),
        ("[optimisation]\noptimiser = 'adam'", "`optimiser` is no longer a setting, and only adamw"),
        ("[optimisation]\nepoch = 3", "`epoch` is not a setting; did you mean `epochs`?"),
        ("[optimisation]\nschedule = 'cosin'", "`schedule` is 'cosin'; did you mean `cosine`?"),
        ("[optimisation]\nschedule = 'steps'", "`schedule` is 'steps'; there are cosine, plateau"),
        ("[optimisation]\nbalance_corpora = 'root'", "`balance_corpora` is no longer a setting, and only off"),
        ("[optimisation]\nprecision = 'float16'", "`precision` is 'float16'; did you mean `bfloat16`?"),
    ],
)
def test_what_cannot_be_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=message) as caught:
        _load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "mine.toml"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n_mels = 64", "", "`n_mels` is missing"),
        ("n_mels = 64", "n_mels = 0", "n_mels must be at least 1"),
        ("win_length = 1024", "win_length = 2000", "win_length must be between 1 and n_fft"),
        ("8000", "9000", "f_min < f_max <= 8000"),
        ('"htk"', '"htc"', "`mel_scale` is 'htc'; did you mean `htk`?"),
        ("center = false", "center = true", "`center` must be false"),
        ("1024", "65536", "`n_fft` is 65536, longer than a window"),
    ],
)
def test_features_that_cannot_be_are_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert old in FEATURES
    with pytest.raises(TrainingError, match=message):
        _load(tmp_path, "", FEATURES.replace(old, new))


def test_files_that_are_no_recipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"there is no recipe .nothing.: give one of .*default"):
        load_recipe("nothing")
    for content in (b"a = ", b"\xff\xfe", b"[features"):
        path = tmp_path / "bad.toml"
        path.write_bytes(content)
        with pytest.raises(TrainingError, match="cannot be read"):
            load_recipe(str(path))
    with pytest.raises(TrainingError, match="`features` is missing"):
        _load(tmp_path, "seed = 1", features="")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(TrainingError, match="cannot be read"):
        load_recipe(str(tmp_path / "folder.toml"))


def test_a_changed_recipe_is_checked_again() -> None:
    recipe: Any = load_recipe("default")
    with pytest.raises(TrainingError, match="`seed` must be 0 or more"):
        dataclasses.replace(recipe, seed=-5)
    with pytest.raises(TrainingError, match="`epochs` must be 1 or more"):
        dataclasses.replace(recipe.optimisation, epochs=0)
