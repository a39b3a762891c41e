"""An HTTP server inside a running event loop, so that several services can share one process.

Signals and the order of shutdown belong to `lifetime`; the application to the service's `app`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from speechkit.runtime.listening import CannotListen, address

log = structlog.get_logger(__name__)

KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep idle connections (60 s and less), so that they close first: a request
sent on a connection that the server is closing is lost."""

FAREWELL_SECONDS = 1.0
"""For as long, a server that is to end asks each client that it answers to connect anew, before it closes the
connections on which nothing is asked: whoever sends one request after the other would else lose the next."""

BACKLOG = 2048
"""Connections that may wait to be accepted while the loop is busy; the kernel's own limit is often lower."""


class _EmbeddedServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        connections = self.server_state.connections
        farewell = [*self.server_state.default_headers, (b"connection", b"close")]
        self.server_state.default_headers = farewell
        for connection in connections:
            if cycle := getattr(connection, "cycle", None):
                cycle.default_headers = farewell  # it was taken from the state when the request came
        if connections:
            await asyncio.sleep(FAREWELL_SECONDS)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # the process may run other services: `lifetime` handles its signals


@asynccontextmanager
async def http_server(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    port_setting: str,
    grace_seconds: int,
    protocol: type[asyncio.Protocol] = H11Protocol,
) -> AsyncIterator[int]:
    """Serves while the context is open and yields the port; requests in flight get `grace_seconds` at the end."""
    listener = _listen(host, port, port_setting)
    bound_port: int = listener.getsockname()[1]
    config = uvicorn.Config(
        app,
        http=protocol,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=grace_seconds,
    )
    server = _EmbeddedServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    serving.add_done_callback(lambda _: server.listening.set())  # a start that fails must not be waited for
    try:
        await server.listening.wait()
        log.info("http_listening", address=address(host, bound_port))
        yield bound_port
    finally:
        server.should_exit = True
        await serving


def _listen(host: str, port: int, port_setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is spelled out. Without it each answer waits 40 ms for the
    # client's delayed acknowledgement, because uvicorn writes head and body apart.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(host=host, port=port, setting=port_setting, cause=error) from error
    return listener
