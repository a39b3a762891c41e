"""The outcome of a window as tensors or as Triton's error, sent as soon as it is known."""

from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

from whisper_engine import Code, WindowError, WindowResult


class Reply:
    """Where a request's one response goes: all of it that is still wanted when Triton has taken the request back."""

    def __init__(self, request: Any) -> None:
        self.request_id = str(request.request_id())
        self._wanted = frozenset(request.requested_output_names())
        self._sender = request.get_response_sender()

    def is_cancelled(self) -> bool:
        return bool(self._sender.is_cancelled())

    def send(self, outcome: WindowResult | WindowError) -> None:
        if isinstance(outcome, WindowError):
            error = pb_utils.TritonError(outcome.message, _status(outcome.code))
            response = pb_utils.InferenceResponse(output_tensors=[], error=error)
        else:
            tensors = [pb_utils.Tensor(name, value) for name, value in outputs(outcome).items() if name in self._wanted]
            response = pb_utils.InferenceResponse(output_tensors=tensors)
        self._sender.send(response, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)


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
        Code.UNAVAILABLE: pb_utils.TritonError.UNAVAILABLE,
        Code.INTERNAL: pb_utils.TritonError.INTERNAL,
    }[code]


def _strings(values: list[bytes]) -> NDArray[Any]:
    return np.array([values], dtype=np.object_).reshape(1, len(values))


def _number(value: float) -> NDArray[Any]:
    return np.array([[value]], np.float32)
