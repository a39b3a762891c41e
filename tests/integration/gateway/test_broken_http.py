"""What is no HTTP, and readers who do not read: an answer in OpenAI's words or a closed connection, and a quiet log."""

import asyncio
import json
import logging
import socket
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.settings import GatewaySettings
from gateway.speech import routes as transcriptions
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.doors.raw_connection import RawConnection
from tests.doors.waiting import until

CHUNKED = (
    f"POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: gateway\r\nContent-Type: {content_type()['content-type']}\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
).encode()

NO_HTTP = {
    "no request line": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "no host": b"GET /v1/models HTTP/1.1\r\n\r\n",
    "space in a header's name": b"GET /v1/models HTTP/1.1\r\nHost: a\r\nbad header: b\r\n\r\n",
    "length that is no number": b"POST /v1/models HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
    "endless header": b"GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 20_000,
    "endless address": b"GET /" + b"x" * 20_000,
    "chunk without a size": CHUNKED + b"many\r\n",
    "chunk longer than its size": CHUNKED + b"2\r\nabcdef\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP.keys())
async def test_what_is_no_http_is_refused_in_openai_s_words(
    gateway: FakeGateway, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway.served() as url, RawConnection(url) as connection:
        await connection.send(sent)
        async with asyncio.timeout(10):
            head, _, body = (await connection.reader.read()).partition(b"\r\n\r\n")
        await until(lambda: gateway.open_spools == 0)
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    headers = head.lower().split(b"\r\n")
    assert {b"content-type: application/json", b"connection: close", b"x-should-retry: false"} <= set(headers)
    error: dict[str, Any] = json.loads(body)["error"]
    assert error.pop("message").startswith("The request could not be read as HTTP/1.1")
    assert error == {"type": "invalid_request_error", "param": None, "code": None}
    assert errors(caplog) == []


async def test_damage_behind_an_answer_that_has_begun_ends_the_connection(
    gateway: FakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """The refusal of a form comes while its body is still being sent; a second status line would be no HTTP, either."""
    async with gateway.served() as url, RawConnection(url) as connection:
        await connection.send(CHUNKED + b"6\r\nedgeed\r\n")
        assert (await connection.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        await connection.send(b"no chunk\r\n")
        async with asyncio.timeout(10):
            assert b"HTTP/1.1" not in await connection.reader.read()
    assert errors(caplog) == []


async def test_a_stream_that_nobody_reads_is_broken_off_without_a_fuss(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At its deadline, together with what lies in its buffer."""
    monkeypatch.setattr(transcriptions, "FAREWELL_SECONDS", 0.2)
    gateway = FakeGateway(settings=GatewaySettings(request_deadline_seconds=1))
    gateway.recognizer.says = lambda _: " more than any socket holds" * 400_000
    fields = (Part(name="model", content=b"whisper-1"), Part(name="stream", content=b"true"))
    body = multipart(*fields, Part(name="file", filename="upload", content=wav(1)))
    with capture_logs() as lines, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with gateway.served() as url:
            host, port = url.removeprefix("http://").split(":")
            client.connect((host, int(port)))
            client.sendall(CHUNKED + f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")
            await until(lambda: "request_finished" in [line["event"] for line in lines])
    assert ("stream_broken_off", "not_read") in [(line["event"], line.get("reason")) for line in lines]
    assert {line["log_level"] for line in lines} == {"info"}
    assert (gateway.open_spools, gateway.decoder.open_files) == (0, 0)
    assert errors(caplog) == []


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What uvicorn and asyncio complain of."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
