"""The Triton shell of whisper_engine: tensors to requests, outcomes to tensors, work to metrics; nothing else.

Recognition and its rules are in `whisper_engine`; queueing, priorities and batching are Triton's, by config.pbtxt.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

from whisper_engine import (
    Code,
    InvalidOptions,
    WhisperEngine,
    WindowError,
    WindowRequest,
    WindowResult,
    Work,
    parse_options,
)


class TritonPythonModel:
    """What Triton's Python backend calls: one instance is one process with its own copy of the weights."""

    def initialize(self, args: dict[str, str]) -> None:
        name = json.loads(args["model_config"])["name"]
        on_gpu = args["model_instance_kind"] == "GPU"
        self._engine = WhisperEngine.load(
            Path(os.environ["EARSHOT_WEIGHTS_DIR"]) / name,
            device=os.environ.get("EARSHOT_DEVICE") or ("cuda" if on_gpu else "cpu"),
            device_index=int(args["model_instance_device_id"]) if on_gpu else 0,
            compute_type=os.environ.get("EARSHOT_COMPUTE_TYPE", ""),
            threads=int(os.environ.get("EARSHOT_THREADS", "0")),
        )
        self._metrics = Metrics(name)

    def execute(self, requests: list[Any]) -> None:
        """Answer each request as soon as its own outcome is known, not when the batch's slowest is."""
        unanswered = dict(enumerate(requests))
        try:
            for index, outcome in self._outcomes(requests):
                respond(unanswered[index], outcome)
                del unanswered[index]
        except Exception as error:  # noqa: BLE001 - see below
            # An exception that leaves execute after one response was sent takes the whole server down (Triton 2.51).
            pb_utils.Logger.log_error(f"whisper batch failed: {type(error).__name__}: {error}")
            for request in unanswered.values():
                respond(request, WindowError(Code.INTERNAL, "the model failed on this batch: send the window again"))

    def _outcomes(self, requests: list[Any]) -> Iterator[tuple[int, WindowResult | WindowError]]:
        windows: dict[int, WindowRequest] = {}
        for index, request in enumerate(requests):
            try:
                windows[index] = window_request(request)
            except WindowError as error:
                yield index, error
        positions, work = list(windows), Work()
        for position, outcome in self._engine.recognize_each(list(windows.values()), work=work):
            self._metrics.count_window(windows[positions[position]], outcome)
            yield positions[position], outcome
        self._metrics.count_batch(len(requests), work)


def window_request(request: Any) -> WindowRequest:
    """Raises WindowError for tensors that are not what they should be; their values are the engine's to check."""
    try:
        return WindowRequest(
            samples=_row(request, "AUDIO"),
            language=_text(request, "LANGUAGE"),
            task=_text(request, "TASK"),
            prompt=_text(request, "PROMPT"),
            hotwords=_text(request, "HOTWORDS"),
            temperatures=tuple(round(value, 6) for value in _row(request, "TEMPERATURES").tolist()),
            beam_size=int(_scalar(request, "BEAM_SIZE")),
            timestamps=bool(_scalar(request, "TIMESTAMPS")),
            word_timestamps=bool(_scalar(request, "WORD_TIMESTAMPS")),
            logprobs=bool(_scalar(request, "LOGPROBS")),
            max_tokens=int(_scalar(request, "MAX_TOKENS")),
            options=parse_options(_text(request, "OPTIONS")),
            is_cancelled=request.is_cancelled,
        )
    except InvalidOptions as error:
        raise WindowError(Code.INVALID, str(error)) from error


def respond(request: Any, outcome: WindowResult | WindowError) -> None:
    if isinstance(outcome, WindowError):
        error = pb_utils.TritonError(outcome.message, _status(outcome.code))
        response = pb_utils.InferenceResponse(output_tensors=[], error=error)
    else:
        wanted = set(request.requested_output_names())
        tensors = [pb_utils.Tensor(name, value) for name, value in outputs(outcome).items() if name in wanted]
        response = pb_utils.InferenceResponse(output_tensors=tensors)
    request.get_response_sender().send(response, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)


