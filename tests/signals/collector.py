"""An OpenTelemetry collector for tests: takes spans over gRPC and HTTP, and knows where each belongs."""

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

IDS = frozenset({"traceId", "spanId", "parentSpanId"})


@dataclass(frozen=True, kw_only=True)
class SeenSpan:
    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    attributes: dict[str, Any]
    linked_traces: tuple[str, ...]


@dataclass
class Collector:
    """Other threads write; a test reads what has come so far."""

    grpc_port: int = 0
    http_port: int = 0
    spans: list[SeenSpan] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """Every message as it came, for whoever looks for what must not be in any."""

    @property
    def environment(self) -> dict[str, str]:
        """Of a service that sends its spans here."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.grpc_port}", "OTEL_BSP_SCHEDULE_DELAY": "100"}

    def trace(self, trace_id: str) -> list[SeenSpan]:
        return [span for span in list(self.spans) if span.trace_id == trace_id]

    def take(self, request: ExportTraceServiceRequest) -> None:
        self.raw.append(request.SerializeToString())
        for resource in request.resource_spans:
            service = str(_values(resource.resource.attributes).get("service.name", ""))
            self.spans += [_seen(service, span) for scope in resource.scope_spans for span in scope.spans]


@contextmanager
def running_collector() -> Iterator[Collector]:
    collector = Collector()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    add_TraceServiceServicer_to_server(_Service(collector), server)  # type: ignore[no-untyped-call]
    collector.grpc_port = server.add_insecure_port("127.0.0.1:0")
    web = ThreadingHTTPServer(("127.0.0.1", 0), _door(collector))
    collector.http_port = web.server_port
    server.start()
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        web.shutdown()
        web.server_close()
        thread.join()
        server.stop(grace=1).wait()


class _Service(TraceServiceServicer):
    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802
        self._collector.take(request)
        return ExportTraceServiceResponse()


def _door(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            is_json = "json" in self.headers["content-type"]
            collector.take(_of_json(body) if is_json else ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing: a line for each request tells nobody anything."""

    return Door


def _of_json(body: bytes) -> ExportTraceServiceRequest:
    """As Triton sends it: ids are hexadecimal in OTLP's JSON, and base64 in protobuf's."""

    def with_base64_ids(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: base64.b64encode(bytes.fromhex(value)).decode() if name in IDS else value
            for name, value in fields.items()
        }

    read = json.loads(body, object_hook=with_base64_ids)
    return json_format.ParseDict(read, ExportTraceServiceRequest(), ignore_unknown_fields=True)


def _seen(service: str, span: Span) -> SeenSpan:
    return SeenSpan(
        service=service,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes=_values(span.attributes),
        linked_traces=tuple(link.trace_id.hex() for link in span.links),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each) for each in attributes}


def _value(attribute: KeyValue) -> Any:
    kind = attribute.value.WhichOneof("value")
    return getattr(attribute.value, kind) if kind else None
