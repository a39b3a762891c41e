"""A recognizer that counts and times what it passes on, wrapped around the real one in `bootstrap`.

Recognition itself is the inner recognizer's matter; this one changes nothing.
"""

import asyncio
from dataclasses import dataclass
from time import perf_counter

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.errors import EarshotError, Reason
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.ports import Hypothesis, Recognizer
from speechkit.runtime import metrics


@dataclass(frozen=True)
class MeasuredRecognizer:
    inner: Recognizer

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        started, outcome = perf_counter(), Reason.INTERNAL.value
        with metrics.WINDOWS_IN_FLIGHT.track_inprogress():
            try:
                hypothesis = await self.inner.recognize(samples, options, deadline_seconds=deadline_seconds)
                outcome = "ok"
                return hypothesis
            except EarshotError as error:
                outcome = error.reason.value
                raise
            except asyncio.CancelledError:
                outcome = Reason.CANCELLED.value
                raise
            finally:
                metrics.WINDOWS.labels(options.model, outcome).inc()
                metrics.WINDOW_AUDIO_SECONDS.labels(options.model).inc(seconds(len(samples)))
                metrics.WINDOW_SECONDS.labels(options.model).observe(perf_counter() - started)

    async def capabilities(self, model: str) -> Capabilities:
        return await self.inner.capabilities(model)

    async def ready(self, model: str) -> bool:
        return await self.inner.ready(model)
