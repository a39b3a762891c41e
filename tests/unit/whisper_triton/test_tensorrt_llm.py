"""What goes to NVIDIA's model `tensorrt_llm` and what is read from its answer, tensor by tensor."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from whisper_engine.contract import Code
from whisper_engine.generating import Order

CONFIG = Path(__file__).parents[3] / "models/tensorrtllm/tensorrt_llm/config.pbtxt"
END = 50_257
UNAVAILABLE, INTERNAL = 14, 13

NVIDIA_INPUTS = {
    "encoder_input_features": ("TYPE_FP16", [-1, -1]),
    "input_lengths": ("TYPE_INT32", [1]),
    "encoder_output_lengths": ("TYPE_INT32", [1]),
    "decoder_input_ids": ("TYPE_INT32", [-1]),
    "request_output_len": ("TYPE_INT32", [1]),
    "end_id": ("TYPE_INT32", [1]),
    "pad_id": ("TYPE_INT32", [1]),
    "beam_width": ("TYPE_INT32", [1]),
    "temperature": ("TYPE_FP32", [1]),
    "runtime_top_k": ("TYPE_INT32", [1]),
    "runtime_top_p": ("TYPE_FP32", [1]),
    "seed": ("TYPE_UINT64", [1]),
    "repetition_penalty": ("TYPE_FP32", [1]),
    "embedding_bias": ("TYPE_FP32", [-1]),
    "return_log_probs": ("TYPE_BOOL", [1]),
}
"""Facts: how triton_backend/all_models/inflight_batcher_llm/tensorrt_llm/config.pbtxt of NVIDIA/TensorRT-LLM (commit
0c8de69a1ca6213eebb20a51873890ff128666c2) declares what Whisper needs of it; all of shape [1] are reshaped to []."""
NVIDIA_OUTPUTS = {
    "output_ids": ("TYPE_INT32", [-1, -1]),
    "sequence_length": ("TYPE_INT32", [-1]),
    "cum_log_probs": ("TYPE_FP32", [-1]),
    "output_log_probs": ("TYPE_FP32", [-1, -1]),
}
WIRE = {np.float16: "TYPE_FP16", np.float32: "TYPE_FP32", np.int32: "TYPE_INT32", np.uint64: "TYPE_UINT64",
        np.bool_: "TYPE_BOOL"}  # fmt: skip


@pytest.fixture(scope="module")
def backend() -> Iterator[Any]:
    """The module under test, with as much of Triton's stub as its import needs."""
    stub = ModuleType("triton_python_backend_utils")
    stub.TritonError = SimpleNamespace(UNAVAILABLE=UNAVAILABLE, INTERNAL=INTERNAL)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, stub.__name__, stub)
        from whisper_triton import tensorrt_llm

        yield tensorrt_llm


def order(*, temperature: float = 0.0, seed: int = 0) -> Order:
    return Order(
        features=np.zeros((3000, 80), np.float16),
        prompt=(50_258, 50_259, 50_359),
        max_tokens=84,
        bias=np.zeros(51_865, np.float32),
        temperature=temperature,
        seed=seed,
    )


def declared(tensors: Any) -> dict[str, tuple[str, list[int]]]:
    return {tensor.name: (model_config_pb2.DataType.Name(tensor.data_type), list(tensor.dims)) for tensor in tensors}


def test_the_configuration_declares_tensors_as_nvidias_does() -> None:
    config = text_format.Parse(CONFIG.read_text(), model_config_pb2.ModelConfig())
    assert declared(config.input) == NVIDIA_INPUTS
    assert declared(config.output) == NVIDIA_OUTPUTS
    assert {tensor.name for tensor in config.input if tensor.HasField("reshape")} == {
        name for name, (_, dims) in NVIDIA_INPUTS.items() if dims == [1]
    }
    assert not config.model_transaction_policy.decoupled


def test_an_order_is_sent_as_declared(backend: Any) -> None:
    sent = backend.inputs(order(), END)
    assert {name: WIRE[array.dtype.type] for name, array in sent.items()} == {
        name: kind for name, (kind, _) in NVIDIA_INPUTS.items()
    }
    for name, (_, dims) in NVIDIA_INPUTS.items():
        assert sent[name].shape[0] == 1  # the batch
        assert sent[name].ndim == 1 + len(dims)
        assert all(asked in {-1, size} for asked, size in zip(dims, sent[name].shape[1:], strict=True))
    assert (sent["input_lengths"].item(), sent["encoder_output_lengths"].item()) == (3000, 1500)
    assert sent["end_id"].item() == sent["pad_id"].item() == END


def test_greedy_is_the_first_of_the_untempered_distribution(backend: Any) -> None:
    """So that its log probabilities are those that the contract asks for."""
    sent = backend.inputs(order(), END)
    assert (sent["runtime_top_k"].item(), sent["temperature"].item()) == (1, 1.0)


def test_a_sample_is_drawn_from_the_whole_distribution(backend: Any) -> None:
    sent = backend.inputs(order(temperature=0.5, seed=3), END)
    drawn = {name: sent[name].item() for name in ("runtime_top_k", "runtime_top_p", "temperature", "seed")}
    assert drawn == {"runtime_top_k": 0, "runtime_top_p": 1.0, "temperature": 0.5, "seed": 3}


@pytest.mark.parametrize("beam", [[5, 6, 7], [5, 6, 7, END], [5, 6, 7, END, END]])
def test_a_text_ends_before_its_end_be_it_told_or_not(backend: Any, beam: list[int]) -> None:
    answer = {
        "output_ids": np.array([[[*beam, -1]]], np.int32),
        "sequence_length": np.array([[len(beam)]], np.int32),
        "cum_log_probs": np.array([[-1.5]], np.float32),
        "output_log_probs": np.array([[[-0.25] * len(beam)]], np.float32),
    }
    told = backend.delivery(answer, end_of_text=END)
    assert told.tokens == (5, 6, 7)
    assert told.logprobs == (-0.25,) * 3
    assert told.total_logprob == -1.5


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (UNAVAILABLE, "Exceeds maximum queue size", Code.UNAVAILABLE),
        (INTERNAL, "Failed for execute the inference request. Model 'tensorrt_llm' is not ready.", Code.UNAVAILABLE),
        (INTERNAL, "Executor failed process requestId 3", Code.INTERNAL),
    ],
)
def test_only_what_another_replica_may_do_is_worth_a_retry(
    backend: Any, code: int, message: str, expected: Code
) -> None:
    error = SimpleNamespace(code=lambda: code, message=lambda: message)
    assert backend._failure(error).code is expected
    assert message in backend._failure(error).message
