"""Whole requests damaged at random, head and all, on a real connection: an HTTP answer or its end, and a quiet log."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import event, given
from hypothesis import strategies as st

from tests.doors.forms import Part, multipart, wav
from tests.doors.gateway import TRANSCRIPTIONS
from tests.doors.lone_gateway import LoneGateway, running_alone
from tests.doors.raw_connection import RawConnection
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.effort import fuzz

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = multipart(Part(name="model", content=b"whisper-1"), Part(name="file", filename="a", content=wav(0.2)))
POST = (
    f"POST {TRANSCRIPTIONS} HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
).encode()
WITH_LENGTH = POST + b"Content-Length: %d\r\n\r\n" % len(FORM) + FORM
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(FORM) + FORM + b"\r\n0\r\n\r\n"
GET = b"GET /v1/models HTTP/1.1\r\nHost: gateway\r\n\r\n"

REQUESTS = [WITH_LENGTH, CHUNKED, GET, WITH_LENGTH + GET, CHUNKED + CHUNKED]

PATCHES = [
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b" ",
    b":",
    b"\0",
    b"%",
    b"//",
    b"HTTP/1.0",
    b"http://elsewhere/",
    b"x" * 20_000,
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 5\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: websocket\r\n",
    GET,
]

PATIENCE_SECONDS = 0.1
"""Most damage that makes the server wait makes it wait for ever."""


class Door:
    def __init__(self, gateway: LoneGateway) -> None:
        self.gateway = gateway
        self.answers: Counter[str] = Counter()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door() -> AsyncIterator[Door]:
    with running_alone() as gateway:
        yield Door(gateway)


async def first_line(connection: RawConnection) -> bytes:
    """Nothing, where the server waits for more or has reset the connection."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await connection.reader.readline()
    except (TimeoutError, ConnectionError):
        return b""


@fuzz(examples_in_ci=200)
@given(request_bytes=st.sampled_from(REQUESTS), inflicted=damages(patches=PATCHES, most=3))
async def test_a_damaged_request_is_answered_or_the_connection_ends(
    door: Door, request_bytes: bytes, inflicted: list[Damage]
) -> None:
    async with RawConnection(door.gateway.url) as connection:
        await connection.send(damaged(request_bytes, inflicted))
        answer = (await first_line(connection)).decode().strip()
    event(answer)
    door.answers[answer[:12]] += 1
    assert answer == "" or answer.split()[1] in {"100", "200", "400", "404", "405"}


async def test_all_of_them_were_foreseen(door: Door) -> None:
    assert door.gateway.errors() == []
    assert min(door.answers["HTTP/1.1 200"], door.answers["HTTP/1.1 400"]) >= door.answers.total() / 50