def outputs(result: WindowResult) -> dict[str, NDArray[Any]]:
    """Every tensor with the batch's dimension before its own, which is 1: a request is one window."""
    segments, words = result.segments, result.words
    return {
        "TOKENS": np.array([result.tokens], np.int32),
        "TOKEN_LOGPROBS": np.array([result.token_logprobs], np.float32),
        "TOKEN_TEXTS": _strings([text for segment in segments for text in segment.token_texts]),
        "TEXT": _strings([result.text.encode()]),
        "SEGMENTS": np.array([(segment.start, segment.end) for segment in segments], np.float32).reshape(1, -1, 2),
        "SEGMENT_TOKENS": np.array([[len(segment.tokens) for segment in segments]], np.int32),
        "WORDS": _strings([word.text.encode() for word in words]),
        "WORD_TIMES": np.array([(word.start, word.end) for word in words], np.float32).reshape(1, -1, 2),
        "WORD_PROBS": np.array([[word.probability for word in words]], np.float32),
        "AVG_LOGPROB": _number(result.avg_logprob),
        "NO_SPEECH_PROB": _number(result.no_speech_prob),
        "COMPRESSION_RATIO": _number(result.compression_ratio),
        "TEMPERATURE": _number(result.temperature),
        "LANGUAGE_PROB": _number(result.language_probability),
        "LANGUAGE": _strings([result.language.encode()]),
        "FINISH": _strings([result.finish.encode()]),
    }


def _status(code: Code) -> Any:
    # Looked up late: the backend adds its classes to pb_utils only after it has imported this module.
    return {
        Code.INVALID: pb_utils.TritonError.INVALID_ARG,
        Code.CANCELLED: pb_utils.TritonError.CANCELLED,
        Code.INTERNAL: pb_utils.TritonError.INTERNAL,
    }[code]


class Metrics:
    """What Triton's own metrics can't know, beside them at :metrics."""

    def __init__(self, model: str) -> None:
        self._families: list[Any] = []  # a family that is collected as garbage takes its metrics with it

        def metric(name: str, description: str, kind: Any = pb_utils.MetricFamily.COUNTER) -> Any:
            family = pb_utils.MetricFamily(name=f"earshot_whisper_{name}", description=description, kind=kind)
            self._families.append(family)
            return family.Metric(labels={"model": model})

        self._audio_seconds = metric("audio_seconds_total", "Sound in windows that were recognized")
        self._windows = metric("windows_total", "Windows that were recognized")
        self._failures = metric("failures_total", "Windows that were refused, cancelled or failed")
        self._tokens = metric("tokens_total", "Tokens in the texts that were kept")
        self._fallbacks = metric("fallbacks_total", "Attempts thrown away for a higher temperature")
        self._batches = metric("batches_total", "Batches; windows per batch is the batching that happened")
        self._encode_seconds = metric("encode_seconds_total", "Time spent in features and encoder")
        self._decode_seconds = metric("decode_seconds_total", "Time spent in language detection, search and alignment")
        self._batch_size = metric("batch_size", "Windows in the newest batch", pb_utils.MetricFamily.GAUGE)

    def count_window(self, request: WindowRequest, outcome: WindowResult | WindowError) -> None:
        if isinstance(outcome, WindowError):
            self._failures.increment(1)
            return
        self._windows.increment(1)
        self._audio_seconds.increment(request.seconds)
        self._tokens.increment(len(outcome.tokens))
        self._fallbacks.increment(outcome.fallbacks)

    def count_batch(self, size: int, work: Work) -> None:
        self._batches.increment(1)
        self._batch_size.set(size)
        self._encode_seconds.increment(work.encode_seconds)
        self._decode_seconds.increment(work.decode_seconds)


def _row(request: Any, name: str) -> NDArray[Any]:
    """A tensor without the batch's dimension, which must be 1: Triton batches requests, a client sends windows."""
    array: NDArray[Any] = pb_utils.get_input_tensor_by_name(request, name).as_numpy()
    if array.ndim != 2 or array.shape[0] != 1:
        raise WindowError(Code.INVALID, f"{name} must have the shape [1, n]: one window a request")
    row: NDArray[Any] = array[0]
    return row


def _scalar(request: Any, name: str) -> Any:
    return _row(request, name)[0]


def _text(request: Any, name: str) -> str:
    try:
        return bytes(_scalar(request, name)).decode()
    except UnicodeDecodeError as error:
        raise WindowError(Code.INVALID, f"{name} must be UTF-8") from error


def _strings(values: list[bytes]) -> NDArray[Any]:
    return np.array([values], dtype=np.object_).reshape(1, len(values))


def _number(value: float) -> NDArray[Any]:
    return np.array([[value]], np.float32)
