"""An answer as server-sent events, begun as late as it can be: until then a failure is an ordinary HTTP error.

It begins with the first event, or with a comment when there is none for a while, since proxies and clients give up on
connections that say nothing. What the events hold is the matter of `speechkit.formats`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from starlette.types import Send

from gateway.edge.http.envelopes import error_envelope, internal_error
from speechkit.domain.errors import EarshotError

log = structlog.get_logger(__name__)

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would gather events until its buffer is full
)
COMMENT = b": keep-alive\r\n\r\n"
END = b"data: [DONE]\r\n\r\n"


class EventStream:
    """Lines end in CRLF and have no event names, as api.openai.com writes them."""

    def __init__(self, send: Send) -> None:
        self.begun = False
        self._send = send
        self._one_at_a_time = asyncio.Lock()
        self._sent_at = asyncio.get_running_loop().time()

    async def event(self, data: Mapping[str, Any]) -> None:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        await self._write(f"data: {text}\r\n\r\n".encode())

    async def end(self) -> None:
        await self._write(END, more=False)

    async def fail(self, error: EarshotError) -> None:
        """The status has been sent, so the last event says what went wrong; OpenAI's clients raise it."""
        await self.event(error_envelope(error))
        await self._write(b"", more=False)

    async def keep_alive(self, *, every_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            silent_seconds = loop.time() - self._sent_at
            if silent_seconds >= every_seconds:
                await self._write(COMMENT)
            await asyncio.sleep(max(0.0, self._sent_at + every_seconds - loop.time()))

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        async with self._one_at_a_time:
            if not self.begun:
                self.begun = True
                await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
            await self._send({"type": "http.response.body", "body": body, "more_body": more})
            self._sent_at = asyncio.get_running_loop().time()


@asynccontextmanager
async def event_stream(send: Send, *, keepalive_seconds: float) -> AsyncIterator[EventStream]:
    """Ends with `[DONE]`; a failure is raised if nothing was sent before it, and is the last event if something was."""
    stream = EventStream(send)
    keeping_alive = asyncio.create_task(stream.keep_alive(every_seconds=keepalive_seconds))
    try:
        yield stream
        await _stopped(keeping_alive)
        await stream.end()
    except EarshotError as error:
        await _stopped(keeping_alive)
        if not stream.begun:
            raise
        log.info("stream_broken_off", reason=error.reason.value, param=error.param)
        await stream.fail(error)
    except Exception:
        await _stopped(keeping_alive)
        if not stream.begun:
            raise
        log.exception("request_failed")
        await stream.fail(internal_error())
    finally:
        await _stopped(keeping_alive)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
