"""The server itself: HTTP by hand, so that it may hang, drip, hang up and lie about lengths.

What it says stands in `dialects`, what its model writes in `writers`.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.chat.dialects import OPENAI, Dialect, Reply, json_reply
from tests.chat.writers import Writer, Written, faithful


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return list(self.body["messages"])


Misbehaviour = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]
"""In the place of an answer; the connection is closed after it."""


@dataclass
class ChatServer:
    dialect: Dialect
    write: Writer
    port: int = 0
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)
    failures: list[Reply | Misbehaviour] = field(default_factory=list)
    """What becomes of the next calls to the chat, one after another."""
    always: Reply | Misbehaviour | None = None
    """What becomes of all the others."""
    streams: bool = True
    """Whether it does as it is told by `stream`."""
    delay_seconds: float = 0.0
    at_once: int = 0
    most_at_once: int = 0

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{self.dialect.base_path}"

    @property
    def chats(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == self.dialect.chat_path]

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        self.asked.append(asked)
        if asked.path != self.dialect.chat_path:
            await _send(writer, self._besides(asked))
            return True
        failure = self.failures.pop(0) if self.failures else self.always
        if isinstance(failure, Reply):
            await _send(writer, failure)
            return True
        if failure:
            await failure(asked, writer)
            return False
        await self._chat(asked, writer)
        return True

    async def _chat(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.delay_seconds)
        finally:
            self.at_once -= 1
        written = self.write(asked.messages)
        if isinstance(written, Reply):
            await _send(writer, written)
            return
        said = written if isinstance(written, Written) else Written(written)
        if asked.body.get("stream") and self.streams:
            events = self.dialect.events(said.content or "", finish=said.finish, thought=said.thought)
            await send_stream(writer, events)
        else:
            await _send(writer, self.dialect.whole(said.content, finish=said.finish, thought=said.thought))

    def _besides(self, asked: Asked) -> Reply:
        if asked.path == self.dialect.chat_path.replace("/chat/completions", "/models") and self.dialect.models:
            return json_reply(self.dialect.models)
        if self.dialect.context and asked.path == self.dialect.context[0]:
            return json_reply(self.dialect.context[1])
        return self.dialect.unknown_path


@asynccontextmanager
async def chat_server(
    dialect: Dialect = OPENAI, *, write: Writer = faithful, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ChatServer]:
    running = ChatServer(dialect, write, scheme="https" if tls else "http")
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await running.answer(await _read(reader), writer):
                    pass
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=1000)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def send_stream(writer: asyncio.StreamWriter, events: list[bytes], *, pause_seconds: float = 0.0) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for part in events:
        writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        if pause_seconds:
            await writer.drain()
            await asyncio.sleep(pause_seconds)
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def hang(_: Asked, __: asyncio.StreamWriter) -> None:
    """Says nothing."""
    await asyncio.sleep(60)


async def drip(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Never stops saying a little."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
    while True:
        writer.write(b": OPENROUTER PROCESSING\n\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def reset(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Hangs up in the middle of a stream, rudely."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    part = b'data: {"choices": [{"delta": {"content": "Half an ans"}}]}\n\n'
    writer.write(b"%x\r\n%s\r\n" % (len(part), part))
    await writer.drain()
    writer.transport.abort()


async def too_short(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Promises more than it sends."""
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{"choices": [{"message": {"content": "Half"}}]}')
    await writer.drain()


async def endless(_: Asked, writer: asyncio.StreamWriter) -> None:
    """Sends more than anybody reads."""
    writer.write(b'HTTP/1.1 200 OK\r\n\r\n{"choices": [{"message": {"content": "')
    while True:
        writer.write(b"x" * 1_000_000)
        await writer.drain()


def stalls_after(content: str) -> Misbehaviour:
    """Begins well, and then says nothing more."""

    async def stall(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        writer.write(b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n' % content.encode())
        await writer.drain()
        await asyncio.sleep(60)

    return stall


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    head = f"HTTP/1.1 {reply.status} So\r\ncontent-type: {reply.content_type}\r\n{reply.headers}"
    writer.write(f"{head}content-length: {len(reply.body)}\r\n\r\n".encode() + reply.body)
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, json.loads(body) if body else {})
