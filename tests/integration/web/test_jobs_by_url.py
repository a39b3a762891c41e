"""Jobs by URL from one end to the other: a client, the gateway, and the server with the audio, on real sockets."""

import asyncio

import httpx
import pytest

from speechkit.adapters.guarded_http.client import HttpxGuardedHttp
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.jobs import audio_blob
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.waiting import until
from tests.web.server import Asked, plain, redirect, web_server

LISTED = AddressPolicy.listed(hosts=["127.0.0.1"], private=["127.0.0.1"])
SOUND = wav(20)


async def asked(base: str, url: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=base) as client:
        return await client.post("/v1/jobs", json={"model": "whisper-1", "url": url})


async def test_the_file_behind_redirects_is_the_job_s_audio() -> None:
    answers = {"/talk": redirect("/moved"), "/moved": plain(body=SOUND)}
    async with web_server(answers) as media, HttpxGuardedHttp(LISTED) as web:
        gateway = FakeGateway(job_urls=web)
        async with gateway.served() as base:
            answer = await asked(base, media.url("/talk"))
    assert answer.status_code == 202
    assert await gateway.blobs.read(audio_blob(answer.json()["id"])) == SOUND


@pytest.mark.parametrize(
    "url", ["http://127.0.0.2:{port}/", "http://localhost:{port}/", "http://127.0.0.1:{port}/away"]
)
async def test_hosts_that_are_not_listed_are_not_asked_nor_when_a_listed_one_leads_there(url: str) -> None:
    answers = {"/": plain(body=SOUND)}
    async with web_server(answers) as media, HttpxGuardedHttp(LISTED) as web:
        answers["/away"] = redirect(f"http://localhost:{media.port}/")
        gateway = FakeGateway(job_urls=web)
        async with gateway.served() as base:
            answer = await asked(base, url.format(port=media.port))
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "url"
    assert [each.path for each in media.asked if each.path != "/away"] == []
    assert gateway.blobs.names() == []


async def test_a_client_that_leaves_ends_the_fetching() -> None:
    """And nothing of it stays."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + SOUND)
        await writer.drain()
        begun.set()
        try:
            while True:
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            ended.set()

    async with web_server(endless) as media, HttpxGuardedHttp(LISTED) as web:
        gateway = FakeGateway(job_urls=web)
        async with gateway.served() as base:
            leaving = asyncio.create_task(asked(base, media.url()))
            await begun.wait()
            leaving.cancel()
            await asyncio.wait_for(ended.wait(), 5)
            await until(lambda: gateway.blobs.names() == [])
    assert gateway.jobs.rows == {}
