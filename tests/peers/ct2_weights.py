"""Reads the weights of a CTranslate2 model directory.

What the tensors are for is the matter of `tests.peers.ggml`. The format is the one of CTranslate2's
`python/ctranslate2/specs/model_spec.py`, binary version 6.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

BINARY_VERSION = 6
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

Tensors = dict[str, NDArray[Any]]


def read_weights(model_dir: Path) -> Tensors:
    with (model_dir / "model.bin").open("rb") as file:
        (version,) = _unpack(file, "I")
        if version != BINARY_VERSION:
            raise ValueError(
                f"{model_dir}/model.bin has binary version {version}; only {BINARY_VERSION} is known here."
            )
        _string(file)  # the specification's name
        _unpack(file, "I")  # its revision
        (count,) = _unpack(file, "I")
        return dict(_variable(file) for _ in range(count))


def _variable(file: BinaryIO) -> tuple[str, NDArray[Any]]:
    name = _string(file)
    (rank,) = _unpack(file, "B")
    shape = _unpack(file, f"{rank}I")
    kind, size = _unpack(file, "BI")
    return name, np.frombuffer(file.read(size), _TYPES[kind]).reshape(shape)


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "H")
    return file.read(length).rstrip(b"\0").decode()


def _unpack(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{layout}", file.read(struct.calcsize(f"<{layout}")))
