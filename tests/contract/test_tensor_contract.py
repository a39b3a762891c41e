"""The models' config.pbtxt and the client's constants say the same: a mismatch is found here, not in production."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from speechkit.adapters.triton.contract import INPUTS, OUTPUTS
from speechkit.domain.options import Priority

MODELS = Path(__file__).parents[2] / "models"
ENGINES = ["triton", "tensorrtllm"]
WIRE_NAMES = {"TYPE_STRING": "BYTES", "TYPE_FP32": "FP32", "TYPE_INT32": "INT32", "TYPE_BOOL": "BOOL"}


@pytest.fixture(params=ENGINES)
def config(request: pytest.FixtureRequest) -> model_config_pb2.ModelConfig:
    return config_of(request.param)


def config_of(engine: str) -> model_config_pb2.ModelConfig:
    written = (MODELS / engine / "whisper" / "config.pbtxt").read_text()
    return text_format.Parse(written, model_config_pb2.ModelConfig())


def wire_types(tensors: Iterable[Any]) -> dict[str, str]:
    return {tensor.name: WIRE_NAMES[model_config_pb2.DataType.Name(tensor.data_type)] for tensor in tensors}


def test_the_client_sends_exactly_the_models_inputs(config: model_config_pb2.ModelConfig) -> None:
    assert wire_types(config.input) == INPUTS


def test_the_client_reads_exactly_the_models_outputs(config: model_config_pb2.ModelConfig) -> None:
    assert wire_types(config.output) == OUTPUTS


def test_the_queue_has_a_level_for_each_priority(config: model_config_pb2.ModelConfig) -> None:
    batching = config.dynamic_batching
    assert batching.priority_levels == len(Priority)
    assert batching.default_priority_level == Priority.INTERACTIVE


def test_windows_of_different_length_and_ladder_share_a_batch(config: model_config_pb2.ModelConfig) -> None:
    ragged = {tensor.name for tensor in config.input if tensor.allow_ragged_batch}
    assert ragged == {"AUDIO", "TEMPERATURES"}


def test_a_request_may_shorten_its_time_in_the_queue(config: model_config_pb2.ModelConfig) -> None:
    """Triton heeds a request's own timeout only when it is allowed to and the default is not zero."""
    policy = config.dynamic_batching.default_queue_policy
    assert policy.allow_timeout_override
    assert policy.default_timeout_microseconds > 0
    assert policy.max_queue_size > 0


def test_tensors_are_the_same_whatever_the_engine() -> None:
    one, other = map(config_of, ENGINES)
    assert (one.input, one.output) == (other.input, other.output)
