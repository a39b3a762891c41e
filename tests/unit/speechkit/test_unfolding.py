"""A model whose convolutions have become products computes what it computed before."""

from importlib.metadata import distribution
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from speechkit.adapters.unfolding import unfolded

Arrays = dict[str, NDArray[np.float32]]

rng = np.random.default_rng(7)


@pytest.mark.parametrize("length", [8, 13])
@pytest.mark.parametrize(("channels", "kernel"), [(1, 4), (1, 3), (5, 3), (5, 4), (5, 1)])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pads", [[0, 0], [1, 1], [2, 0]])
def test_products_are_equal_to_the_convolution(
    length: int, channels: int, kernel: int, stride: int, pads: list[int]
) -> None:
    model = _convolution((6, channels, kernel), length=length, strides=[stride], pads=pads)
    assert _operations(unfolded(model)) & {"Conv", "MatMul"} == {"MatMul"}
    _assert_equal(model, {"sound": _noise(9, channels, length)})


def test_convolution_without_a_bias_or_a_word_on_strides_and_pads() -> None:
    _assert_equal(_convolution((6, 5, 3), length=8, bias=False), {"sound": _noise(9, 5, 8)})


def test_sequence_of_any_length_is_still_convolved() -> None:
    model = _convolution((6, 5, 3), length="time")
    assert _operations(unfolded(model)) == _operations(model)
    _assert_equal(model, {"sound": _noise(2, 5, 1000)})


@pytest.mark.parametrize("unusual", [{"group": 5}, {"dilations": [2]}])
def test_convolution_that_is_more_than_one_product_is_refused(unusual: dict[str, Any]) -> None:
    model = _convolution((5, 1 if "group" in unusual else 5, 3), channels=5, length=8, **unusual)
    with pytest.raises(ValueError, match="grouped or dilated"):
        unfolded(model)


def test_silero_judges_as_before() -> None:
    """Of nothing, of quiet and of loud noise, one frame or many, and what it keeps in mind for the next."""
    path = distribution("faster-whisper").locate_file("faster_whisper/assets/silero_vad_v6.onnx")
    model = onnx.load(str(path))
    mind = {"h": _noise(1, 1, 128), "c": _noise(1, 1, 128)}
    for frames, level in ((1, 0.1), (125, 0.0), (125, 0.01), (313, 0.3)):
        _assert_equal(model, {"input": level * _noise(frames, 576)} | mind)


def _assert_equal(model: ModelProto, inputs: Arrays) -> None:
    onnx.checker.check_model(unfolded(model), full_check=True)
    before, after = _run(model, inputs), _run(unfolded(model), inputs)
    for expected, computed in zip(before, after, strict=True):
        assert expected.shape == computed.shape
        assert np.allclose(expected, computed, atol=1e-5)


def _run(model: ModelProto, inputs: Arrays) -> list[NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    computed: list[NDArray[np.float32]] = session.run(None, inputs)
    return computed


def _operations(model: ModelProto) -> set[str]:
    return {node.op_type for node in model.graph.node}


def _convolution(
    shape: tuple[int, int, int],
    *,
    length: int | str,
    channels: int | None = None,
    bias: bool = True,
    **attributes: Any,
) -> ModelProto:
    """Followed by something, as in a real model: shapes are inferred for what lies inside."""
    weights = [_noise(*shape), *([_noise(shape[0])] if bias else [])]
    names = ["weights", "bias"][: len(weights)]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["sound", *names], ["convolved"], **attributes),
            helper.make_node("Relu", ["convolved"], ["heard"]),
        ],
        "convolution",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, ["batch", channels or shape[1], length])],
        [helper.make_tensor_value_info("heard", TensorProto.FLOAT, [None, None, None])],
        [numpy_helper.from_array(each, name) for each, name in zip(weights, names, strict=True)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _noise(*shape: int) -> NDArray[np.float32]:
    return rng.standard_normal(shape).astype(np.float32)
