"""Is this process alive, and can it serve? Named checks behind /healthz, /readyz, /metrics and gRPC health.

What makes a service ready is said by its `bootstrap`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as grpc_health
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from speechkit.runtime import metrics

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_SECONDS = 2.0
"""Under the few seconds that probes usually wait."""

GRPC_HEALTH_INTERVAL_SECONDS = 2.0
"""How old the answer of gRPC health may be; its watchers are told of changes, so somebody must look."""

Check = Callable[[], Awaitable[bool]]


class Readiness:
    """Ready when every named check passes and nobody has said that the end is near."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._draining = False

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    def drain(self) -> None:
        """From now on not ready: load balancers send new requests elsewhere while the old ones finish."""
        self._draining = True

    async def report(self) -> dict[str, bool]:
        answers = await asyncio.gather(*(_passes(check) for check in self._checks.values()))
        report = dict(zip(self._checks, answers, strict=True))
        for name, passes in report.items():
            metrics.READY.labels(name).set(passes)
        return report | ({"draining": False} if self._draining else {})

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
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", prometheus)]


@asynccontextmanager
async def grpc_health_of(readiness: Readiness) -> AsyncIterator[grpc_health.HealthServicer]:
    """A gRPC health servicer whose overall status ("") follows the checks while the context is open."""
    servicer = grpc_health.HealthServicer()
    await _publish(readiness, servicer)
    follower = asyncio.create_task(_follow(readiness, servicer))
    try:
        yield servicer
    finally:
        follower.cancel()
        with suppress(asyncio.CancelledError):
            await follower
        await servicer.enter_graceful_shutdown()


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check()
    except Exception as error:
        log.warning("health_check_failed", error=type(error).__name__)
        return False


async def _follow(readiness: Readiness, servicer: grpc_health.HealthServicer) -> None:
    while True:
        await asyncio.sleep(GRPC_HEALTH_INTERVAL_SECONDS)
        await _publish(readiness, servicer)


async def _publish(readiness: Readiness, servicer: grpc_health.HealthServicer) -> None:
    status = health_pb2.HealthCheckResponse
    await servicer.set("", status.SERVING if await readiness.ready() else status.NOT_SERVING)
