"""Answers that come before the upload was read: sent first, the rest of the body dropped, then the end."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.http import unread_bodies
from gateway.edge.http.unread_bodies import UnreadBodies

START: Message = {"type": "http.response.start", "status": 413, "headers": []}
BODY: Message = {"type": "http.response.body", "body": b"too large"}


def chunk(*, more: bool) -> Message:
    return {"type": "http.request", "body": b"x" * 1000, "more_body": more}


class Wire:
    """Plays a client's messages and keeps what the server sends, in one list of events."""

    def __init__(self, incoming: Iterable[Message]) -> None:
        self._incoming = iter(incoming)
        self.events: list[str] = []
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        self.events.append("receive")
        return next(self._incoming)

    async def send(self, message: Message) -> None:
        self.events.append("last" if message["type"].endswith("body") and not message.get("more_body") else "send")
        self.sent.append(message)


def scope(**headers: str) -> Scope:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": raw}


async def refuse_at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(dict(START, headers=[]))
    await send(dict(BODY))


async def read_one_chunk_and_refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await refuse_at_once(scope, receive, send)


def connection_header(wire: Wire) -> bytes | None:
    return dict(wire.sent[0]["headers"]).get(b"connection")


async def test_the_answer_is_sent_before_the_rest_is_dropped() -> None:
    wire = Wire([chunk(more=True), chunk(more=True), chunk(more=False)])
    await UnreadBodies(read_one_chunk_and_refuse)(scope(transfer_encoding="chunked"), wire.receive, wire.send)
    assert wire.events == ["receive", "send", "send", "receive", "receive", "last"]
    assert wire.sent[1]["body"] == b"too large"
    assert connection_header(wire) == b"close"


async def test_a_body_that_was_read_leaves_the_connection_open() -> None:
    wire = Wire([chunk(more=False)])
    await UnreadBodies(read_one_chunk_and_refuse)(scope(content_length="1000"), wire.receive, wire.send)
    assert wire.events == ["receive", "send", "last"]
    assert connection_header(wire) is None


@pytest.mark.parametrize("headers", [{}, {"content_length": "0"}])
async def test_a_request_without_a_body_is_left_alone(headers: dict[str, str]) -> None:
    wire = Wire([])
    await UnreadBodies(refuse_at_once)(scope(**headers), wire.receive, wire.send)
    assert wire.events == ["send", "last"]
    assert connection_header(wire) is None


async def test_a_client_that_waits_for_100_continue_is_not_asked_for_its_body() -> None:
    """curl does so; to read from it would mean to tell it to send."""
    wire = Wire([])
    headers = scope(content_length="99999999", expect="100-continue")
    await UnreadBodies(refuse_at_once)(headers, wire.receive, wire.send)
    assert wire.events == ["send", "last"]
    assert connection_header(wire) == b"close"


async def test_dropping_ends_when_the_client_goes() -> None:
    wire = Wire([chunk(more=True), {"type": "http.disconnect"}])
    await UnreadBodies(read_one_chunk_and_refuse)(scope(transfer_encoding="chunked"), wire.receive, wire.send)
    assert wire.events[-1] == "last"


async def test_dropping_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Wire):
        async def receive(self) -> Message:
            await asyncio.sleep(0.001)
            return chunk(more=True)

    monkeypatch.setattr(unread_bodies, "LINGER_SECONDS", 0.05)
    wire = Endless([])
    await UnreadBodies(read_one_chunk_and_refuse)(scope(transfer_encoding="chunked"), wire.receive, wire.send)
    assert wire.events[-1] == "last"
