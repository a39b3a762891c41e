"""Rewrites an ONNX model so that convolutions over short sequences become matrix products; it computes the same.

ONNX Runtime convolves the sequences of a batch one after another, with kernels that are made for long ones. For Silero,
whose sequences have one to five steps, the products take a third of the time: 6 ms instead of 18 for 10 s of sound.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper, shape_inference

DEFAULTS: dict[str, Any] = {"group": 1, "dilations": [1], "strides": [1], "pads": [0, 0]}
"""Of a convolution in one dimension, as ONNX has them."""


def unfolded(model: ModelProto) -> ModelProto:
    """Where the length of a sequence is not known before it comes, it may be long, and its convolution stays."""
    graph = _Graph(model)
    for node in model.graph.node:
        if node.op_type == "Conv" and graph.length(node.output[0]):
            _unfold(graph, node)
        else:
            graph.keep(node)
    return graph.model()


def _unfold(graph: "_Graph", node: NodeProto) -> None:
    """All that a step of the result depends on is laid side by side, and multiplied by all weights at once."""
    sequence, weights, *bias = node.input
    kernel = graph.weights(weights)
    asked = DEFAULTS | {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    if asked["group"] != 1 or asked["dilations"] != [1]:
        raise ValueError(f"{node.name} is a grouped or dilated convolution")
    (stride,), (before, after) = asked["strides"], asked["pads"]
    steps = graph.length(node.output[0])
    if before or after:
        sequence = graph.add("Pad", sequence, graph.constant([0, 0, before, 0, 0, after]))
    sequence = graph.add("Transpose", sequence, perm=[0, 2, 1])
    if kernel.shape[1] == 1 and kernel.shape[2] % stride == 0:
        # One channel of samples: each stretch of `stride` samples becomes a step with as many channels.
        taken = (steps - 1) * stride + kernel.shape[2]
        sequence = graph.add("Reshape", graph.slice(sequence, 0, taken, 1), graph.constant([0, -1, stride]))
        kernel = kernel.reshape(len(kernel), -1, stride).transpose(0, 2, 1)
        stride = 1
    end = (steps - 1) * stride + 1
    neighbours = [graph.slice(sequence, shift, shift + end, stride) for shift in range(kernel.shape[2])]
    product = graph.add(
        "MatMul",
        graph.add("Concat", *neighbours, axis=2),
        graph.constant(kernel.transpose(2, 1, 0).reshape(-1, len(kernel))),
    )
    graph.add("Transpose", graph.add("Add", product, *bias) if bias else product, perm=[0, 2, 1], output=node.output[0])


class _Graph:
    """The model's nodes as they are written anew; what no node uses any more is left out."""

    def __init__(self, model: ModelProto) -> None:
        self._model = model
        self._weights = {tensor.name: tensor for tensor in model.graph.initializer}
        self._shapes = {
            value.name: value.type.tensor_type.shape for value in shape_inference.infer_shapes(model).graph.value_info
        }
        self._nodes: list[NodeProto] = []

    def length(self, name: str) -> int:
        """0 where it is not known."""
        return self._shapes[name].dim[-1].dim_value

    def weights(self, name: str) -> NDArray[np.float32]:
        return numpy_helper.to_array(self._weights[name])

    def keep(self, node: NodeProto) -> None:
        self._nodes.append(node)

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"unfolded_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def constant(self, values: ArrayLike) -> str:
        name = f"unfolded_constant_{len(self._weights)}"
        self._weights[name] = numpy_helper.from_array(np.array(values), name)
        return name

    def slice(self, sequence: str, start: int, end: int, step: int) -> str:
        return self.add("Slice", sequence, *(self.constant([each]) for each in (start, end, 1, step)))

    def model(self) -> ModelProto:
        rewritten = ModelProto()
        rewritten.CopyFrom(self._model)
        del rewritten.graph.node[:], rewritten.graph.initializer[:]
        rewritten.graph.node.extend(self._nodes)
        used = {name for node in self._nodes for name in node.input}
        rewritten.graph.initializer.extend(tensor for name, tensor in self._weights.items() if name in used)
        return rewritten
