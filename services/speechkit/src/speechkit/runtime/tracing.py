"""Traces by OpenTelemetry, on wherever OTEL_EXPORTER_OTLP_ENDPOINT says where spans go, and next to nothing elsewhere.

What is worth a span is said where ports are wrapped (`measured`) and at the services' edges. A span never holds audio,
text, prompts, keys, or an address that a user named; of a failure it holds the reason, whose message may quote.
"""

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry import context, trace
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.typing import EventDict, WrappedLogger

from speechkit.domain.errors import EarshotError

log = structlog.get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own variables: the others of its SDK, for sampling, TLS and batches, hold here as anywhere."""

TRACEPARENT = "traceparent"

Value = str | int | float | bool

_propagator = TraceContextTextMapPropagator()
_tracer: trace.Tracer = trace.NoOpTracer()


@contextmanager
def tracing(service: str) -> Iterator[None]:
    """Spans are sent while this is open, under this name unless OTEL_SERVICE_NAME gives another."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(map(os.environ.get, ENDPOINTS)):
        yield
        return
    # Imported here: whoever wants no traces pays neither their memory nor their threads.
    from speechkit.runtime.trace_export import exporting_provider

    provider = exporting_provider(service)
    log.info("traces_sent", service=service)
    try:
        with traced_by(provider):
            yield
    finally:
        provider.shutdown()


@contextmanager
def traced_by(provider: trace.TracerProvider) -> Iterator[None]:
    global _tracer  # noqa: PLW0603 one for the process, as a span of any module belongs to the same trace
    before, _tracer = _tracer, provider.get_tracer("earshot")
    try:
        yield
    finally:
        _tracer = before


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Value] | None = None,
    links: Iterable[Link] = (),
) -> Iterator[Span]:
    """Around one piece of work, under whichever span is open here."""
    with _tracer.start_as_current_span(
        name,
        kind=kind,
        attributes=attributes,
        links=list(links),
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            mark_failed(opened, _reason(error))
            raise


@contextmanager
def served_span(name: str, traceparent: str | None, *, attributes: Mapping[str, Value]) -> Iterator[Span]:
    """Around the answering of a request, in the trace of whoever asked."""
    with continued(traceparent), span(name, kind=SpanKind.SERVER, attributes=attributes) as opened:
        yield opened


@contextmanager
def sent_span(name: str, asked_in: str | None, *, attributes: Mapping[str, Value]) -> Iterator[str | None]:
    """Around the sending of one message among others; yields what goes into its headers.

    `asked_in` is the trace that it belongs to, and stays so where nothing is traced here.
    """
    if isinstance(_tracer, trace.NoOpTracer):
        yield asked_in
        return
    opened = _tracer.start_span(name, context=_context_of(asked_in), kind=SpanKind.PRODUCER, attributes=attributes)
    try:
        yield _written(trace.set_span_in_context(opened))
    except BaseException as error:
        mark_failed(opened, _reason(error))
        raise
    finally:
        opened.end()


@contextmanager
def continued(traceparent: str | None) -> Iterator[None]:
    """Spans inside belong to the trace that came from elsewhere, in W3C's words; what is none of them is ignored."""
    token = context.attach(_context_of(traceparent))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def retried(traceparent: str | None) -> Iterator[list[Link]]:
    """For work that is repeated, perhaps days later: a trace of its own, with a link to the one that it repeats."""
    before = trace.get_current_span(_context_of(traceparent)).get_span_context()
    with continued(None):
        yield [Link(before)] if before.is_valid else []


def mark_failed(opened: Span, reason: str) -> None:
    opened.set_attribute("error.type", reason)
    opened.set_status(StatusCode.ERROR)


def traceparent() -> str | None:
    """The trace that this work belongs to, also where spans are sent by others alone; None outside any."""
    return _written(context.get_current())


def trace_headers() -> dict[str, str]:
    """For a request to another service: nothing unless this work is being traced here."""
    current = traceparent() if trace.get_current_span().is_recording() else None
    return {TRACEPARENT: current} if current else {}


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The ids of the open span, for every log line."""
    current = trace.get_current_span().get_span_context()
    if current.is_valid:
        event.setdefault("trace_id", trace.format_trace_id(current.trace_id))
        event.setdefault("span_id", trace.format_span_id(current.span_id))
    return event


def _context_of(traceparent: str | None) -> context.Context:
    """Without `tracestate`, which would carry whatever a caller writes to whoever is called."""
    return _propagator.extract({TRACEPARENT: traceparent} if traceparent else {}, context=context.Context())


def _written(where: context.Context) -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, context=where)
    return carrier.get(TRACEPARENT)


def _reason(error: BaseException) -> str:
    if isinstance(error, EarshotError):
        return error.reason.value
    return "cancelled" if isinstance(error, asyncio.CancelledError) else type(error).__name__
