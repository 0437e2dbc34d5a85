"""Damaged recipes, manifests, annotations and checkpoints: read, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attack import numbers, survives
from made_annotations import eaf, long_textgrid, recording, short_textgrid
from mutate import mutate_bytes, mutate_text

pytestmark = pytest.mark.train
ROOT = Path(__file__).parent.parent.parent
TIERS = {"emotion": [(0.5, 2.0, "angry"), (3.0, 5.0, "sad")], "Agent emotion": [(6.0, 9.0, "happy")]}


def attack(kind: str, share: float, path: Path, datas: list[bytes], read: Callable[[Path], Any]) -> None:
    """Damage each of the texts in turn, and read it."""
    for number in numbers(share):
        with survives(kind, number, __file__) as rng:
            path.write_bytes(mutate_text(datas[number % len(datas)], rng))
            read(path)


def test_damaged_recipes(tmp_path: Path) -> None:
    from ser_train.fitting.recipe import load_recipe

    datas = [path.read_bytes() for path in sorted((ROOT / "training" / "ser_train" / "recipes").glob("*.toml"))]
    assert datas
    attack("damaged_recipes", 0.08, tmp_path / "r.toml", datas, lambda path: load_recipe(str(path)))


def test_damaged_manifests(tmp_path: Path) -> None:
    from ser_train.corpora.manifest import read_manifest

    recording(tmp_path / "a.wav", channels=2)
    rows = ["path,label,speaker,start,end,channel,split,age", "a.wav,angry,x,0.5,2.0,1,train,30"]
    rows += ["a.wav,sad,y,3,5.5,2,test,", "a.wav,happy,z,6,9.25,1,val,41", "gone.wav,neutral,z,0,1,1,dev,1"]
    datas = [("\n".join(rows) + "\n").replace(",", comma).encode() for comma in ",;\t"]
    attack("damaged_manifests", 0.08, tmp_path / "m.csv", datas, read_manifest)


@pytest.mark.parametrize("ending", ["TextGrid", "eaf"])
def test_damaged_annotations(ending: str, tmp_path: Path) -> None:
    from ser_train.corpora.annotations import read_annotation

    recording(tmp_path / "a.wav", channels=2)
    grids = [long_textgrid(TIERS).encode(), short_textgrid(TIERS).encode(), long_textgrid(TIERS).encode("utf-16")]
    datas = grids if ending == "TextGrid" else [eaf(TIERS, media="a.wav").encode(), eaf(TIERS).encode()]
    attack(f"damaged_annotations and {ending}", 0.06, tmp_path / f"a.{ending}", datas, read_annotation)


def test_damaged_checkpoints(tmp_path: Path) -> None:
    import torch
    from ser_train.fitting.checkpoint import load_checkpoint, save_checkpoint
    from ser_train.networks.warm_start import load_start

    path = tmp_path / "c.pt"
    state = {"digest": "x", "epoch": 3, "weights": {"a": torch.zeros(8, 8), "b": torch.arange(5)}}
    save_checkpoint(state, path)
    data = path.read_bytes()
    for number in numbers(0.06):
        with survives("damaged_checkpoints", number, __file__) as rng:
            path.write_bytes(mutate_bytes(data, rng))
            if number % 2:
                load_start(path)
            else:
                load_checkpoint(path, "x")
