"""The contract goes to JSON and back; what is missing, of the wrong kind, or asks for too much names itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tiny_model import FEATURES, override, tiny_contract

from ser_live.contract import (
    KEY,
    LABELS,
    VERSION,
    Contract,
    FeatureSettings,
    HandmadeSettings,
    parse_contract,
)
from ser_live.errors import ModelError

TEXT = tiny_contract(attention="attention").to_json()
AVERAGED = tiny_contract(
    sample_rate=22_050, features=HandmadeSettings(kind="averaged"), normalisation="none", range_db=None
)


def refused(name: str, changes: dict[str, Any]) -> str:
    """The message of the refusal, which names the field and nothing else."""
    with pytest.raises(ModelError) as caught:
        parse_contract(override(TEXT, changes))
    message = str(caught.value)
    assert f"`{name}`" in message
    assert "\n" not in message
    return message


def fields(raw: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All fields of the contract by their dotted names; `training` and `scores` are free inside."""
    for name, value in raw.items():
        yield prefix + name, value
        if isinstance(value, dict) and name != "training":
            yield from fields(value, f"{prefix}{name}.")


FIELDS = dict(fields(json.loads(TEXT)))
NUMBERS = [name for name, value in FIELDS.items() if type(value) in (int, float)]


WRONG: dict[type, list[Any]] = {
    int: ["16", 1.5, True, None, [], {}],
    float: ["1.5", True, None, [], {}],
    str: [1, 1.5, True, None, [], {}],
    bool: ["false", 0, 1.0, None, [], {}],
    list: ["text", 1, True, None, {}],
    dict: ["text", 1, True, None, []],
}
"""For each kind of field, JSON values of all the others; a whole number may stand for any number."""


# There and back


@pytest.mark.parametrize(
    "contract",
    [
        tiny_contract(),
        tiny_contract(attention="attention"),
        tiny_contract(
            labels=LABELS,
            window_seconds=3.0,
            sample_rate=8000,
            features=replace(FEATURES, mel_scale="slaney", center=True, f_max=3800.5, floor=1e-6),
            range_db=62.5,
            temperature=1.37,
            abstention=0.31,
            training={"recipe": "x", "corpora": [{"name": "CREMA-D", "licence": "ODbL 1.0"}], "commit": None},
            scores=({"protocol": "CREMA-D test", "clips": 1556, "speakers": 19, "uar": 0.55}, {"protocol": "b"}),
        ),
        tiny_contract(preprocessing=("peak",)),
        tiny_contract(sample_rate=44_100, preprocessing=("trim", "wiener"), normalisation="z-score", range_db=None),
        AVERAGED,
        tiny_contract(features=HandmadeSettings(kind="frames"), normalisation="z-score", range_db=None),
    ],
    ids=["plain", "attention", "all-else", "peak", "z-score", "averaged", "frames"],
)
def test_there_and_back(contract: Contract) -> None:
    assert parse_contract(contract.to_json()) == contract
    assert parse_contract(contract.to_json()).to_json() == contract.to_json()


def test_the_entry_has_the_fields_of_the_design() -> None:
    assert json.loads(tiny_contract(training={}, scores=()).to_json()) == {
        "version": VERSION,
        "labels": ["angry", "disgust", "fear", "happy", "neutral", "sad"],
        "input": {
            "name": "features",
            "layout": "batch frames mels",
            "sample_rate": 16000,
            "window_seconds": 2.5,
            "features": {
                "n_fft": 512,
                "win_length": 512,
                "hop_length": 256,
                "n_mels": 16,
                "f_min": 50.0,
                "f_max": 4000.0,
                "mel_scale": "htk",
                "floor": 1e-10,
                "center": False,
            },
            "preprocessing": [],
            "normalisation": {"method": "window", "range_db": 80.0},
        },
        "outputs": {"logits": "logits", "attention": None},
        "temperature": 1.0,
        "abstention": 0.0,
        "training": {},
        "scores": [],
    }


def test_the_entry_of_hand_made_features() -> None:
    entry = json.loads(AVERAGED.to_json())["input"]
    assert entry["layout"] == "batch features"
    assert entry["features"] == {"kind": "averaged"}
    assert entry["normalisation"] == {"method": "none"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input.features.kind", "tonnetz"),
        ("input.features.kind", 1),
        ("input.features.n_fft", 2048),
        ("input.layout", "batch frames mels"),
        ("input.normalisation.method", "window"),
        ("input.normalisation.range_db", 80.0),
    ],
)
def test_hand_made_features_that_contradict_themselves(name: str, value: Any) -> None:
    with pytest.raises(ModelError, match=f"`{name}`"):
        parse_contract(override(AVERAGED.to_json(), {name: value}))


