"""The model's config.pbtxt and the client's constants say the same: a mismatch is found here, not in production."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from speechkit.adapters.triton.contract import INPUTS, OUTPUTS
from speechkit.domain.options import Priority

CONFIG = Path(__file__).parents[2] / "models/triton/whisper/config.pbtxt"
WIRE_NAMES = {"TYPE_STRING": "BYTES", "TYPE_FP32": "FP32", "TYPE_INT32": "INT32", "TYPE_BOOL": "BOOL"}


def config() -> model_config_pb2.ModelConfig:
    return text_format.Parse(CONFIG.read_text(), model_config_pb2.ModelConfig())


def wire_types(tensors: Iterable[Any]) -> dict[str, str]:
    return {tensor.name: WIRE_NAMES[model_config_pb2.DataType.Name(tensor.data_type)] for tensor in tensors}


def test_the_client_sends_exactly_the_models_inputs() -> None:
    assert wire_types(config().input) == INPUTS


def test_the_client_reads_exactly_the_models_outputs() -> None:
    assert wire_types(config().output) == OUTPUTS


def test_the_queue_has_a_level_for_each_priority() -> None:
    batching = config().dynamic_batching
    assert batching.priority_levels == len(Priority)
    assert batching.default_priority_level == Priority.INTERACTIVE


def test_windows_of_different_length_and_ladder_share_a_batch() -> None:
    ragged = {tensor.name for tensor in config().input if tensor.allow_ragged_batch}
    assert ragged == {"AUDIO", "TEMPERATURES"}


def test_a_request_may_shorten_its_time_in_the_queue() -> None:
    """Triton heeds a request's own timeout only when it is allowed to and the default is not zero."""
    policy = config().dynamic_batching.default_queue_policy
    assert policy.allow_timeout_override
    assert policy.default_timeout_microseconds > 0
    assert policy.max_queue_size > 0
