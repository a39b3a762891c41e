"""An answer given before the upload was read reaches the client all the same, and the connection ends in order.

Closing a socket with unread bytes in it makes the kernel throw the answer away at the client's side (a TCP reset),
and a client that sees only a broken connection uploads again. So the answer is sent, the rest of the body is read
and dropped for a while, and then the connection closes. What the answer says is the application's matter.
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_SECONDS = 30.0
"""OpenAI's clients read the answer only when they have sent the whole body, so most of them get to it."""

LINGER_IDLE_SECONDS = 5.0
"""A client that has stopped sending has either read the answer or gone."""


class UnreadBodies:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _has_body(Headers(scope=scope)):
            exchange = _Exchange(scope, receive, send)
            await self._app(scope, exchange.receive, exchange.send)
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request with a body, and whether that body has been read to its end."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unread = True
        # Such a client sends nothing before it is told to, which the first `receive` does.
        self._body_on_its_way = "100-continue" not in Headers(scope=scope).get("expect", "").lower()

    async def receive(self) -> Message:
        self._body_on_its_way = True
        message = await self._receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._unread:
            MutableHeaders(scope=message)["connection"] = "close"
        ends_answer = message["type"] == "http.response.body" and not message.get("more_body", False)
        if ends_answer and self._unread and self._body_on_its_way:
            await self._send({**message, "more_body": True})
            await self._drop_the_rest()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _drop_the_rest(self) -> None:
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while self._unread:
                    async with asyncio.timeout(LINGER_IDLE_SECONDS):
                        await self.receive()
        except TimeoutError:
            pass  # the answer was sent long ago; whoever still sends now loses the connection


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
