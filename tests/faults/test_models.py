"""What a foreign or broken model may do: end in a sentence. Each test is a kind of fault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import onnx
import pytest
import soundfile
from hostile_models import hostile_model
from onnx import TensorProto, helper
from program import kinds, one_sentence, run, write
from tiny_model import tiny_contract, tiny_model
from voices import silence, voice

import ser_live
from ser_live.classifier import Classifier
from ser_live.contract import parse_contract
from ser_live.errors import ModelError
from ser_live.model_file import read_model


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import numpy as np

    return write(tmp_path_factory.mktemp("talk") / "talk.wav", np.concatenate([silence(1.0), voice(4.0)]))


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Classifier(path, "cpu")
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


@pytest.mark.parametrize("fault", ["nan", "infinite", "fails", "shape"])
def test_a_model_that_fails_on_speech_ends_in_a_sentence_with_all_that_was_heard(
    fault: str, talk: Path, tmp_path: Path
) -> None:
    model, record, out = hostile_model(tmp_path / "m.onnx", fault), tmp_path / "r.wav", tmp_path / "r.jsonl"
    result = run("--model", model, "--file", talk, "--format", "jsonl", "--record", record, "--out", out)
    message = one_sentence(result)
    assert "on speech" in message
    assert kinds(result.records)[-1] == "summary"
    assert "prediction" not in kinds(result.records)
    summary = result.records[-1]
    assert (summary["ended"], summary["error"]) == ("error", message.removeprefix("ser-live: ").strip())
    assert out.read_text() == result.out
    heard, recorded = soundfile.read(talk)[0], soundfile.read(record)[0]
    assert len(recorded) >= 1.5 * 16_000  # speech begins at 1 s, and the piece in which it failed is there
    assert (recorded == heard[: len(recorded)]).all()
    plain = run("--model", model, "--file", talk, "--format", "plain")
    one_sentence(plain)
    assert "Heard" in plain.out
    assert "angry" not in plain.out
    with pytest.raises(ModelError, match="on speech"):
        ser_live.analyze(talk, model=model)


# Files of others


def field(number: int, payload: bytes) -> bytes:
    """Encode a field of bytes in the wire format."""
    length, size = bytearray(), len(payload)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + payload


def external(path: Path, order: str, place: str) -> Path:
    """Write a model whose one external tensor lies at some place, with its fields in an order."""
    tiny_model(path)
    model = onnx.load(path)
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    if order != "location-only":
        tensor.data_location = TensorProto.EXTERNAL
    entries = [("location", "/etc/passwd"), ("offset", "0")]
    if order != "nothing-said":
        for key, value in entries if order != "swapped" else entries[::-1]:
            tensor.external_data.add(key=key, value=value)
    constant = helper.make_node("Constant", [], ["c"], value=tensor)
    if place == "initializer":
        model.graph.initializer.append(tensor)
    elif place == "attribute":
        model.graph.node.append(constant)
    elif place == "subgraph":
        inner = helper.make_graph([constant], "inner", [], [])
        model.graph.node.append(helper.make_node("If", ["c"], ["d"], then_branch=inner, else_branch=inner))
    elif place == "function":
        model.functions.append(helper.make_function("own", "F", [], ["c"], [constant], []))
    elif place == "sparse":
        model.graph.sparse_initializer.add().values.CopyFrom(tensor)
    else:
        model.training_info.add().algorithm.initializer.append(tensor)
    path.write_bytes(model.SerializeToString())
    if order == "value-first":  # the entry's own two fields, which protobuf takes in any order
        data = path.read_bytes()
        entry = onnx.StringStringEntryProto(key="location", value="/etc/passwd").SerializeToString()
        first = entry[2 + len("location") :] + entry[: 2 + len("location")]
        assert entry in data
        path.write_bytes(data.replace(entry, first))
    return path


@pytest.mark.parametrize("order", ["plain", "swapped", "value-first", "location-only", "nothing-said"])
@pytest.mark.parametrize("place", ["initializer", "attribute", "subgraph", "function", "sparse", "training"])
def test_weights_in_another_file_are_refused_before_loading(order: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="second file"):
        read_model(external(tmp_path / "m.onnx", order, place))


def test_what_is_no_model_is_refused_in_a_sentence(tiny_path: Path, tmp_path: Path) -> None:
    data = tiny_path.read_bytes()
    assert read_model(tiny_path) == data
    path = tmp_path / "m.onnx"
    whole = b""
    for _ in range(60):  # graphs in attributes of nodes, deeper than onnx would write them
        for number in (6, 5, 1):
            whole = field(number, whole)
    whole = field(7, whole)
    for broken in (data[:-7], b"\x0b" + data, b"\xff" * 20, data[:4] + b"ORTM" + data[8:], whole, bytes(100)):
        path.write_bytes(broken)
        refusal(path)


@pytest.mark.skipif(os.name == "nt", reason="devices of Unix")
def test_a_model_that_never_ends_is_not_read(tmp_path: Path) -> None:
    assert "regular file" in refusal(Path("/dev/zero"))
    os.mkfifo(tmp_path / "pipe.onnx")
    assert "regular file" in refusal(tmp_path / "pipe.onnx")
    with (tmp_path / "huge.onnx").open("wb") as huge:
        huge.truncate(10**12)
    assert "at most 1 GB" in refusal(tmp_path / "huge.onnx")


@pytest.mark.parametrize("where", ["contract", "axis", "input"])
def test_text_that_is_not_utf_8_is_refused(where: str, tmp_path: Path) -> None:
    path = tiny_model(tmp_path / "m.onnx")
    data = path.read_bytes()
    old = {"contract": b'{"abst', "axis": b"batch", "input": b"features"}[where]
    assert old in data
    path.write_bytes(data.replace(old, b"\xff" * len(old)))
    refusal(path)


NUMBERS: list[tuple[str, Any]] = [
    ("input.features.n_fft", 10**9),
    ("input.features.n_mels", 10**6),
    ("input.features.hop_length", 1),
    ("input.features.hop_length", 10**30),
    ("input.features.floor", 1e300),
    ("input.features.floor", 1e-46),
    ("input.features.f_max", 50.0000001),
    ("input.features.f_min", -1e308),
    ("input.normalisation.range_db", 1e308),
    ("input.normalisation.range_db", 1e-300),
    ("input.window_seconds", 1e9),
    ("input.sample_rate", 10**9),
    ("temperature", 5e-324),
    ("temperature", 1e300),
    ("temperature", 10**400),
    ("abstention", 2),
]


@pytest.mark.parametrize(("name", "value"), NUMBERS)
def test_every_number_of_a_contract_is_bounded(name: str, value: Any, tmp_path: Path) -> None:
    changes = {name: value}
    if name.endswith("hop_length") and value == 1:
        changes["input.window_seconds"] = 60
    path = tiny_model(tmp_path / "m.onnx", frames="frames", contract=changes)
    assert "contract cannot be met" in refusal(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": ["x" * 10_000_000]},
        {"labels": ["angry", "y" * 100_000]},
        {"input.name": "x" * 100_000},
        {"y" * 100_000: 1, "input." + "z" * 100_000: 1},
        {"input.features.mel_scale": "x" * 100_000},
        {"temperature": "x" * 100_000},
        {"input.preprocessing": ["x" * 100_000]},
    ],
)
def test_long_values_are_cut_in_messages(changes: dict[str, Any], tmp_path: Path) -> None:
    refusal(tiny_model(tmp_path / "m.onnx", contract=changes))


@pytest.mark.parametrize("depth", [40, 800, 100_000])
def test_nested_lists_are_refused(depth: int) -> None:
    text = tiny_contract().to_json()
    nested = text.replace('"training": {', '"training": {"x": ' + "[" * depth + "]" * depth + ", ", 1)
    assert nested != text
    with pytest.raises(ModelError, match=r"deep|JSON"):
        parse_contract(nested)
