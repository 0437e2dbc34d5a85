"""Models that run on silence and go wrong on speech, and contracts that ask for too much."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tiny_model import SIX, tiny_contract

from ser_live.contract import KEY

FAULTS = ("nan", "infinite", "fails", "shape", "loops", "loops-always")


def hostile_model(path: Path, fault: str) -> Path:
    """Write a model that is right on silence, but for `loops-always`, and has a fault on speech, one of `FAULTS`."""
    contract = tiny_contract()
    constants = {
        "zero": np.array(0.0, np.float32),
        "ten": np.array([10.0], np.float32),
        "sure": np.array([[9.0, 0, 0, 0, 0, 0]], np.float32),
        "one": np.array([1], np.int64),
        "six": np.array([6], np.int64),
        "minus": np.array([-1], np.int64),
        "long": np.array(2**62, np.int64),
        "yes": np.array(True),
    }
    nodes = [  # `loud` (batch, 1): 0 on silence, whose features are all 0; 1 on speech
        helper.make_node("Abs", ["features"], ["size"]),
        helper.make_node("ReduceMax", ["size"], ["most"], axes=[1, 2], keepdims=0),
        helper.make_node("Greater", ["most", "zero"], ["is_loud"]),
        helper.make_node("Cast", ["is_loud"], ["loud_row"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["loud_row", "minus"], ["loud"]),
    ]
    if fault in ("nan", "infinite"):
        if fault == "nan":  # 0 / 0
            nodes += [helper.make_node("Sub", ["loud", "loud"], ["over"])]
        else:
            nodes += [helper.make_node("Identity", ["loud"], ["over"])]
        nodes += [
            helper.make_node("Neg", ["loud"], ["minus_loud"]),
            helper.make_node("Not", ["is_loud"], ["is_quiet"]),
            helper.make_node("Cast", ["is_quiet"], ["quiet_row"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["quiet_row", "minus"], ["quiet"]),
            helper.make_node("Div", ["over", "quiet"], ["wrong"]),
            helper.make_node("Add", ["sure", "wrong"], ["logits"]),
        ]
    elif fault == "fails":
        nodes += [
            helper.make_node("Mul", ["loud", "ten"], ["far"]),
            helper.make_node("Cast", ["far"], ["index"], to=TensorProto.INT64),
            helper.make_node("Squeeze", ["index", "minus"], ["rows"]),
            helper.make_node("Gather", ["sure", "rows"], ["logits"], axis=0),
        ]
    elif fault == "shape":
        nodes += [
            helper.make_node("ReduceMax", ["loud"], ["any"], keepdims=0),
            helper.make_node("Cast", ["any"], ["more"], to=TensorProto.INT64),
            helper.make_node("Add", ["one", "more"], ["times"]),
            helper.make_node("Shape", ["loud"], ["both"]),
            helper.make_node("Gather", ["both", "minus"], ["width"]),
            helper.make_node("Slice", ["both", "origin", "width"], ["batch_size"]),
            helper.make_node("Concat", ["batch_size", "times"], ["repeats"], axis=0),
            helper.make_node("Tile", ["sure", "repeats"], ["logits"]),
        ]
        constants["origin"] = np.array([0], np.int64)
    else:
        body = helper.make_graph(
            [helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Sin", ["state"], ["next"])],
            "body",
            [
                helper.make_tensor_value_info("turn", TensorProto.INT64, []),
                helper.make_tensor_value_info("go", TensorProto.BOOL, []),
                helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
            ],
            [
                helper.make_tensor_value_info("still", TensorProto.BOOL, []),
                helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
            ],
        )
        nodes += [
            helper.make_node("ReduceMax", ["loud"], ["any"], keepdims=0),
            helper.make_node("Cast", ["any"], ["speaks"], to=TensorProto.BOOL),
            helper.make_node("Or", ["speaks", "yes" if fault == "loops-always" else "speaks"], ["start"]),
            helper.make_node("Loop", ["long", "start", "loud"], ["end"], body=body),
            helper.make_node("Add", ["sure", "end"], ["logits"]),
        ]
    used = {name for node in nodes for name in node.input}
    frames, bands = 155, 16
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", frames, bands])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", "columns"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items() if name in used],
    )
    assert len(SIX) == 6
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {KEY: contract.to_json()})
    onnx.save_model(model, path)
    return path
