"""The recognizer port over Triton's gRPC: deadlines, cancellation, retries and errors.

What the tensors are is the matter of `contract`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

import structlog
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException

from speechkit.adapters.triton.contract import (
    INPUTS,
    OUTPUTS,
    decode_capabilities,
    decode_response,
    encode_request,
)
from speechkit.domain.audio import Samples
from speechkit.domain.errors import (
    DeadlineExceeded,
    EarshotError,
    Internal,
    InvalidRequest,
    ModelNotFound,
    Overloaded,
    RecognizerUnavailable,
)
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.ports import Hypothesis
from speechkit.runtime.tracing import trace_headers
from speechkit.runtime.work_ids import work_id

log = structlog.get_logger()
T = TypeVar("T")

CHANNEL_OPTIONS = [
    # tritonclient drops its own defaults when given any, so sizes and keepalive stand here again.
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # On Kubernetes the address is a headless service: spread over its replicas.
    ("grpc.lb_policy_name", "round_robin"),
    # Each pod that goes makes the client look the name up again, at most this often: by default 30 s apart.
    ("grpc.dns_min_time_between_resolutions_ms", 5_000),
    # A Triton that was restarted is found again within a second instead of gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
]

QUEUE_TIMEOUT = "Request timeout expired"
QUEUE_REFUSALS = ("Exceeds maximum queue size", QUEUE_TIMEOUT)
"""Triton's words for a full queue and for a request that waited too long in it; both come as UNAVAILABLE."""

STUB_IS_DEAD = "is not healthy"
"""The model's Python process died: Triton answers INTERNAL until the supervisor or Kubernetes restarts it."""


class TritonRecognizer:
    """Windows are independent, so one that met a dying server is simply sent again, to whoever comes back."""

    def __init__(self, address: str, *, patience_seconds: float = 30.0, capabilities_ttl_seconds: float = 60.0) -> None:
        """`patience_seconds`: how long a window waits for a server that is away before the caller hears of it."""
        self._address = address
        self._patience_seconds = patience_seconds
        self._ttl_seconds = capabilities_ttl_seconds
        self._capabilities: dict[str, tuple[float, Capabilities]] = {}
        self._seen: set[str] = set()

    async def __aenter__(self) -> Self:
        self._client = triton.InferenceServerClient(self._address, channel_args=CHANNEL_OPTIONS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        inputs = []
        for name, array in encode_request(samples, options).items():
            tensor = triton.InferInput(name, list(array.shape), INPUTS[name])
            tensor.set_data_from_numpy(array)
            inputs.append(tensor)

        async def infer(remaining_seconds: float) -> Hypothesis:
            result = await self._client.infer(
                options.model,
                inputs,
                priority=options.priority.value,
                timeout=int(remaining_seconds * 1_000_000),
                client_timeout=remaining_seconds,
                headers=trace_headers(),
                request_id=work_id(),
            )
            return decode_response({name: result.as_numpy(name) for name in OUTPUTS})

        return await self._patiently(infer, options.model, deadline_seconds)

    async def capabilities(self, model: str) -> Capabilities:
        now = asyncio.get_running_loop().time()
        known = self._capabilities.get(model)
        if known and now - known[0] < self._ttl_seconds:
            return known[1]

        async def ask(remaining_seconds: float) -> Capabilities:
            answer = await self._client.get_model_config(model, client_timeout=remaining_seconds)
            return decode_capabilities({name: value.string_value for name, value in answer.config.parameters.items()})

        capabilities = await self._patiently(ask, model, self._patience_seconds)
        self._capabilities[model] = (now, capabilities)
        return capabilities

    async def ready(self, model: str) -> bool:
        try:
            ready = bool(await self._client.is_model_ready(model, client_timeout=2.0))
        except InferenceServerException:
            return False
        if ready:
            self._seen.add(model)
        return ready

    async def _patiently(self, call: Callable[[float], Awaitable[T]], model: str, deadline_seconds: float) -> T:
        """Call again while the server is away or full, within the caller's deadline and our patience."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + deadline_seconds
        give_up = 0.0
        pause_seconds = 0.05
        while True:
            try:
                answer = await call(max(0.001, deadline - loop.time()))
                self._seen.add(model)
                return answer
            except InferenceServerException as error:
                give_up = give_up or min(deadline, loop.time() + self._patience_seconds)
                if QUEUE_TIMEOUT in str(error.message()) and loop.time() + pause_seconds > deadline:
                    # The queue was told our deadline and kept it: the caller's time is up, whatever the queue's state.
                    raise _out_of_time() from error
                if not (_may_pass(error) or self._is_put_away(error, model)) or loop.time() + pause_seconds > give_up:
                    raise _translated(error, model) from error
                log.warning("recognizer_retry", model=model, status=error.status(), pause_seconds=pause_seconds)
            await asyncio.sleep(pause_seconds * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, keeps no secret
            pause_seconds = min(1.0, pause_seconds * 2)

    def _is_put_away(self, error: InferenceServerException, model: str) -> bool:
        """A server that ends unloads its models first, and still answers: another has the model, or will have it."""
        return error.status() == "StatusCode.NOT_FOUND" and model in self._seen


def _may_pass(error: InferenceServerException) -> bool:
    return error.status() == "StatusCode.UNAVAILABLE" or STUB_IS_DEAD in str(error.message())


def _translated(error: InferenceServerException, model: str) -> EarshotError:
    status, message = error.status(), str(error.message())
    if status == "StatusCode.UNAVAILABLE" and any(refusal in message for refusal in QUEUE_REFUSALS):
        return Overloaded("The speech recognizer is busy and its queue is full; try again in a few seconds.")
    if _may_pass(error):
        return RecognizerUnavailable("The speech recognizer can't be reached right now; try again shortly.")
    known: dict[str | None, EarshotError] = {
        "StatusCode.DEADLINE_EXCEEDED": _out_of_time(),
        "StatusCode.INVALID_ARGUMENT": InvalidRequest(f"The model refused the request: {message}"),
        "StatusCode.NOT_FOUND": ModelNotFound(f"The model '{model}' is not loaded at the recognizer.", param="model"),
    }
    if status not in known:
        log.error("recognizer_failed", model=model, status=status, message=message[:500])
    return known.get(status, Internal("The speech recognizer failed on this audio."))


def _out_of_time() -> DeadlineExceeded:
    return DeadlineExceeded("The recognition did not finish in time; send shorter audio.")
