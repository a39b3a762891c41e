"""The whole gateway, put together as it is in production, in front of a real Triton and on ports of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.bootstrap import gateway_service
from gateway.settings import GatewaySettings
from tests.stack.ports import free_ports
from tests.stack.triton import RunningTriton

WINDOWS_IN_FLIGHT = 4


@asynccontextmanager
async def gateway_before(triton: RunningTriton) -> AsyncIterator[GatewaySettings]:
    """Serves while the context is open; yields its settings, which have its ports."""
    http_port, grpc_port = free_ports(2)
    settings = GatewaySettings(
        http_port=http_port,
        grpc_port=grpc_port,
        triton_grpc_port=triton.ports.grpc,
        windows_in_flight=WINDOWS_IN_FLIGHT,
        shutdown_grace_seconds=1,
    )
    async with gateway_service(settings):
        yield settings
