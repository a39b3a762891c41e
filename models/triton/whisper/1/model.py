"""The Triton shell of whisper_engine over CTranslate2: windows in, outcomes out as they are known; nothing else.

Recognition, its rules and which windows are decoded together are in `whisper_engine`; the queue is Triton's.
"""

import json
import os
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path
from typing import Any

from whisper_engine import Code, WindowError, WindowRequest, WindowResult
from whisper_engine.engine import WhisperEngine
from whisper_triton.logs import log_failure
from whisper_triton.metrics import Metrics
from whisper_triton.requests import window_request
from whisper_triton.responses import respond


class TritonPythonModel:
    """What Triton's Python backend calls: one instance is one process with its own copy of the weights."""

    def initialize(self, args: dict[str, str]) -> None:
        name = json.loads(args["model_config"])["name"]
        on_gpu = args["model_instance_kind"] == "GPU"
        self._metrics = Metrics(name)
        self._engine = WhisperEngine.load(
            Path(os.environ["EARSHOT_WEIGHTS_DIR"]) / name,
            device=os.environ.get("EARSHOT_DEVICE") or ("cuda" if on_gpu else "cpu"),
            device_index=int(args["model_instance_device_id"]) if on_gpu else 0,
            compute_type=os.environ.get("EARSHOT_COMPUTE_TYPE", ""),
            threads=int(os.environ.get("EARSHOT_THREADS", "0")),
            observe=self._metrics.count_work,
        )
        self._engine.warm_up()

    def execute(self, requests: list[Any]) -> None:
        """Answer each window as soon as its own outcome is known; what comes meanwhile waits in Triton's queue."""
        answers = [answer for request in requests if (answer := self._submitted(request))]
        wait(answers)
        self._metrics.count_batch(len(requests))

    def _submitted(self, request: Any) -> Future[None] | None:
        """Raises nothing: an exception that leaves execute after one response was sent takes the whole server down."""
        answered: Future[None] = Future()
        try:
            window = window_request(request)
        except WindowError as error:
            respond(request, error)
            return None
        except Exception as error:  # noqa: BLE001 - see above
            log_failure("request_unreadable", error, request=request)
            respond(request, WindowError(Code.INTERNAL, "the request could not be read: send the window again"))
            return None
        self._engine.submit(window, partial(self._answer, request, window, answered))
        return answered

    def _answer(
        self, request: Any, window: WindowRequest, answered: Future[None], outcome: WindowResult | WindowError
    ) -> None:
        """Raises nothing: it is called by a worker, who has other windows to work on."""
        try:
            self._metrics.count_window(window, outcome)
            respond(request, outcome)
        except Exception as error:  # noqa: BLE001 - see above
            log_failure("window_not_answered", error, request=request)
        finally:
            answered.set_result(None)
