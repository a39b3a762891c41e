"""A gRPC server inside a running event loop, with the standard health service.

Which services it carries is said by the service's `bootstrap`; signals belong to `lifetime`.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import structlog
from grpc_health.v1 import health_pb2_grpc

from speechkit.runtime.health import HealthServicer, Readiness
from speechkit.runtime.listening import CannotListen, address

log = structlog.get_logger(__name__)

OPTIONS = (
    # Two servers must not share a port unknowingly: the second start has to fail.
    ("grpc.so_reuseport", 0),
)

AddServicers = Callable[[grpc.aio.Server], None]


@asynccontextmanager
async def grpc_server(
    *,
    readiness: Readiness,
    host: str,
    port: int,
    port_setting: str,
    grace_seconds: int,
    add_servicers: AddServicers = lambda _: None,
) -> AsyncIterator[int]:
    """Serves while the context is open and yields the port; calls in flight get `grace_seconds` at the end."""
    server = grpc.aio.server(options=OPTIONS)
    add_servicers(server)
    health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(readiness), server)
    try:
        bound_port = server.add_insecure_port(address(host, port))
    except RuntimeError as error:
        raise CannotListen(host=host, port=port, setting=port_setting, cause=error) from error
    await server.start()
    log.info("grpc_listening", address=address(host, bound_port))
    try:
        yield bound_port
    finally:
        await server.stop(grace_seconds)
