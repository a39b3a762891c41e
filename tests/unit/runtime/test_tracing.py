"""Traces: nothing without a place to send them, one trace across services with one, and no word of anybody in them."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision
from opentelemetry.trace import format_trace_id

from speechkit.domain.errors import InvalidRequest
from speechkit.runtime.trace_export import RepetitionsAsTheFirst, exporting_provider
from speechkit.runtime.tracing import (
    add_trace,
    continued,
    retried,
    sent_span,
    span,
    trace_headers,
    traced_by,
    traceparent,
    tracing,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
ASKED_IN = f"00-{TRACE}-b7ad6b7169203331-01"
UNSAMPLED = f"00-{TRACE}-b7ad6b7169203331-00"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    for variable in ("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(variable, raising=False)
    exporter = InMemorySpanExporter()
    provider = exporting_provider("test", exporter=InMemorySpanExporter())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with traced_by(provider):
        yield exporter
    provider.shutdown()


def test_without_an_endpoint_nothing_is_recorded_and_nothing_is_added_to_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    with tracing("earshot-test"), continued(ASKED_IN), span("work") as opened:
        assert not opened.is_recording()
        assert trace_headers() == {}
        assert traceparent() == ASKED_IN, "a caller's trace is still gone on with, for whoever records it"
        assert add_trace(None, "info", {})["trace_id"] == TRACE


def test_work_belongs_to_the_trace_that_came_with_it(seen: InMemorySpanExporter) -> None:
    with continued(ASKED_IN), span("outer"), span("inner"):
        carried = trace_headers()["traceparent"]
    inner, outer = seen.get_finished_spans()
    assert {format_trace_id(each.context.trace_id) for each in (inner, outer)} == {TRACE}
    assert inner.parent == outer.context
    assert carried.split("-")[1:3] == [TRACE, f"{inner.context.span_id:016x}"]
    assert traceparent() is None, "and what comes after does not"


@pytest.mark.parametrize(
    "broken", ["", "00-zz", f"00-{'0' * 32}-b7ad6b7169203331-01", "x" * 100_000, f"ff-{TRACE}-1-01"]
)
def test_what_is_no_trace_begins_one_as_if_it_had_not_come(seen: InMemorySpanExporter, broken: str) -> None:
    with continued(broken), span("work"):
        pass
    [work] = seen.get_finished_spans()
    assert work.parent is None


def test_a_caller_s_tracestate_and_baggage_are_not_passed_on(seen: InMemorySpanExporter) -> None:
    """They are words of the caller's choice."""
    with continued(ASKED_IN), span("work"):
        assert list(trace_headers()) == ["traceparent"]


def test_a_caller_who_is_not_recorded_makes_no_spans(seen: InMemorySpanExporter) -> None:
    with continued(UNSAMPLED), span("work"):
        assert trace_headers() == {}
    assert seen.get_finished_spans() == ()


def test_a_failure_is_told_by_its_reason_and_never_by_its_message(seen: InMemorySpanExporter) -> None:
    with pytest.raises(InvalidRequest), span("work"):
        raise InvalidRequest("The word 'heron' is none of the languages.")
    with pytest.raises(ValueError, match="heron"), span("work"):
        raise ValueError("heron")
    first, second = seen.get_finished_spans()
    assert (dict(first.attributes or {}), dict(second.attributes or {})) == (
        {"error.type": "invalid_request"},
        {"error.type": "ValueError"},
    )
    assert "heron" not in first.to_json() + second.to_json()


@pytest.mark.parametrize(("first_try", "is_sent"), [(ASKED_IN, True), (UNSAMPLED, False)])
def test_a_repetition_is_a_trace_of_its_own_that_is_linked_and_sent_as_the_first_was(
    seen: InMemorySpanExporter, first_try: str, is_sent: bool
) -> None:
    with retried(first_try) as links, span("again", links=links):
        pass
    found = seen.get_finished_spans()
    assert len(found) == is_sent
    for again in found:
        assert again.parent is None
        assert format_trace_id(again.context.trace_id) != TRACE
        assert [format_trace_id(link.context.trace_id) for link in again.links] == [TRACE]


def test_a_repetition_is_sent_even_where_nothing_new_is() -> None:
    sampler = RepetitionsAsTheFirst(ALWAYS_OFF)
    with retried(ASKED_IN) as links:
        assert sampler.should_sample(None, 1, "again", links=links).decision is Decision.RECORD_AND_SAMPLE
    assert sampler.should_sample(None, 1, "new").decision is Decision.DROP


def test_messages_that_are_sent_together_stay_in_their_own_traces(seen: InMemorySpanExporter) -> None:
    other = "1" * 32
    others = f"00-{other}-b7ad6b7169203331-01"
    with sent_span("ring", ASKED_IN, attributes={}) as first, sent_span("ring", others, attributes={}) as second:
        assert first
        assert second
        assert (first.split("-")[1], second.split("-")[1]) == (TRACE, other)
    assert {format_trace_id(each.context.trace_id) for each in seen.get_finished_spans()} == {TRACE, other}


def test_log_lines_outside_any_trace_have_no_ids() -> None:
    assert add_trace(None, "info", {"event": "started"}) == {"event": "started"}
