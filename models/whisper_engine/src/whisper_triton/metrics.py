"""What Triton's own metrics can't know, beside them at :metrics."""

import os
import threading
from typing import Any

import triton_python_backend_utils as pb_utils

from whisper_engine import WindowError, WindowRequest, WindowResult, Work


class Metrics:
    """Counts for threads side by side, of which the backend bears but one at a time: each of its metrics writes what it
    is told to its own place in shared memory, frees what was there, and takes the server down if that was being read.
    """

    def __init__(self, model: str) -> None:
        self._one_at_a_time = threading.Lock()
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
        self._say_cost()
        self._batch_size = metric("batch_size", "Windows in the newest batch", pb_utils.MetricFamily.GAUGE)

    def _say_cost(self) -> None:
        """Without a model's name: however many there are, the pod is paid for once."""
        about, kind = "What an hour of this pod costs, as EARSHOT_COST_PER_HOUR says", pb_utils.MetricFamily.GAUGE
        family = pb_utils.MetricFamily(name="earshot_cost_per_hour", description=about, kind=kind)
        self._families.append(family)
        self._cost = family.Metric(labels={})
        self._cost.set(float(os.environ.get("EARSHOT_COST_PER_HOUR") or 0))

    def count_window(self, request: WindowRequest, outcome: WindowResult | WindowError) -> None:
        with self._one_at_a_time:
            if isinstance(outcome, WindowError):
                self._failures.increment(1)
                return
            self._windows.increment(1)
            self._audio_seconds.increment(request.seconds)
            self._tokens.increment(len(outcome.tokens))
            self._fallbacks.increment(outcome.fallbacks)

    def count_batch(self, size: int) -> None:
        with self._one_at_a_time:
            self._batches.increment(1)
            self._batch_size.set(size)

    def count_work(self, work: Work) -> None:
        with self._one_at_a_time:
            self._encode_seconds.increment(work.encode_seconds)
            self._decode_seconds.increment(work.decode_seconds)
