"""Secure mode of the HiSpeech-style API: in memory alone, read once, gone in time, and a 404 that says why."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from gateway.jobs import audio_upload as job_uploads
from speechkit.runtime import job_blobs
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import FakeGateway
from tests.doors.raw_connection import RawConnection
from tests.doors.waiting import until
from tests.doors.worker import at_work
from tests.integration.gateway.test_hispeech import STATUS, UPLOAD, delete, finished, job_of, refused, status, upload

SPEECH = wav(1)


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


def in_memory(gateway: FakeGateway) -> bool:
    """Whether anything at all is held for secure jobs."""
    return bool(gateway.fleeting._held)


async def test_a_secure_upload_that_waits_is_its_one_read(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    async with at_work(gateway):
        body = (await upload(client, wait_for_result="true", secure_mode="true")).json()
    assert list(body.items()) == [
        ("job_id", body["job_id"]),
        ("error", None),
        ("success", True),
        ("secure_mode", True),
        ("return_word_timestamps", False),
        ("status", 200),
        ("transcription", "Hello 0."),
        ("audio_duration", 3),
        ("ttl", 900),
    ]
    told, error = refused(await status(client, body["job_id"]))
    assert told == 404
    assert "was read once" in error


async def test_a_transcript_is_gone_with_the_first_status_that_has_it(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    answer = (await upload(client, secure_mode="1", ttl="60")).json()
    assert (answer["secure_mode"], answer["ttl"]) == (True, 60)
    job_id = answer["job_id"]
    processing = {"job_id": job_id, "status": "processing", "secure_mode": True}
    assert (await status(client, job_id)).json() == processing
    await finished(client, gateway, job_id)
    first = (await status(client, job_id)).json()
    assert (first["status"], first["transcription"], first["title"]) == ("completed", "Hello 0.", "Hello 0.")
    assert first["secure_mode"] is True
    for _ in range(2):
        told, error = refused(await status(client, job_id))
        assert told == 404
        assert "gone for good" in error
    assert not in_memory(gateway)


async def test_of_many_who_ask_at_once_one_gets_it(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    job_id = await job_of(client, secure_mode="true")
    await finished(client, gateway, job_id)
    answers = await asyncio.gather(*(status(client, job_id) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 19


async def test_an_unread_transcript_ends_with_its_ttl(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    job_id = await job_of(client, secure_mode="true", ttl="1")
    await finished(client, gateway, job_id)
    await asyncio.sleep(1.1)
    told, error = refused(await status(client, job_id))
    assert told == 404
    assert "not read within 1 second" in error
    assert not in_memory(gateway)


@pytest.mark.parametrize("fields", [{"secure_mode": "true"}, {"secure_mode": "True", "ttl": "36000"}])
async def test_nothing_of_a_secure_job_is_stored(
    client: httpx.AsyncClient, gateway: FakeGateway, fields: dict[str, str]
) -> None:
    """Neither while it waits, nor while it is worked on, nor after."""
    stored: list[str] = []

    def hear(_: int) -> str:
        stored.extend(gateway.blobs.names())
        return " Hello."

    gateway.recognizer.says = hear
    job_id = await job_of(client, **fields)
    stored.extend(gateway.blobs.names())
    await finished(client, gateway, job_id)
    stored.extend(gateway.blobs.names())
    assert stored == []
    assert "Hello" not in repr(gateway.jobs)
    assert (await status(client, job_id)).json()["transcription"] == "Hello."


@pytest.mark.parametrize("secure", ["true", "false"])
async def test_secure_mode_may_stand_after_the_file_too(
    client: httpx.AsyncClient, gateway: FakeGateway, secure: str
) -> None:
    """While nobody knows, nothing is stored."""
    file, mode = Part(name="file", filename="a", content=SPEECH), Part(name="secure_mode", content=secure.encode())
    answer = await client.post(UPLOAD, content=multipart(file, mode), headers=content_type())
    job_id = answer.json()["job_id"]
    assert bool(gateway.blobs.names()) == (secure == "false")
    assert in_memory(gateway) == (secure == "true")
    await finished(client, gateway, job_id)
    assert (await status(client, job_id)).json()["transcription"] == "Hello 0."


async def test_what_is_too_large_for_secure_mode_is_stored_at_once_unless_it_says_secure_mode(
    client: httpx.AsyncClient, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload of hours does not go through memory because its fields come last, or say nothing of it."""
    for module in (job_uploads, job_blobs):
        monkeypatch.setattr(module, "MAX_SECURE_BYTES", len(SPEECH) - 1)
    monkeypatch.setattr(job_uploads, "MAX_BESIDE_FILE_BYTES", 0)
    job_id = await job_of(client)
    assert gateway.blobs.names() == [f"jobs/{job_id}/audio"]
    told, error = refused(await upload(client, secure_mode="true"))
    assert told == 413
    assert f"{len(SPEECH) - 1} bytes" in error
    file, mode = Part(name="file", filename="a", content=SPEECH), Part(name="secure_mode", content=b"true")
    told, error = refused(await client.post(UPLOAD, content=multipart(file, mode), headers=content_type()))
    assert told == 400
    assert "before the file" in error
    assert gateway.blobs.names() == [f"jobs/{job_id}/audio"]


async def test_a_head_is_refused_because_it_would_be_the_one_read(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    job_id = await job_of(client, secure_mode="true")
    await finished(client, gateway, job_id)
    for path in (f"{STATUS}/{job_id}", f"/v1/jobs/{job_id}/transcript"):
        assert (await client.head(path)).status_code == 405
    assert (await status(client, job_id)).json()["transcription"] == "Hello 0."


async def test_a_status_call_past_the_limit_does_not_cost_the_transcript(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    job_id = await job_of(client, secure_mode="true")
    for _ in range(60):
        await status(client, job_id)
    await finished(client, gateway, job_id)
    assert refused(await status(client, job_id))[0] == 429
    assert in_memory(gateway)


async def test_a_deleted_secure_job_leaves_nothing(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    for done in (False, True):
        job_id = await job_of(client, secure_mode="true")
        if done:
            await finished(client, gateway, job_id)
        assert (await delete(client, b'{"transcription_id":"%s"}' % job_id.encode())).json()["success"]
        assert not in_memory(gateway)
        assert refused(await status(client, job_id))[0] == 404


async def test_a_secure_job_whose_client_left_while_it_waited_is_deleted(gateway: FakeGateway) -> None:
    """Nobody else knows its id, so nobody would read it."""
    fields = [Part(name=name, content=b"true") for name in ("secure_mode", "wait_for_result")]
    body = multipart(*fields, Part(name="file", filename="a", content=SPEECH))
    head = f"POST {UPLOAD} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    kind = f"content-type: {content_type()['content-type']}\r\n\r\n"
    async with gateway.served() as url:
        async with RawConnection(url) as connection:
            await connection.send(head.encode() + kind.encode() + body)
            await until(lambda: bool(gateway.jobs.rows))
        await until(lambda: not gateway.jobs.rows)
        assert not in_memory(gateway)


async def test_a_refused_secure_upload_leaves_nothing(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    assert refused(await upload(client, secure_mode="true", ttl="never"))[0] == 400
    assert not in_memory(gateway)
