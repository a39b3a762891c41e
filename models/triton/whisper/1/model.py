"""The Triton shell of whisper_engine over CTranslate2: batches in, outcomes out as they are known; nothing else.

Recognition and its rules are in `whisper_engine`; queueing, priorities and batching are Triton's, by config.pbtxt.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import triton_python_backend_utils as pb_utils

from whisper_engine import Code, WindowError, WindowRequest, WindowResult, Work
from whisper_engine.engine import WhisperEngine
from whisper_triton.metrics import Metrics
from whisper_triton.requests import window_request
from whisper_triton.responses import respond


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
