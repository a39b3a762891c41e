"""The Triton shell of whisper_engine over CTranslate2: windows in, outcomes out as they are known; nothing else.

Recognition, its rules and which windows are decoded together are in `whisper_engine`; the queue is Triton's.
"""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

from whisper_engine import Code, WindowError, WindowRequest, WindowResult
from whisper_engine.engine import WhisperEngine
from whisper_triton.in_hand import InHand
from whisper_triton.logs import log_failure
from whisper_triton.metrics import Metrics
from whisper_triton.requests import window_request
from whisper_triton.responses import Reply

LONGEST_GOODBYE_SECONDS = 4.0
"""Of the five that a server that ends gives its models."""


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
        self._in_hand = InHand(self._engine.room)

    def execute(self, requests: list[Any]) -> None:
        """Each window is answered when its own outcome is known, mostly after this has returned and brought others."""
        for request in requests:
            self._submit(request)
        self._metrics.count_batch(len(requests))
        self._in_hand.wait_for_room()

    def finalize(self) -> None:
        self._in_hand.wait_for_all(seconds=LONGEST_GOODBYE_SECONDS)

    def _submit(self, request: Any) -> None:
        """Raises nothing: an exception that leaves execute after one response was sent takes the whole server down."""
        reply = Reply(request)
        try:
            window = window_request(request, is_cancelled=reply.is_cancelled)
        except WindowError as error:
            reply.send(error)
        except Exception as error:  # noqa: BLE001 - see above
            log_failure("request_unreadable", error, request_id=reply.request_id)
            reply.send(WindowError(Code.INTERNAL, "the request could not be read: send the window again"))
        else:
            self._in_hand.take()
            self._engine.submit(window, partial(self._answer, reply, window))

    def _answer(self, reply: Reply, window: WindowRequest, outcome: WindowResult | WindowError) -> None:
        """Raises nothing: it is called by a worker, who has other windows to work on."""
        try:
            self._metrics.count_window(window, outcome)
            reply.send(outcome)
        except Exception as error:  # noqa: BLE001 - see above
            log_failure("window_not_answered", error, request_id=reply.request_id)
        finally:
            self._in_hand.answered()
