"""The contract `whisper` over NVIDIA's model `tensorrt_llm`: windows in, questions to the engine beside, outcomes out.

What is asked and what is made of the answers is the matter of `whisper_engine.generating`; here it becomes tensors.
Their names, types and shapes are those of the backend `tensorrtllm` (NVIDIA/TensorRT-LLM, triton_backend/all_models/
inflight_batcher_llm/tensorrt_llm/config.pbtxt).
"""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

from whisper_engine import Code, WindowError, WindowResult, Work
from whisper_engine.generating import Delivery, GeneratingEngine, Order
from whisper_engine.tokenizer import Tokenizer
from whisper_engine.triton_config import describe, suppressed_tokens
from whisper_triton.logs import log_failure
from whisper_triton.metrics import Metrics
from whisper_triton.requests import window_request
from whisper_triton.responses import Reply

ENGINE = "tensorrt_llm"
OUTPUTS = ("output_ids", "sequence_length", "cum_log_probs", "output_log_probs")


class TensorRtLlmWhisper:
    """What Triton's Python backend calls. It loads no weights and touches no GPU: many may stand before one engine."""

    def initialize(self, args: dict[str, str]) -> None:
        name = json.loads(args["model_config"])["name"]
        model_dir = Path(os.environ["EARSHOT_WEIGHTS_DIR"]) / name
        tokenizer = Tokenizer(model_dir / "tokenizer.json")
        self._engine = GeneratingEngine(
            TensorRtLlm(end_of_text=tokenizer.end_of_text),
            tokenizer,
            describe(model_dir, engine=ENGINE),
            suppressed=suppressed_tokens(model_dir),
        )
        self._metrics = Metrics(name)

    async def execute(self, requests: list[Any]) -> None:
        """All windows at once, because the engine batches them; each is answered as soon as its outcome is known."""
        self._metrics.count_batch(len(requests))
        started, work = time.perf_counter(), Work()
        # An exception that leaves execute after one response was sent takes the whole server down (Triton 2.51).
        failures = await asyncio.gather(*(self._answer(each, work) for each in requests), return_exceptions=True)
        for request, failure in zip(requests, failures, strict=True):
            if failure is not None:
                log_failure("window_not_answered", failure, request_id=request.request_id())
        work.decode_seconds = time.perf_counter() - started - work.encode_seconds
        self._metrics.count_work(work)

    async def _answer(self, request: Any, work: Work) -> None:
        outcome: WindowResult | WindowError
        reply = Reply(request)
        try:
            window = window_request(request, is_cancelled=reply.is_cancelled)
            outcome = await self._engine.recognize(window, work=work)
            self._metrics.count_window(window, outcome)
        except WindowError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001 - whoever waits has a right to an answer
            log_failure("window_failed", error, request_id=reply.request_id)
            outcome = WindowError(Code.INTERNAL, "the model failed on this window: send it again")
        reply.send(outcome)


class TensorRtLlm:
    """A Generator: each order is one request to the model `tensorrt_llm` of this server."""

    def __init__(self, *, end_of_text: int) -> None:
        self._end_of_text = end_of_text

    async def generate(self, order: Order) -> Delivery:
        request = pb_utils.InferenceRequest(
            model_name=ENGINE,
            requested_output_names=list(OUTPUTS),
            inputs=[pb_utils.Tensor(name, value) for name, value in inputs(order, self._end_of_text).items()],
        )
        response = await request.async_exec()
        if response.has_error():
            raise _failure(response.error())
        return delivery(
            {name: pb_utils.get_output_tensor_by_name(response, name).as_numpy() for name in OUTPUTS},
            end_of_text=self._end_of_text,
        )


def inputs(order: Order, end_of_text: int) -> dict[str, NDArray[Any]]:
    """Every tensor with the batch's dimension, which is 1, before its own."""
    frames = len(order.features)
    sampled = order.temperature > 0
    return {
        "encoder_input_features": order.features[None],
        "input_lengths": _whole(frames),
        "encoder_output_lengths": _whole(frames // 2),
        "decoder_input_ids": np.array([order.prompt], np.int32),
        "request_output_len": _whole(order.max_tokens),
        "end_id": _whole(end_of_text),
        "pad_id": _whole(end_of_text),
        "beam_width": _whole(1),
        # Greedy is the first of the most probable; at temperature 1, so that the log probabilities are untempered.
        "temperature": np.array([[order.temperature if sampled else 1.0]], np.float32),
        "runtime_top_k": _whole(0 if sampled else 1),
        "runtime_top_p": np.array([[1.0 if sampled else 0.0]], np.float32),
        "seed": np.array([[order.seed]], np.uint64),
        "repetition_penalty": np.array([[order.repetition_penalty]], np.float32),
        "embedding_bias": order.bias[None],
        "return_log_probs": np.array([[True]]),
    }


def delivery(outputs: dict[str, NDArray[Any]], *, end_of_text: int) -> Delivery:
    """The one beam up to the end, be the end among the tokens or not."""
    length = int(outputs["sequence_length"].reshape(-1)[0])
    tokens = outputs["output_ids"].reshape(-1)[:length].tolist()
    if end_of_text in tokens:
        tokens = tokens[: tokens.index(end_of_text)]
    return Delivery(
        tokens=tuple(tokens),
        logprobs=tuple(outputs["output_log_probs"].reshape(-1)[: len(tokens)].tolist()),
        total_logprob=float(outputs["cum_log_probs"].reshape(-1)[0]),
    )


def _failure(error: Any) -> WindowError:
    # A model that is not loaded is Triton's own error INTERNAL, but the window may be served by another replica.
    if error.code() == pb_utils.TritonError.UNAVAILABLE or "is not ready" in error.message():
        return WindowError(Code.UNAVAILABLE, f"the engine takes no window at the moment: {error.message()}")
    return WindowError(Code.INTERNAL, f"the engine failed: {error.message()}")


def _whole(value: int) -> NDArray[np.int32]:
    return np.array([[value]], np.int32)
