"""Puts the worker together; `earshot serve` starts it through this module too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from worker.app import build_app
from worker.settings import WorkerSettings


@asynccontextmanager
async def worker_service(settings: WorkerSettings) -> AsyncIterator[None]:
    """The whole worker, serving while the context is open."""
    readiness = Readiness()
    async with http_server(
        build_app(readiness=readiness),
        host=settings.worker_http_host,
        port=settings.worker_http_port,
        port_setting="EARSHOT_WORKER_HTTP_PORT",
        grace_seconds=settings.shutdown_grace_seconds,
    ):
        try:
            yield
        finally:
            readiness.drain()
