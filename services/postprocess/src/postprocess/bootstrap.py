"""Puts the post-processing service together; `earshot serve` starts it through this module too.

Its door is a gRPC server that carries the standard health service alone, until refinement is built.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from postprocess.settings import PostprocessSettings
from speechkit.runtime.grpc_server import grpc_server
from speechkit.runtime.health import Readiness


@asynccontextmanager
async def postprocess_service(settings: PostprocessSettings) -> AsyncIterator[None]:
    """The whole service, serving while the context is open."""
    readiness = Readiness()
    async with grpc_server(
        readiness=readiness,
        host=settings.postprocess_grpc_host,
        port=settings.postprocess_grpc_port,
        port_setting="EARSHOT_POSTPROCESS_GRPC_PORT",
        grace_seconds=settings.shutdown_grace_seconds,
    ):
        try:
            yield
        finally:
            readiness.drain()
