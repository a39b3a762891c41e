"""What connections do in the wild: they end early, stall, stream without a length, and send far too much."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest

from gateway.settings import GatewaySettings
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.doors.raw_connection import RawConnection
from tests.doors.waiting import until

MEBIBYTE = 1 << 20


def request_head(*headers: str) -> bytes:
    lines = [f"POST {TRANSCRIPTIONS} HTTP/1.1", "Host: gateway", f"Content-Type: {content_type()['content-type']}"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode()


def form(sound: bytes, **fields: str) -> bytes:
    parts = [Part(name=name, content=value.encode()) for name, value in ({"model": "whisper-1"} | fields).items()]
    return multipart(Part(name="file", filename="upload", content=sound), *parts)


async def test_a_client_that_goes_away_cancels_its_work(gateway: FakeGateway) -> None:
    gateway.recognizer.delay_seconds = 60
    body = form(wav(2))
    async with gateway.served() as url:
        async with RawConnection(url) as connection:
            await connection.send(request_head(f"Content-Length: {len(body)}") + body)
            await until(lambda: gateway.recognizer.in_flight == 1)
        await until(lambda: gateway.recognizer.cancelled == 1)
        await until(lambda: gateway.open_spools == 0)
    assert gateway.recognizer.in_flight == 0
    assert gateway.decoder.open_files == 0


async def test_a_client_that_goes_away_in_mid_upload_leaves_nothing_behind(gateway: FakeGateway) -> None:
    body = form(wav(2))
    async with gateway.served() as url:
        async with RawConnection(url) as connection:
            await connection.send(request_head(f"Content-Length: {len(body)}") + body[: len(body) // 2])
            await until(lambda: gateway.open_spools == 1)
        await until(lambda: gateway.open_spools == 0)
    assert gateway.recognizer.calls == []


async def test_an_upload_that_stands_still_is_ended() -> None:
    gateway = FakeGateway(settings=GatewaySettings(upload_idle_seconds=0.2))
    body = form(wav(2))
    async with gateway.served() as url, RawConnection(url) as connection:
        await connection.send(request_head(f"Content-Length: {len(body)}") + body[:1000])
        answer = await connection.reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 504 ")
        assert b"connection: close" in answer
        assert gateway.open_spools == 0


async def test_a_slow_upload_that_moves_on_is_served(gateway: FakeGateway) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        body = form(wav(0.5))
        for start in range(0, len(body), 2_000):
            yield body[start : start + 2_000]
            await asyncio.sleep(0.01)

    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        response = await client.post(TRANSCRIPTIONS, content=slowly(), headers=content_type())
    assert "content-length" not in response.request.headers
    assert response.json()["text"] == "Hello 0."


@pytest.mark.parametrize("size_is", ["declared", "counted"])
async def test_too_much_is_answered_while_the_client_still_sends(size_is: str) -> None:
    """The answer comes before the upload has ended, and reading on neither breaks it nor keeps the bytes."""
    gateway = FakeGateway(settings=GatewaySettings(max_upload_bytes=MEBIBYTE))
    declared = size_is == "declared"
    length = f"Content-Length: {30 * MEBIBYTE}" if declared else "Transfer-Encoding: chunked"
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    async with gateway.served() as url, RawConnection(url) as connection:
        await connection.send(request_head(length) + (part if declared else _chunk(part)))
        for _ in range(3):
            await connection.send(bytes(MEBIBYTE) if declared else _chunk(bytes(MEBIBYTE)))
        answer = await connection.reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413 ")
        for _ in range(3):
            await connection.send(bytes(MEBIBYTE) if declared else _chunk(bytes(MEBIBYTE)))
        connection.writer.write_eof()
        assert b"Maximum content size limit" in await connection.reader.read()
    assert gateway.open_spools == 0


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def test_a_connection_serves_one_request_after_another(gateway: FakeGateway) -> None:
    async with gateway.served() as url, RawConnection(url) as connection:
        for sound, expected in ((wav(1), 200), (b"noise", 400), (wav(1), 200)):
            body = form(sound)
            await connection.send(request_head(f"Content-Length: {len(body)}") + body)
            head = (await connection.reader.readuntil(b"\r\n\r\n")).decode()
            assert head.startswith(f"HTTP/1.1 {expected} ")
            length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
            await connection.reader.readexactly(length)


async def test_small_answers_do_not_wait_for_an_acknowledgement(gateway: FakeGateway) -> None:
    """Without TCP_NODELAY, every answer on a connection past its first few would take 40 ms."""
    took_seconds = []
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        for _ in range(40):
            started = time.perf_counter()
            await client.get("/v1/models")
            took_seconds.append(time.perf_counter() - started)
    assert min(took_seconds[-20:]) < 0.03


async def test_an_upload_is_held_once_and_not_in_the_process_s_own_memory() -> None:
    """20 MB stream into the spool; the process itself grows by its buffers alone, and not with the next upload."""
    gateway = FakeGateway()
    process = psutil.Process()
    peak: list[int] = []
    sound = os.urandom(20 * MEBIBYTE)

    async def chunks() -> AsyncIterator[bytes]:
        yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for start in range(0, len(sound), 65_536):
            if start % MEBIBYTE == 0:
                peak.append(process.memory_full_info().uss)
            yield sound[start : start + 65_536]
        yield b"\r\n--edge--\r\n"

    async with gateway.served() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await client.post(TRANSCRIPTIONS, content=form(wav(1)), headers=content_type())
        for _ in range(2):
            before = process.memory_full_info().uss
            peak.clear()
            response = await client.post(TRANSCRIPTIONS, content=chunks(), headers=content_type())
            assert response.status_code == 400
            assert max(peak) - before < 8 * MEBIBYTE
    assert gateway.open_spools == 0


async def test_two_hundred_uploads_at_once_are_all_answered(gateway: FakeGateway) -> None:
    gateway.recognizer.delay_seconds = 0.2
    limits = httpx.Limits(max_connections=None)
    async with gateway.served() as url, httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        body = form(wav(1))
        answers = await asyncio.gather(
            *(client.post(TRANSCRIPTIONS, content=body, headers=content_type()) for _ in range(200))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 200
    assert gateway.open_spools == 0
