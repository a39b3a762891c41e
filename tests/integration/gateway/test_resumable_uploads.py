"""`/v1/uploads` over a real socket, driven by tus's own Python client and by requests that no client would send."""

import asyncio
import io
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from tusclient.client import TusClient

from gateway.settings import GatewaySettings
from tests.doors.forms import Part, content_type, multipart
from tests.doors.gateway import FakeGateway
from tests.doors.keyed_gateway import KeyedGateway
from tests.doors.raw_connection import RawConnection
from tests.doors.waiting import until

LIMIT_BYTES = 4 << 20
SOUND = bytes(range(256)) * 2048
HALF = len(SOUND) // 2
TUS = {"tus-resumable": "1.0.0"}
PATCH = TUS | {"content-type": "application/offset+octet-stream"}
SECURE = {"upload-metadata": f"filename aMOkbGxv,secure {b64encode(b'true').decode()}"}


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(settings=GatewaySettings(max_job_upload_bytes=LIMIT_BYTES))


@pytest_asyncio.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def created(client: httpx.AsyncClient, size_bytes: int = len(SOUND), **headers: str) -> str:
    answer = await client.post("/v1/uploads", headers=TUS | {"upload-length": str(size_bytes)} | headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


async def sent(client: httpx.AsyncClient, place: str, offset: int, content: Any) -> httpx.Response:
    return await client.patch(place, headers=PATCH | {"upload-offset": str(offset)}, content=content)


async def offset_of(client: httpx.AsyncClient, place: str) -> int:
    return int((await client.head(place, headers=TUS)).headers["upload-offset"])


async def whole(client: httpx.AsyncClient, **headers: str) -> str:
    """The id of an upload that has all its bytes."""
    place = await created(client, len(SOUND), **headers)
    assert (await sent(client, place, 0, SOUND)).status_code == 204
    return place.rpartition("/")[2]


async def job_of(client: httpx.AsyncClient, upload_id: str, key: str = "", **fields: str) -> httpx.Response:
    asked = {"model": "whisper-1", "upload": upload_id} | fields
    headers = content_type() | ({"idempotency-key": key} if key else {})
    form = multipart(*(Part(name=name, content=value.encode()) for name, value in asked.items()))
    return await client.post("/v1/jobs", content=form, headers=headers)


async def heard(gateway: FakeGateway) -> bytes:
    """The audio of the job that waits, as a worker reads it."""
    job = await gateway.jobs.claim(now=datetime.now(UTC), lease=timedelta(minutes=1))
    assert job
    read = gateway.job_blobs.reader(job)
    return b"".join([await read(start, 100_000) for start in range(0, job.audio_bytes, 100_000)])


async def test_tus_s_own_client_uploads_in_chunks_and_the_upload_becomes_a_job(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    tus = TusClient(f"{client.base_url}/v1/uploads")
    uploader = tus.uploader(file_stream=io.BytesIO(SOUND), chunk_size=200_000, metadata={"filename": "häl, lo"})
    await asyncio.to_thread(uploader.upload)
    answer = await job_of(client, str(uploader.url).rpartition("/")[2])
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    assert await heard(gateway) == SOUND
    assert gateway.announced == 1
    await client.delete(f"/v1/jobs/{answer.json()['id']}")
    assert gateway.blobs.names() == [], "the job took the pieces with it"


async def test_a_connection_that_is_cut_leaves_what_arrived_and_the_client_goes_on_from_there(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    place = await created(client)
    async with RawConnection(str(client.base_url)) as connection:
        head = f"PATCH {place} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(SOUND)}\r\nupload-offset: 0\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in PATCH.items()) + "\r\n"
        await connection.send(head.encode() + SOUND[:HALF])
        await asyncio.sleep(0.1)
    await until(lambda: bool(gateway.blobs.names()))
    arrived = await offset_of(client, place)
    assert 0 < arrived <= HALF
    tus = TusClient(f"{client.base_url}/v1/uploads")
    uploader = await asyncio.to_thread(  # which asks where to go on
        tus.uploader, file_stream=io.BytesIO(SOUND), url=f"{client.base_url}{place}", chunk_size=len(SOUND)
    )
    assert uploader.offset == arrived
    await asyncio.to_thread(uploader.upload)
    assert (await job_of(client, place.rpartition("/")[2])).status_code == 202
    assert await heard(gateway) == SOUND


async def test_who_comes_back_need_not_wait_for_the_connection_that_hangs(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    """Of two that write at once the newest goes on, and nothing of the other comes between."""
    place = await created(client)
    go_on = asyncio.Event()

    async def hanging() -> AsyncIterator[bytes]:
        yield b"\xff" * 1000
        await go_on.wait()
        yield b"\xff" * 1000

    hangs = asyncio.create_task(sent(client, place, 0, hanging()))
    await until(lambda: any(upload.fence for upload in gateway.uploads.rows.values()))
    assert (await sent(client, place, 0, SOUND)).status_code == 204
    go_on.set()
    late = await hangs
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "upload_conflict"
    assert (await job_of(client, place.rpartition("/")[2])).status_code == 202
    assert await heard(gateway) == SOUND
    assert len([name for name in gateway.blobs.names() if name.startswith("uploads/")]) == 1


async def test_a_request_for_a_job_that_is_sent_again_makes_no_second_job(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    upload_id = await whole(client)
    first, again = [await job_of(client, upload_id, key="k") for _ in range(2)]
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    for refused in (await job_of(client, upload_id), await job_of(client, upload_id, key="k", language="de")):
        assert refused.status_code == 409
        assert first.json()["id"] in refused.json()["error"]["message"]
    other = await job_of(client, await whole(client), key="k")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert len(gateway.jobs.rows) == 1


@pytest.mark.parametrize("key", ["k", ""])
async def test_two_requests_at_the_same_moment_make_one_job_of_an_upload(
    gateway: FakeGateway, client: httpx.AsyncClient, key: str
) -> None:
    upload_id = await whole(client)
    answers = await asyncio.gather(*(job_of(client, upload_id, key=key) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == ([200, 202] if key else [202, 409])
    assert len(gateway.jobs.rows) == 1
    assert await heard(gateway) == SOUND


async def test_an_upload_that_is_not_whole_becomes_no_job(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    place = await created(client)
    await sent(client, place, 0, SOUND[:-1])
    answer = await job_of(client, place.rpartition("/")[2])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "upload_conflict")
    assert (await sent(client, place, len(SOUND) - 1, SOUND[-1:])).status_code == 204
    assert (await job_of(client, place.rpartition("/")[2])).status_code == 202


async def test_a_refused_job_leaves_the_upload_for_another_try(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    upload_id = await whole(client)
    assert (await job_of(client, upload_id, language="klingon")).status_code == 400
    assert (await job_of(client, upload_id, secure="true")).status_code == 400
    assert (await job_of(client, upload_id, url="https://media.example/a.mp3")).status_code == 400
    assert (await job_of(client, upload_id, language="de")).status_code == 202
    assert await heard(gateway) == SOUND


async def test_a_secure_upload_is_in_memory_alone_until_its_job_is_deleted(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    upload_id = await whole(client, **SECURE)
    assert "secure" in (await client.head(f"/v1/uploads/{upload_id}", headers=TUS)).headers["upload-metadata"]
    assert (await job_of(client, upload_id)).status_code == 400, "its job must be a secure one"
    answer = await job_of(client, upload_id, secure="true", prompt="Bonn")
    assert answer.status_code == 202
    assert gateway.blobs.names() == []
    assert await heard(gateway) == SOUND
    await client.delete(f"/v1/jobs/{answer.json()['id']}")
    assert not gateway.fleeting._held


async def test_a_deleted_upload_is_gone_with_its_pieces(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    place = await created(client)
    await sent(client, place, 0, SOUND[:HALF])
    assert (await client.delete(place, headers=TUS)).status_code == 204
    assert gateway.blobs.names() == []
    for answer in (
        await client.head(place, headers=TUS),
        await client.delete(place, headers=TUS),
        await sent(client, place, HALF, SOUND[HALF:]),
        await job_of(client, place.rpartition("/")[2]),
    ):
        assert answer.status_code == 404


async def test_an_upload_whose_time_is_over_is_none(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    place = await created(client)
    (upload,) = gateway.uploads.rows.values()
    assert upload.expires_at - datetime.now(UTC) > timedelta(hours=23)
    gateway.uploads.rows[upload.id] = replace(upload, expires_at=datetime.now(UTC))
    assert (await client.head(place, headers=TUS)).status_code == 404


async def test_the_protocol_s_headers_are_in_the_answers(client: httpx.AsyncClient) -> None:
    told = await client.options("/v1/uploads")
    assert told.headers["tus-version"] == told.headers["tus-resumable"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,termination,expiration"
    assert told.headers["tus-max-size"] == str(LIMIT_BYTES)
    place = await created(client)
    patched = await sent(client, place, 0, SOUND[:10])
    looked = await client.head(place, headers=TUS)
    for answer in (patched, looked):
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert answer.headers["upload-offset"] == "10"
        assert answer.headers["upload-expires"].endswith(" GMT")
    assert looked.headers["cache-control"] == "no-store"
    assert looked.headers["upload-length"] == str(len(SOUND))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-length": "5"}, 412),
        ({"tus-resumable": "0.2.2", "upload-length": "5"}, 412),
        (TUS, 400),
        (TUS | {"upload-defer-length": "1"}, 400),
        (TUS | {"upload-length": "-1"}, 400),
        (TUS | {"upload-length": "1e3"}, 400),
        (TUS | {"upload-length": "٣".encode()}, 400),
        (TUS | {"upload-length": "9" * 15}, 413),
        (TUS | {"upload-length": "9" * 5000}, 400),
        (TUS | {"upload-length": str(LIMIT_BYTES + 1)}, 413),
        (TUS | {"upload-length": "5", "upload-metadata": "secure"}, 400),
        (TUS | {"upload-length": "5", "upload-metadata": "secure ///"}, 400),
        (TUS | {"upload-length": "5", "upload-metadata": "secure bWF5YmU="}, 400),
        (TUS | {"upload-length": "5", "x-http-method-override": "BREW"}, 405),
    ],
)
async def test_a_creation_that_cannot_be_is_refused_and_makes_nothing(
    gateway: FakeGateway, client: httpx.AsyncClient, headers: dict[str, Any], status: int
) -> None:
    answer = await client.post("/v1/uploads", headers=headers)
    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.json()["error"]["message"]
    assert gateway.uploads.rows == {}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-offset": "0", "content-type": "application/offset+octet-stream"}, 412),
        (PATCH, 400),
        (PATCH | {"upload-offset": "-0"}, 400),
        (PATCH | {"upload-offset": "1"}, 409),
        (PATCH | {"upload-offset": "999999999999999"}, 409),
        (TUS | {"upload-offset": "0"}, 415),
        (PATCH | {"upload-offset": "0", "content-type": "audio/wav"}, 415),
    ],
)
async def test_a_piece_that_does_not_fit_is_refused_and_adds_nothing(
    gateway: FakeGateway, client: httpx.AsyncClient, headers: dict[str, Any], status: int
) -> None:
    place = await created(client)
    answer = await client.patch(place, headers=headers, content=SOUND)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert await offset_of(client, place) == 0
    assert gateway.blobs.names() == []


async def test_more_than_was_said_is_refused_whether_its_length_is_told_or_not(client: httpx.AsyncClient) -> None:
    async def in_chunks() -> AsyncIterator[bytes]:
        yield SOUND
        yield b"and more"

    place = await created(client)
    assert (await sent(client, place, 0, SOUND + b"and more")).status_code == 413
    assert await offset_of(client, place) == 0
    assert (await sent(client, place, 0, in_chunks())).status_code == 413
    assert await offset_of(client, place) <= len(SOUND)


async def test_a_store_that_is_away_costs_the_piece_and_not_the_upload(
    gateway: FakeGateway, client: httpx.AsyncClient
) -> None:
    place = await created(client)
    await sent(client, place, 0, SOUND[:HALF])
    gateway.blobs.fails = True
    assert (await sent(client, place, HALF, SOUND[HALF:])).status_code == 503
    gateway.blobs.fails = False
    assert await offset_of(client, place) == HALF
    assert (await sent(client, place, HALF, SOUND[HALF:])).status_code == 204


async def test_behind_a_proxy_that_knows_no_patch_post_stands_in_for_it(client: httpx.AsyncClient) -> None:
    place = await created(client)
    headers = PATCH | {"upload-offset": "0", "x-http-method-override": "PATCH"}
    assert (await client.post(place, headers=headers, content=SOUND)).status_code == 204
    assert (await client.post(place, headers=TUS)).status_code == 405


async def test_another_tenant_s_upload_is_none() -> None:
    keyed = KeyedGateway()
    secrets = [(await keyed.key(tenant=tenant))[0] for tenant in ("acme", "other")]
    async with keyed.client(secrets[0]) as mine, keyed.client(secrets[1]) as theirs, keyed.client() as nobody:
        upload_id = await whole(mine)
        place = f"/v1/uploads/{upload_id}"
        assert (await nobody.head(place, headers=TUS)).status_code == 401
        for answer in (
            await theirs.head(place, headers=TUS),
            await theirs.delete(place, headers=TUS),
            await sent(theirs, place, len(SOUND), b""),
            await job_of(theirs, upload_id),
        ):
            assert answer.status_code == 404
        first = await job_of(mine, upload_id, key="k")
        assert first.status_code == 202
        assert (await job_of(theirs, upload_id, key="k")).status_code == 404, "nor is what it has become"


@pytest.mark.parametrize("upload_id", ["%00", "a" * 5000, "..%2f..", "%F0%9F%8E%B5", "job_1"])
async def test_ids_that_were_never_made_are_none(client: httpx.AsyncClient, upload_id: str) -> None:
    answer = await client.head(f"/v1/uploads/{upload_id}", headers=TUS)
    assert answer.status_code == 404
    assert (await job_of(client, upload_id)).status_code == 404
