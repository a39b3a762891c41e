"""Is this process alive, and can it serve? Named checks behind /healthz, /readyz, /metrics and gRPC health.

What makes a service ready is said by its `bootstrap`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from speechkit.runtime import metrics

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_SECONDS = 2.0
"""Under the few seconds that probes usually wait."""

WATCH_INTERVAL_SECONDS = 2.0
"""How late a watcher of gRPC health may hear of a change."""

Check = Callable[[], Awaitable[bool]]
Context = grpc.aio.ServicerContext[health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse]


class Readiness:
    """Ready when every named check passes and nobody has said that the end is near."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._draining = asyncio.Event()

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def drain(self) -> None:
        """From now on not ready: load balancers send new requests elsewhere while the old ones finish."""
        self._draining.set()

    async def drains_within(self, *, timeout_seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._draining.wait()
        return self._draining.is_set()

    async def report(self) -> dict[str, bool]:
        answers = await asyncio.gather(*(_passes(name, check) for name, check in self._checks.items()))
        report = dict(zip(self._checks, answers, strict=True))
        for name, passes in report.items():
            metrics.READY.labels(name).set(passes)
        return report | ({"not_draining": False} if self._draining.is_set() else {})

    async def ready(self) -> bool:
        return all((await self.report()).values())


def health_routes(readiness: Readiness) -> list[Route]:
    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        report = await readiness.report()
        ready = all(report.values())
        body = {"status": "ready" if ready else "not_ready", "checks": report}
        return JSONResponse(body, status_code=200 if ready else 503)

    async def prometheus(_: Request) -> Response:
        await readiness.report()  # so that readiness is told where nobody probes for it
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", prometheus)]


def health_app(readiness: Readiness) -> Starlette:
    """The HTTP door of a service that has no other: for probes and scrapers alone."""
    return Starlette(routes=health_routes(readiness))


class HealthServicer(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # its module has no types
    """The standard gRPC health service, for the server as a whole, whose name is "", and the services it carries.

    They share one readiness: a server that can't recognize has nothing else to do.
    """

    def __init__(self, readiness: Readiness, *, services: frozenset[str] = frozenset()) -> None:
        self._readiness = readiness
        self._known = services | {""}

    async def Check(  # noqa: N802 - named by the protocol
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        if request.service not in self._known:
            known = ", ".join(f'"{name}"' for name in sorted(self._known))
            await context.abort(grpc.StatusCode.NOT_FOUND, f"The names known here are {known}.")
        return await self._answer()

    async def Watch(  # noqa: N802 - named by the protocol
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        if request.service not in self._known:
            yield health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
            return
        told, draining = None, False
        while not draining:  # a watcher that stays would hold up the end of the server
            draining = await self._readiness.drains_within(
                timeout_seconds=0 if told is None else WATCH_INTERVAL_SECONDS
            )
            answer = await self._answer()
            if answer != told:
                yield (told := answer)

    async def _answer(self) -> health_pb2.HealthCheckResponse:
        serving = await self._readiness.ready()
        status = health_pb2.HealthCheckResponse
        return status(status=status.SERVING if serving else status.NOT_SERVING)


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever keeps a check from passing, the answer is no
        log.warning("health_check_failed", check=name, error=type(error).__name__)
        return False
