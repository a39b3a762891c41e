"""A gRPC server inside a running event loop, with the standard services for health and reflection.

Which services it carries is said by the service's `bootstrap`; signals belong to `lifetime`.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from speechkit.runtime.health import HealthServicer, Readiness
from speechkit.runtime.listening import CannotListen, address

log = structlog.get_logger(__name__)

OPTIONS = (
    # Two servers must not share a port unknowingly: the second start has to fail.
    ("grpc.so_reuseport", 0),
    # A caller whose machine is gone without a word is noticed, and what it asked for is given up.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)

CONNECTION_AGE_SECONDS = 60.0
"""A client then connects anew, looks the name up again, and so finds replicas that were added; calls under way end."""

MOST_MESSAGE_BYTES = 4 * 1024 * 1024
"""gRPC's own limit, which clients know."""

HEALTH_NAME = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name

AddToServer = Callable[[grpc.aio.Server], None]


@asynccontextmanager
async def grpc_server(
    *,
    readiness: Readiness,
    host: str,
    port: int,
    port_setting: str,
    grace_seconds: int,
    most_message_bytes: int = MOST_MESSAGE_BYTES,
    connection_age_seconds: float = CONNECTION_AGE_SECONDS,
    services: Mapping[str, AddToServer] = MappingProxyType({}),
    interceptors: Sequence["grpc.aio.ServerInterceptor[Any, Any]"] = (),
) -> AsyncIterator[int]:
    """Serves while the context is open and yields the port; calls in flight get `grace_seconds` at the end.

    `services` are what it carries, by their full names.
    """
    size = ("grpc.max_receive_message_length", most_message_bytes)
    age = ("grpc.max_connection_age_ms", round(connection_age_seconds * 1000))
    server = grpc.aio.server(options=(*OPTIONS, size, age), interceptors=interceptors)
    for add_to_server in services.values():
        add_to_server(server)
    health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(readiness, services=frozenset(services)), server)
    reflection.enable_server_reflection([*services, HEALTH_NAME, reflection.SERVICE_NAME], server)
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
