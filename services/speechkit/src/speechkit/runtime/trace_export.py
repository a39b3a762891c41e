"""Where spans go: OpenTelemetry's SDK in batches over OTLP, by its own environment variables.

Imported only where traces are wanted.
"""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_NAMESPACE, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


def exporting_provider(service: str, *, exporter: SpanExporter | None = None) -> TracerProvider:
    """Ends, and with it the sending, with `shutdown`."""
    ours = Resource({SERVICE_NAME: service, SERVICE_NAMESPACE: "earshot"})
    # Not Resource.create, which would add how the process was started: a command line may hold what is secret.
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.sampler = RepetitionsAsTheFirst(provider.sampler)
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return provider


class RepetitionsAsTheFirst(Sampler):
    """A repetition begins a trace and is linked to the first try: it is sent if that was; else as the inner one says.

    Without this a trace of one in a hundred would show its retries once in ten thousand.
    """

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(  # noqa: PLR0917 - the signature is OpenTelemetry's
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        chosen = self._inner
        if links:
            chosen = ALWAYS_ON if links[0].context.trace_flags.sampled else ALWAYS_OFF
        return chosen.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        return f"RepetitionsAsTheFirst({self._inner.get_description()})"