def test_whole_numbers_may_stand_for_numbers() -> None:
    contract = parse_contract(override(TEXT, {"temperature": 2, "input.window_seconds": 3, "input.features.f_min": 0}))
    assert (contract.temperature, contract.input.window_seconds, contract.input.features.f_min) == (2.0, 3.0, 0.0)
    assert isinstance(contract.temperature, float)


def test_all_feature_settings_are_in_the_table() -> None:
    assert {name.rsplit(".", 1)[1] for name in FIELDS if name.startswith("input.features.")} == set(
        FeatureSettings.__dataclass_fields__
    )


# Missing and wrong


@pytest.mark.parametrize("name", FIELDS)
def test_a_missing_field_names_itself(name: str) -> None:
    assert "missing" in refused(name, {name: ...})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, wrong)
        for name, right in FIELDS.items()
        for wrong in WRONG[type(right)]
        if not (name == "outputs.attention" and wrong is None)  # a model may have none
    ],
)
def test_a_field_of_the_wrong_kind_names_itself(name: str, value: Any) -> None:
    refused(name, {name: value})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_none_names_itself(name: str, number: str) -> None:
    """Python's JSON parser knows these."""
    with pytest.raises(ModelError, match=f"`{name}`"):
        parse_contract(override(TEXT, {name: "here"}).replace('"here"', number))


@pytest.mark.parametrize("name", [name for name in NUMBERS if isinstance(FIELDS[name], float)])
def test_a_whole_number_beyond_any_float_names_itself(name: str) -> None:
    assert len(refused(name, {name: 10**400})) < 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", VERSION + 1),
        ("version", 0),
        ("labels", []),
        ("labels", ["angry"]),
        ("labels", ["angry", "angry"]),
        ("labels", ["angry", "joy"]),
        ("labels", ["angry", 1]),
        ("labels", ["angry", ["sad"]]),
        ("labels", ["angry", {"sad": 1}]),
        ("input.layout", "batch mels frames"),
        ("input.preprocessing", ["pre-emphasis"]),
        ("input.preprocessing", ["peak", ["trim"]]),
        ("input.preprocessing", ["peak", "peak"]),
        ("input.layout", "batch features"),
        ("input.normalisation.method", "corpus"),
        ("input.normalisation.range_db", 0.0),
        ("input.normalisation.range_db", -80),
        ("input.features.mel_scale", "bark"),
        ("input.sample_rate", 999),
        ("input.sample_rate", 192_001),
        ("input.window_seconds", 0.09),
        ("input.window_seconds", 60.1),
        ("input.features.n_fft", 0),
        ("input.features.win_length", 0),
        ("input.features.hop_length", -1),
        ("input.features.n_mels", 0),
        ("temperature", 0),
        ("temperature", -1.0),
        ("abstention", -0.1),
        ("abstention", 1.1),
        ("scores", [1]),
        ("scores", [{}, "text"]),
    ],
)
def test_what_ser_live_does_not_have_names_itself(name: str, value: Any) -> None:
    refused(name, {name: value})


@pytest.mark.parametrize(
    "name", ["input.pre_emphasis", "input.features.norm", "input.features.power", "input.normalisation.mean"]
)
def test_an_input_field_that_is_not_known_is_not_passed_over(name: str) -> None:
    """It asks for something that would not be done."""
    assert "not known" in refused(name, {name: 0.97})


def test_more_may_be_said_of_a_model_beside_its_input() -> None:
    contract = parse_contract(override(TEXT, {"card": "https://example.org", "outputs.embedding": "pooled"}))
    assert contract == tiny_contract(attention="attention")


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_what_is_passed_on_can_be_read_by_others(number: str) -> None:
    for name, value in (("training", {"seed": "here"}), ("scores", [{"uar": "here"}])):
        with pytest.raises(ModelError, match=f"`{name}` must hold finite numbers only"):
            parse_contract(override(TEXT, {name: value}).replace('"here"', number))


# What is no contract at all


def test_no_contract() -> None:
    with pytest.raises(ModelError, match=f"carries no contract.*{KEY}.*ser-train"):
        parse_contract(None)


@pytest.mark.parametrize(
    "text",
    ["", "labels", "{", TEXT[:-5], TEXT + "}", '{"version": ' + "9" * 5000 + "}", "[" * 10**6],
    ids=["empty", "text", "brace", "cut-off", "too-much", "long-number", "deep"],
)
def test_no_json(text: str) -> None:
    with pytest.raises(ModelError, match="is not JSON"):
        parse_contract(text)


@pytest.mark.parametrize("text", ["[]", "null", "1", '"text"', "NaN"])
def test_no_object(text: str) -> None:
    with pytest.raises(ModelError, match="`contract` must be a JSON object"):
        parse_contract(text)
