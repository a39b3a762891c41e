"""A server on loopback whose answers are bytes of the test's own making, so that they may be broken in any way."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]] | dict[str, bytes]
"""What the server does with a request, or what it answers on each path."""


@dataclass
class WebServer:
    port: int
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


def plain(status: int = 200, *, body: bytes = b"", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} So\r\ncontent-length: {len(body)}\r\n{headers}\r\n".encode() + body


def redirect(to: str, *, status: int = 302) -> bytes:
    return plain(status, headers=f"location: {to}\r\n")


@asynccontextmanager
async def web_server(answer: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    """One connection for each request; a path that is not there answers with 404."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await _read(reader)
            running.asked.append(asked)
            if isinstance(answer, dict):
                writer.write(answer.get(asked.path, plain(404)))
            else:
                await answer(asked, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    running = WebServer(port=server.sockets[0].getsockname()[1], scheme="https" if tls else "http")
    try:
        yield running
    finally:
        server.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)
