"""What every request gets at the edge: an id, OpenAI's headers, a log line, its place in the metrics and in a trace.

It also turns what nobody foresaw into a plain 500; foreseen failures are the matter of `envelopes`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge.access import Caller
from gateway.edge.http.callers import CALLER, LIMIT_HEADERS
from gateway.edge.http.envelopes import internal_error_response
from speechkit.runtime import metrics
from speechkit.runtime.error_tables import CLIENT_CLOSED_REQUEST
from speechkit.runtime.tracing import TRACEPARENT, mark_failed, served_span

log = structlog.get_logger(__name__)

OPENAI_VERSION = "2020-10-01"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for every few seconds: no log lines and no spans for them."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Whatever else callers make up must not become new time series."""


class Edge:
    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, route, started = f"req_{uuid4().hex}", self._template(scope), perf_counter()
        status = CLIENT_CLOSED_REQUEST

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["openai-processing-ms"] = str(round((perf_counter() - started) * 1000))
                headers["openai-version"] = OPENAI_VERSION
                headers.update(scope.get("state", {}).get(LIMIT_HEADERS, {}))
                headers["access-control-expose-headers"] = "X-Request-ID"
            await send(message)

        with (
            _traced(scope, route, request_id) as told,
            structlog.contextvars.bound_contextvars(request_id=request_id),
            metrics.HTTP_IN_FLIGHT.track_inprogress(),
        ):
            try:
                await self._app(scope, receive, send_with_headers)
            except Exception:
                log.exception("request_failed")
                if status != CLIENT_CLOSED_REQUEST:
                    raise  # the answer has begun: breaking the connection is the only honest end
                await internal_error_response(path=scope["path"])(scope, receive, send_with_headers)
            finally:
                told(status)
                _record(scope, route, status=status, elapsed_seconds=perf_counter() - started)

    def _template(self, scope: Scope) -> str:
        """Of the route that the request was for, even if it was refused on the way there."""
        asked = (route for route in self._routes if route.matches(scope)[0] is not Match.NONE)
        return getattr(next(asked, None), "path", "unmatched")


@contextmanager
def _traced(scope: Scope, route: str, request_id: str) -> Iterator[Callable[[int], None]]:
    """Yields what is to be told the status."""
    if scope["path"] in PROBES:
        yield lambda _: None
        return
    attributes = {"http.request.method": _method(scope), "http.route": route, "earshot.request_id": request_id}
    asked_in = Headers(scope=scope).get(TRACEPARENT)
    with served_span(f"{_method(scope)} {route}", asked_in, attributes=attributes) as opened:

        def told(status: int) -> None:
            opened.set_attribute("http.response.status_code", status)
            if status >= 500:
                mark_failed(opened, str(status))

        yield told


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "other"


def _record(scope: Scope, route: str, *, status: int, elapsed_seconds: float) -> None:
    metrics.HTTP_REQUESTS.labels(route, _method(scope), status).inc()
    metrics.HTTP_SECONDS.labels(route).observe(elapsed_seconds)
    if scope["path"] not in PROBES:
        log.info(
            "request_finished",
            method=scope["method"],
            route=route,
            status=status,
            elapsed_seconds=round(elapsed_seconds, 4),
            **_who(scope),
        )


def _who(scope: Scope) -> dict[str, str]:
    caller: Caller | None = scope.get("state", {}).get(CALLER)
    return {"tenant": caller.tenant, "key_id": caller.key.id} if caller and caller.key else {}
