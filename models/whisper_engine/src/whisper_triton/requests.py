"""The tensors of a request as the engine's values; what the values may be is the engine's to check."""

from collections.abc import Callable
from typing import Any

import triton_python_backend_utils as pb_utils
from numpy.typing import NDArray

from whisper_engine import Code, InvalidOptions, WindowError, WindowRequest, parse_options


def window_request(request: Any, *, is_cancelled: Callable[[], bool]) -> WindowRequest:
    """Raises WindowError for tensors that are not what they should be; their values are the engine's to check."""
    try:
        return WindowRequest(
            # A copy: the window is in hand longer than Triton keeps the request's tensors.
            samples=_row(request, "AUDIO").copy(),
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
            owner=request.request_id(),
            is_cancelled=is_cancelled,
        )
    except InvalidOptions as error:
        raise WindowError(Code.INVALID, str(error)) from error


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
