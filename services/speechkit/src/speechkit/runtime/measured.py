"""Ports that count, time and trace what they pass on, wrapped around the real ones in `bootstrap`.

They change nothing of it: the work is the inner one's matter. Metrics are defined in `metrics`, spans in `tracing`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import perf_counter

from opentelemetry.trace import Span, SpanKind

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.errors import EarshotError, Reason
from speechkit.domain.guards import Guard
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.refinement import Refined, Refinement
from speechkit.domain.transcript import Discarded, Transcript
from speechkit.ports import SILENCE, Doorbell, GuardedHttp, HttpAnswer, HttpReply, Hypothesis, Recognizer, Refiner
from speechkit.runtime import metrics
from speechkit.runtime.tracing import Value, mark_failed, sent_span, span, trace_headers


def count_transcript(transcript: Transcript, *, model: str, elapsed_seconds: float | None = None) -> None:
    """`elapsed_seconds` is known of what was there as a whole before the work began."""
    audio_seconds = transcript.duration_seconds
    metrics.AUDIO_SECONDS.labels(model).inc(audio_seconds)
    metrics.AUDIO_LENGTH.labels(model).observe(audio_seconds)
    metrics.SEGMENTS.labels(model).inc(len(transcript.segments))
    if elapsed_seconds is not None:
        metrics.REAL_TIME_FACTOR.labels(model).observe(elapsed_seconds / max(1.0, audio_seconds))


@dataclass(frozen=True)
class MeasuredRecognizer:
    inner: Recognizer

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        with metrics.WINDOWS_IN_FLIGHT.track_inprogress(), _window(samples, options) as window:
            hypothesis = await self.inner.recognize(samples, options, deadline_seconds=deadline_seconds)
            _count_guards(hypothesis, options)
            window.set_attributes(
                {
                    "earshot.segments": len(hypothesis.segments),
                    "earshot.tokens": sum(len(segment.tokens) for segment in hypothesis.segments),
                    "earshot.sampled": hypothesis.temperature > 0,
                    "earshot.finish": hypothesis.finish,
                }
            )
            return hypothesis

    async def capabilities(self, model: str) -> Capabilities:
        return await self.inner.capabilities(model)

    async def ready(self, model: str) -> bool:
        return await self.inner.ready(model)


@dataclass(frozen=True)
class MeasuredRefiner:
    inner: Refiner

    async def refine(self, asked: Refinement, *, deadline_seconds: float) -> Refined:
        started, outcome = perf_counter(), Reason.INTERNAL.value
        with span("refine", kind=SpanKind.CLIENT, attributes={"earshot.passages": len(asked.passages)}) as opened:
            try:
                refined = await self.inner.refine(asked, deadline_seconds=deadline_seconds)
                outcome = _refinement_outcome(refined)
                opened.set_attributes({"earshot.outcome": outcome, "earshot.warnings": len(refined.warnings)})
                for warning in refined.warnings:
                    metrics.REFINEMENT_WARNINGS.labels(warning.check).inc()
                return refined
            except BaseException as error:
                outcome = _outcome(error)
                raise
            finally:
                metrics.REFINEMENTS.labels(outcome).inc()
                metrics.REFINEMENT_SECONDS.observe(perf_counter() - started)


@dataclass(frozen=True)
class MeasuredHttp:
    """Where a request goes to is not said, nor how it is called there: a user's URL may be as secret as a key."""

    inner: GuardedHttp
    purpose: str
    """A few words for all requests, such as webhook."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        with self._sent("POST") as sent:
            answer = await self.inner.post(url, headers={**headers, **trace_headers()}, body=body)
            sent.status = answer.status
            return answer

    @asynccontextmanager
    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, most_bytes: int, total_seconds: float
    ) -> AsyncIterator[HttpReply]:
        headers = {**headers, **trace_headers()}
        with self._sent(method) as sent:
            async with self.inner.exchange(
                method, url, headers=headers, body=body, most_bytes=most_bytes, total_seconds=total_seconds
            ) as reply:
                sent.status = reply.status
                yield reply

    @asynccontextmanager
    async def fetch(self, url: str, *, most_bytes: int) -> AsyncIterator[AsyncIterator[bytes]]:
        with self._sent("GET") as sent:
            async with self.inner.fetch(url, most_bytes=most_bytes) as parts:
                sent.status = 200  # or another that is as good: the rest is raised
                yield parts

    @contextmanager
    def _sent(self, method: str) -> Iterator["_Sent"]:
        sent, started = _Sent(), perf_counter()
        attributes = {"http.request.method": method, "earshot.purpose": self.purpose}
        with span(f"{method} {self.purpose}", kind=SpanKind.CLIENT, attributes=attributes) as opened:
            try:
                yield sent
            finally:
                outcome = f"{sent.status // 100}xx" if sent.status else "unanswered"
                metrics.OUTGOING_SECONDS.labels(self.purpose, outcome).observe(perf_counter() - started)
                if sent.status:
                    opened.set_attribute("http.response.status_code", sent.status)
                    if sent.status >= 400:
                        mark_failed(opened, str(sent.status))


@dataclass(frozen=True)
class TracedDoorbell:
    """Each ring is a span of its job's trace, and goes on its way with it."""

    inner: Doorbell
    system: str
    """Who carries the rings, in OpenTelemetry's words."""

    async def ring(self, jobs: Mapping[str, str | None]) -> None:
        attributes = {"messaging.system": self.system, "messaging.operation.type": "send"}
        with ExitStack() as open_spans:
            rings = {
                job_id: open_spans.enter_context(
                    sent_span("ring", asked_in, attributes=attributes | {"earshot.job_id": job_id})
                )
                for job_id, asked_in in jobs.items()
            }
            await self.inner.ring(rings)

    def rings(self) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        return self.inner.rings()


