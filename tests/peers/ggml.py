"""Writes a CTranslate2 Whisper as a whisper.cpp model file, in float16 or 8-bit blocks: one set of weights for both.

The layout is the one that whisper.cpp's `whisper_model_load` reads: header, mel filters, vocabulary, tensors. Reading
CTranslate2's file is left to `tests.peers.ct2_weights`.
"""

import json
import struct
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tests.peers.ct2_weights import Tensors, read_weights

MAGIC = 0x67676D6C
MULTILINGUAL_VOCABULARY = 51_865
Q8_0_BLOCK = 32


class Precision(StrEnum):
    F16 = "f16"
    Q8_0 = "q8_0"


# ggml's numbers: a file type for the whole (quantized ones carry quantization version 2 in the thousands) …
_FILE_TYPE = {Precision.F16: 1, Precision.Q8_0: 2007}
# … and a type for each tensor.
_F32, _F16, _Q8_0 = 0, 1, 8
_ALWAYS_F32 = ("conv1.bias", "conv2.bias", "positional_embedding")


def write_ggml(model_dir: Path, out: Path, *, precision: Precision) -> None:
    weights = read_weights(model_dir)
    vocabulary, state = weights["decoder/embeddings/weight"].shape
    audio_context = len(weights["encoder/position_encodings/encodings"])
    text_context = len(weights["decoder/position_encodings/encodings"])
    heads, mels = int(weights["encoder/num_heads"]), weights["encoder/conv1/weight"].shape[1]
    layers = {side: _layers(weights, side) for side in ("encoder", "decoder")}
    temporary = out.with_suffix(".part")
    with temporary.open("wb") as file:
        encoder = (audio_context, state, heads, layers["encoder"])
        decoder = (text_context, state, heads, layers["decoder"])
        file.write(struct.pack("<12I", MAGIC, vocabulary, *encoder, *decoder, mels, _FILE_TYPE[precision]))
        _write_mel_filters(file, mels)
        _write_vocabulary(file, model_dir, 50_257 if vocabulary >= MULTILINGUAL_VOCABULARY else 50_256)
        for name, tensor in _tensors(weights, layers):
            _write_tensor(file, name, tensor, precision)
    temporary.rename(out)


def _layers(weights: Tensors, side: str) -> int:
    return sum(name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/bias") for name in weights)


def _tensors(weights: Tensors, layers: dict[str, int]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every tensor under whisper.cpp's name; CTranslate2 fuses projections of the same input, whisper.cpp doesn't."""
    for number in (1, 2):
        yield f"encoder.conv{number}.weight", weights[f"encoder/conv{number}/weight"]
        yield f"encoder.conv{number}.bias", weights[f"encoder/conv{number}/bias"].reshape(-1, 1)
    for side in layers:
        yield f"{side}.positional_embedding", weights[f"{side}/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", weights["decoder/embeddings/weight"]
    yield from _norm(weights, "encoder/layer_norm", "encoder.ln_post")
    yield from _norm(weights, "decoder/layer_norm", "decoder.ln")
    for side, count in layers.items():
        for number in range(count):
            yield from _block(weights, f"{side}/layer_{number}", f"{side}.blocks.{number}")


def _block(weights: Tensors, source: str, target: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield from _norm(weights, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
    yield from _projections(weights, f"{source}/self_attention/linear_0", f"{target}.attn", ("query", "key", "value"))
    yield from _projections(weights, f"{source}/self_attention/linear_1", f"{target}.attn", ("out",))
    if f"{source}/attention/linear_0/weight" in weights:
        yield from _norm(weights, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
        yield from _projections(weights, f"{source}/attention/linear_0", f"{target}.cross_attn", ("query",))
        yield from _projections(weights, f"{source}/attention/linear_1", f"{target}.cross_attn", ("key", "value"))
        yield from _projections(weights, f"{source}/attention/linear_2", f"{target}.cross_attn", ("out",))
    yield from _norm(weights, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
    yield from _projections(weights, f"{source}/ffn/linear_0", f"{target}.mlp", ("0",))
    yield from _projections(weights, f"{source}/ffn/linear_1", f"{target}.mlp", ("2",))


def _norm(weights: Tensors, source: str, target: str) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{target}.weight", weights[f"{source}/gamma"]
    yield f"{target}.bias", weights[f"{source}/beta"]


def _projections(
    weights: Tensors, source: str, target: str, names: tuple[str, ...]
) -> Iterator[tuple[str, NDArray[Any]]]:
    split_weights = np.split(weights[f"{source}/weight"], len(names))
    split_biases = np.split(weights[f"{source}/bias"], len(names))
    for name, weight, bias in zip(names, split_weights, split_biases, strict=True):
        yield f"{target}.{name}.weight", weight
        if name != "key":  # Whisper's keys have no bias; CTranslate2 stores zeros for it
            yield f"{target}.{name}.bias", bias


def _write_tensor(file: BinaryIO, name: str, tensor: NDArray[Any], precision: Precision) -> None:
    if tensor.ndim == 1 or name.endswith(_ALWAYS_F32):
        kind, data = _F32, tensor.astype("<f4").tobytes()
    elif tensor.ndim == 2 and precision is Precision.Q8_0:  # whisper.cpp leaves the convolutions in float16 too
        kind, data = _Q8_0, _quantize(tensor)
    else:
        kind, data = _F16, tensor.astype("<f2").tobytes()
    file.write(struct.pack("<3I", tensor.ndim, len(name), kind))
    file.write(struct.pack(f"<{tensor.ndim}I", *reversed(tensor.shape)))
    file.write(name.encode())
    file.write(data)


def _quantize(tensor: NDArray[Any]) -> bytes:
    """ggml's q8_0: 32 values share one float16 scale, the largest of them being ±127."""
    blocks = tensor.astype(np.float32).reshape(-1, Q8_0_BLOCK)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / 127
    values = np.rint(np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales > 0))
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("values", "i1", Q8_0_BLOCK)])
    packed["scale"], packed["values"] = scales[:, 0], values
    return packed.tobytes()


def _write_mel_filters(file: BinaryIO, mels: int) -> None:
    from faster_whisper.feature_extractor import FeatureExtractor  # the same filters for both recognizers

    filters = np.asarray(FeatureExtractor(feature_size=mels).mel_filters, dtype="<f4")
    file.write(struct.pack("<2I", *filters.shape))
    file.write(filters.tobytes())


def _write_vocabulary(file: BinaryIO, model_dir: Path, count: int) -> None:
    tokens = json.loads((model_dir / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    by_id = {number: token for token, number in tokens.items()}
    bytes_of = _byte_alphabet()
    file.write(struct.pack("<I", count))
    for number in range(count):
        token = bytes(bytes_of[character] for character in by_id[number])
        file.write(struct.pack("<I", len(token)) + token)


def _byte_alphabet() -> dict[str, int]:
    """The characters that byte-level BPE writes for bytes: printable ones stand for themselves, others from 256 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}
