"""What every call to the service gets: a log line, a span, its place in the metrics, and its failure as a status.

The gateway's edge does the same for callers from outside, with ids and keys.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import grpc
import structlog
from grpc_status import rpc_status

from speechkit.domain.errors import EarshotError, Internal
from speechkit.runtime import metrics
from speechkit.runtime.call_failures import status_of
from speechkit.runtime.error_tables import GRPC_CODES
from speechkit.runtime.tracing import TRACEPARENT, served_span
from speechkit.runtime.work_ids import work_of

log = structlog.get_logger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def answered(context: Context, *, method: str, tenant: str) -> AsyncIterator[None]:
    """Around the whole of a call's work: whatever is raised inside has become the call's status on the way out."""
    started, code = perf_counter(), grpc.StatusCode.CANCELLED
    with (
        served_span(method, _asked_in(context), attributes={"rpc.system": "grpc", "rpc.method": method}) as opened,
        work_of(context.invocation_metadata() or ()),
        structlog.contextvars.bound_contextvars(tenant=tenant),
        metrics.GRPC_IN_FLIGHT.track_inprogress(),
    ):
        try:
            yield
            code = grpc.StatusCode.OK
        except EarshotError as error:
            log.info("request_refused", reason=error.reason.value, param=error.param)
            code = GRPC_CODES[error.reason]
            await _abort(context, error)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("request_failed")
            code = grpc.StatusCode.INTERNAL
            await _abort(context, Internal("The post-processing service had an error. Try again in a moment."))
        finally:
            opened.set_attribute("rpc.grpc.status_code", int(code.value[0]))
            metrics.GRPC_CALLS.labels(method, code.name).inc()
            metrics.GRPC_SECONDS.labels(method).observe(perf_counter() - started)
            log.info("call_finished", method=method, code=code.name)


def _asked_in(context: Context) -> str | None:
    told = dict(context.invocation_metadata() or ()).get(TRACEPARENT)
    return told if isinstance(told, str) else None


async def _abort(context: Context, error: EarshotError) -> None:
    status = rpc_status.to_status(status_of(error))
    await context.abort(status.code, status.details, status.trailing_metadata)
