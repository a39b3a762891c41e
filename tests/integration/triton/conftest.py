"""A client of the real Triton that speaks tensors, not the recognizer port: it sends what no caller of ours would."""

import asyncio
import json
import re
import urllib.request
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import tritonclient.grpc.aio as triton_grpc
from numpy.typing import NDArray

from speechkit.runtime.cores import allowed_cores
from tests.speech.audio import read_pcm
from tests.speech.clips import Clip
from tests.stack.triton import RunningTriton
from whisper_engine.engine import CPU_ROWS, ROOM_FOR_EACH_ROW, sharing

WIRE_TYPES = {
    np.dtype(np.float32): "FP32",
    np.dtype(np.int32): "INT32",
    np.dtype(bool): "BOOL",
    np.dtype(object): "BYTES",
}
SAMPLE_RATE = 16_000
END_OF_TEXT = 50_257
SLOW_STEPS = 16

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class WhisperClient:
    """Sends one window at a time; what is not said is an ordinary request."""

    client: triton_grpc.InferenceServerClient
    metrics_url: str
    http_port: int
    model: str
    fills: int
    """So many windows leave the engine no hand free: what comes then waits in Triton's queue."""

    async def ask(
        self, samples: NDArray[np.float32], *, priority: int = 2, queue_seconds: float = 60.0, **tensors: NDArray[Any]
    ) -> Tensors:
        result = await self.client.infer(
            self.model,
            _inputs(tensors_of(samples) | tensors),
            priority=priority,
            timeout=int(queue_seconds * 1_000_000),
            client_timeout=100.0,
        )
        return {output.name: result.as_numpy(output.name) for output in result.get_response().outputs}

    async def ask_slowly(self, samples: NDArray[np.float32]) -> Tensors:
        """A window that climbs the whole ladder because its text may not end; it can be cancelled at every step."""
        never_end = {"best_of": 1, "suppress_tokens": [END_OF_TEXT], "no_speech_threshold": None}
        return await self.ask(
            samples[: 5 * SAMPLE_RATE],
            TIMESTAMPS=np.array([[False]]),
            TEMPERATURES=np.linspace(0.0, 0.1, SLOW_STEPS, dtype=np.float32)[None],
            OPTIONS=text(json.dumps(never_end)),
        )

    async def parameters(self) -> dict[str, str]:
        answer = await self.client.get_model_config(self.model)
        return {name: value.string_value for name, value in answer.config.parameters.items()}

    def metrics(self) -> dict[str, float]:
        """Our own, by name; there is one model."""
        page = urllib.request.urlopen(self.metrics_url, timeout=5).read().decode()
        return {name: float(value) for name, value in re.findall(r"^(earshot_\w+)\{.*\} (\S+)$", page, re.MULTILINE)}

    async def until(self, condition: Callable[[dict[str, float]], bool], *, timeout_seconds: float = 30.0) -> None:
        """Wait until the metrics say so."""
        async with asyncio.timeout(timeout_seconds):
            while not condition(self.metrics()):
                await asyncio.sleep(0.02)


def tensors_of(samples: NDArray[np.float32]) -> Tensors:
    return {
        "AUDIO": samples[None],
        "LANGUAGE": text("en"),
        "TASK": text("transcribe"),
        "PROMPT": text(""),
        "HOTWORDS": text(""),
        "TEMPERATURES": np.array([[0.0, 0.5]], np.float32),
        "BEAM_SIZE": np.array([[1]], np.int32),
        "TIMESTAMPS": np.array([[True]]),
        "WORD_TIMESTAMPS": np.array([[False]]),
        "LOGPROBS": np.array([[False]]),
        "MAX_TOKENS": np.array([[224]], np.int32),
        "OPTIONS": text(""),
    }


def text(value: str | bytes) -> NDArray[np.object_]:
    return np.array([[value.encode() if isinstance(value, str) else value]], dtype=object)


def _inputs(tensors: Tensors) -> list[triton_grpc.InferInput]:
    inputs = []
    for name, array in tensors.items():
        tensor = triton_grpc.InferInput(name, list(array.shape), WIRE_TYPES[array.dtype])
        tensor.set_data_from_numpy(array)
        inputs.append(tensor)
    return inputs


@pytest_asyncio.fixture(params=["triton", "tensorrtllm"])
async def whisper(request: pytest.FixtureRequest) -> AsyncIterator[WhisperClient]:
    """Of both engines, each with one instance of the contract's model."""
    triton: RunningTriton = request.getfixturevalue(request.param)
    client = triton_grpc.InferenceServerClient(triton.grpc_address)
    fills = ROOM_FOR_EACH_ROW * CPU_ROWS * sharing(allowed_cores())[0] if request.param == "triton" else 1
    yield WhisperClient(client, triton.metrics_url, triton.ports.http, triton.model, fills)
    await client.close()


@pytest.fixture(scope="session")
def reading(beckett: Clip) -> NDArray[np.float32]:
    """10 s: "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better." """
    # From where its first word is plain: with all of the breath before it, arithmetic decides between Ever and Never.
    return read_pcm(beckett.path)[3_200:].astype(np.float32) / np.float32(32_768)
