"""A collector, and a process that sends its spans there."""

from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider

from speechkit.runtime.trace_export import exporting_provider
from speechkit.runtime.tracing import traced_by
from tests.signals.collector import Collector, running_collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    with running_collector() as running:
        yield running


@pytest.fixture
def traced(collector: Collector) -> Iterator[TracerProvider]:
    """This process; what it has sent is there after `force_flush`."""
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{collector.grpc_port}", insecure=True)
    provider = exporting_provider("earshot-test", exporter=exporter)
    with traced_by(provider):
        yield provider
    provider.shutdown()
