"""The card: whose terms the weights carry, groups of CREMA-D, robustness, and what was not measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_results import made_scores
from ser_train.corpora import CORPORA
from ser_train.corpora.licences import commercial_use, training_corpora
from ser_train.errors import TrainingError
from ser_train.evaluation.robustness import condition_score
from ser_train.evaluation.scores import ClipScores
from ser_train.reporting.card import write_card
from ser_train.reporting.results import results_json
from tiny_model import tiny_model


def _corpus(name: str) -> dict[str, Any]:
    known = CORPORA.get(name)
    licence = known.licence if known else "the owner says"
    return {
        "name": name,
        "title": known.title if known else name,
        "licence": licence,
        "url": "",
        "clips": 1,
        "speakers": 1,
    }


def _training(*names: str, **fields: Any) -> dict[str, Any]:
    training = {"corpora": [_corpus(name) for name in names], "split": "s", "seed": 0, "epoch": 1, "commit": "c"}
    return training | fields


def test_crema_d_alone_leaves_commercial_use_open() -> None:
    said = commercial_use(_training("cremad"))
    assert said.startswith("**Commercial use is left open**")
    assert "Open Database License 1.0, contents under the Database Contents License 1.0" in said


@pytest.mark.parametrize("name", [name for name in CORPORA if name != "cremad"])
def test_every_other_known_corpus_closes_it(name: str) -> None:
    said = commercial_use(_training("cremad", name))
    assert said.startswith("**Not for commercial use.**")
    assert f"{CORPORA[name].title} ({CORPORA[name].licence})" in said
    assert "Open Database" not in said


def test_what_the_weights_heard_before_counts_too() -> None:
    pretrained = _training("cremad", start=_training("tess", start=_training("ravdess", "tess")))
    assert [corpus.name for corpus in training_corpora(pretrained)] == ["ravdess", "tess", "cremad"]
    assert "CC BY-NC-ND 4.0" in commercial_use(pretrained)
    assert "CC BY-NC-SA 4.0" in commercial_use(pretrained)
    taught = commercial_use(_training("cremad", teachers=["a.onnx (0123)"]))
    assert "It learnt from other models, a.onnx (0123): what they heard counts too." in taught


def test_ones_own_corpora_are_for_their_owners_and_none_says_nothing() -> None:
    assert "for the owners of its corpora to say: mine" in commercial_use(_training("cremad", "mine"))
    assert commercial_use({}) == ""


def _card(folder: Path, scores: dict[str, ClipScores], **training: Any) -> str:
    model = tiny_model(folder / "m.onnx", contract={"scores": [], "training": _training("cremad", **training)})
    (folder / "m.json").write_text(json.dumps(results_json({"test": scores})))
    write_card(model)
    return (folder / "m.md").read_text(encoding="utf-8")


def test_groups_are_crema_ds_and_robustness_stands_apart(tmp_path: Path) -> None:
    room = condition_score(made_scores(uar=0.5), made_scores(), "room", (1.25, 30.0))
    scores = {
        "cremad": made_scores(clips=4242),
        "other": made_scores(uar=0.1),
        "pooled": made_scores(robustness=(room,)),
    }
    card = _card(tmp_path, scores)
    groups = card[card.index("## Groups (test, CREMA-D)") : card.index("## Robustness (test, all corpora)")]
    assert "4242 clips" in groups
    assert "| sex: female | 2 | 1 | 1.000 |" in groups
    robustness = card[card.index("## Robustness") : card.index("## More figures")]
    assert "| room | 0.500 |" in robustness
    assert "(1.2 to 30.0) |" in robustness
    assert card.count("**Groups of speakers.**") == card.count("**Under test conditions.**") == 1
    assert "* Weakest corpus, with its UAR: other (0.100; 6 clips)." in card
    assert "**Commercial use is left open**" in card
    assert "**Not to be used** to judge people" in card


def test_streams_stand_in_the_card_where_they_were_measured(tmp_path: Path) -> None:
    rows = [
        {"what": "delay", "unit": "s", "value": None, "bar": 1.5, "at_least": False, "met": False},
        {"what": "gain", "unit": "share", "value": 0.123, "bar": 0.1, "at_least": True, "met": True},
    ]
    said = {"ece": 0.0312, "predictions": 77, "speakers": 3}
    card = {"protocol": "strung together.", "bars": rows, "predictions": said}
    (tmp_path / "m.streams.json").write_text(json.dumps({"validation": {}, "test": card, "search": {}}))
    text = _card(tmp_path, {"made": made_scores(), "pooled": made_scores()})
    section = text[text.index("## On streams (test)") : text.index("## What it was trained on")]
    assert "| delay, s | none | ≤ 1.5 | **no** |" in section
    assert "| gain, share | 0.123 | ≥ 0.1 | yes |" in section
    assert "smoothed probabilities: 0.031, over 77 predictions of 3 speakers." in section
    (tmp_path / "m.streams.json").write_text('{"test": {}}')
    with pytest.raises(TrainingError, match="holds no score card of streams"):
        write_card(tmp_path / "m.onnx")
    (tmp_path / "m.streams.json").write_text('{"search": {}}')
    assert "On streams" not in _card(tmp_path, {"made": made_scores(), "pooled": made_scores()})


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    card = _card(tmp_path, {name: made_scores(groups=()) for name in ("made", "pooled")}, start=_training("tess"))
    assert "## Groups (test, all corpora)\n\nThe corpora state none." in card
    assert "Not measured under noise, telephone, rooms and gain." in card
    assert "It started from weights that had heard TESS (CC BY-NC-ND 4.0)." in card
    assert "**Not for commercial use.**" in card


def test_little_training_data_of_ones_own_is_said(tmp_path: Path) -> None:
    results = {"made": made_scores(), "pooled": made_scores()}
    own = _training("mine", "cremad")
    own["corpora"][0] |= {"clips": 147, "speakers": 6}
    card = _card(tmp_path, results, **own)
    assert "**Little training data:** 148 clips of 7 speakers." in card
    assert "has\nheard those recordings alone" in card
    assert "North American" not in card
    known = _training("cremad")
    known["corpora"][0] |= {"clips": 5143, "speakers": 63}
    card = _card(tmp_path, results, **known)
    assert "Little training data" not in card
    assert "most of them North American English" in card
