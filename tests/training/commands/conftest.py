"""A recipe that trains in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    text = (Path(__file__).parents[3] / "training" / "ser_train" / "recipes" / "default.toml").read_text()
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith(("corpora", "stem", "channels", "recurrent", "epochs", "batch", "precision"))
    ]
    text = 'corpora = ["cremad"]\n' + "\n".join(lines)
    text = text.replace("[model]", "[model]\nstem = 4\nchannels = [4, 8, 8]\nrecurrent = 8")
    text = text.replace("[optimisation]", '[optimisation]\nepochs = 3\nbatch = 12\nprecision = "float32"')
    path.write_text(text)
    return path