@dataclass
class _Sent:
    status: int = 0
    """Of the answer, once there is one."""


@contextmanager
def _window(samples: Samples, options: TranscriptionOptions) -> Iterator[Span]:
    audio_seconds, started, outcome = seconds(len(samples)), perf_counter(), Reason.INTERNAL.value
    attributes: dict[str, Value] = {
        "earshot.model": options.model,
        "earshot.audio_seconds": round(audio_seconds, 3),
        "earshot.priority": options.priority.name.lower(),
    }
    with span("recognize", kind=SpanKind.CLIENT, attributes=attributes) as opened:
        try:
            yield opened
            outcome = "ok"
        except BaseException as error:
            outcome = _outcome(error)
            raise
        finally:
            metrics.WINDOWS.labels(options.model, outcome).inc()
            metrics.WINDOW_AUDIO_SECONDS.labels(options.model).inc(audio_seconds)
            metrics.WINDOW_SECONDS.labels(options.model).observe(perf_counter() - started)


def _count_guards(hypothesis: Hypothesis, options: TranscriptionOptions) -> None:
    acted = {
        "temperature": hypothesis.temperature > options.temperatures[0],
        "silence": hypothesis.finish == SILENCE or not any(segment.text.strip() for segment in hypothesis.segments),
        "repetition": hypothesis.finish == "repetition",
    }
    for guard in (guard for guard, has_acted in acted.items() if has_acted):
        metrics.WINDOW_GUARDS.labels(options.model, guard).inc()


def count_discarded(model: str, discarded: Discarded) -> None:
    """What the engine took for silence is counted with its window, asked for or not."""
    if discarded.guard != Guard.SILENCE:
        metrics.WINDOW_GUARDS.labels(model, discarded.guard).inc()


def _refinement_outcome(refined: Refined) -> str:
    if refined.refined:
        return "refined"
    return "kept_raw" if refined.warnings else "left_alone"


def _outcome(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return Reason.CANCELLED.value
    return error.reason.value if isinstance(error, EarshotError) else Reason.INTERNAL.value
