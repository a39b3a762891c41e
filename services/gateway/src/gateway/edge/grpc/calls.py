"""What every gRPC call gets at the edge: an id, a log line, a span, a place in metrics, and its failure as a status.

How a failure is written down is the matter of `statuses`; HTTP has its own `edge.http.requests`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, NoReturn
from uuid import uuid4

import grpc
import structlog
from grpc_status import rpc_status

from gateway.edge.grpc.statuses import internal_error, status_of
from speechkit.domain.errors import EarshotError
from speechkit.runtime import metrics
from speechkit.runtime.error_tables import GRPC_CODES
from speechkit.runtime.tracing import TRACEPARENT, mark_failed, served_span

log = structlog.get_logger(__name__)

FAULTS = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN})
"""The server's, and not the caller's."""

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def answered(context: Context, *, method: str) -> AsyncIterator[None]:
    """Around the whole of a call's work: whatever is raised inside has become the call's status on the way out."""
    request_id, started, code = f"req_{uuid4().hex}", perf_counter(), grpc.StatusCode.CANCELLED
    attributes = {"rpc.system": "grpc", "rpc.method": method, "earshot.request_id": request_id}
    with (
        served_span(method, _asked_in(context), attributes=attributes) as opened,
        structlog.contextvars.bound_contextvars(request_id=request_id),
        metrics.GRPC_IN_FLIGHT.track_inprogress(),
    ):
        try:
            await context.send_initial_metadata((("x-request-id", request_id),))
            yield
            code = grpc.StatusCode.OK
        except EarshotError as error:
            # Without the message, which may quote the caller.
            log.info("request_refused", reason=error.reason.value, param=error.param)
            code = GRPC_CODES[error.reason]
            await _abort(context, error)
        except asyncio.CancelledError:
            raise
        except Exception:
            if context.cancelled():
                raise asyncio.CancelledError from None  # nobody is there to be told
            log.exception("request_failed")
            code = grpc.StatusCode.INTERNAL
            await _abort(context, internal_error())
        finally:
            opened.set_attribute("rpc.grpc.status_code", int(code.value[0]))
            if code in FAULTS:
                mark_failed(opened, code.name)
            _record(method, code=code, elapsed_seconds=perf_counter() - started)


def _asked_in(context: Context) -> str | None:
    told = dict(context.invocation_metadata() or ()).get(TRACEPARENT)
    return told if isinstance(told, str) else None


async def _abort(context: Context, error: EarshotError) -> NoReturn:
    status = rpc_status.to_status(status_of(error))
    await context.abort(status.code, status.details, status.trailing_metadata)


def _record(method: str, *, code: grpc.StatusCode, elapsed_seconds: float) -> None:
    metrics.GRPC_CALLS.labels(method, code.name).inc()
    metrics.GRPC_SECONDS.labels(method).observe(elapsed_seconds)
    log.info("call_finished", method=method, code=code.name, elapsed_seconds=round(elapsed_seconds, 4))
