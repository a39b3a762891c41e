"""Jobs whose audio is named by a URL: as a form or as JSON, fetched with flat memory, under the limits of an upload."""

from typing import Any

import httpx
import pytest

from gateway.intake.json_form import MAX_JSON_BYTES
from gateway.settings import GatewaySettings
from speechkit.domain.jobs import audio_blob
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import FakeGateway
from tests.fakes.web import URL, FakeWeb

JOBS = "/v1/jobs"
SOUND = wav(1)


@pytest.fixture
def web(gateway: FakeGateway) -> FakeWeb:
    gateway.job_urls = web = FakeWeb(files={URL: SOUND})
    return web


async def posted(client: httpx.AsyncClient, *, key: str = "", **fields: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post(JOBS, json={"model": "whisper-1"} | fields, headers=headers)


def form(**fields: str) -> bytes:
    asked = {"model": "whisper-1"} | fields
    return multipart(*(Part(name=name, content=value.encode()) for name, value in asked.items()))


@pytest.mark.usefixtures("web")
async def test_a_form_may_name_a_url_in_place_of_a_file(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        answer = await client.post(JOBS, content=form(url=URL, language="de"), headers=content_type())
    assert answer.status_code == 202
    job = gateway.jobs.rows[answer.json()["id"]]
    assert (job.audio_bytes, job.options.language) == (len(SOUND), "de")
    assert await gateway.blobs.read(audio_blob(job.id)) == SOUND


@pytest.mark.usefixtures("web")
async def test_json_has_the_fields_of_the_form(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        answer = await posted(
            client,
            url=URL,
            language="de",
            temperature=0.5,
            keep_seconds=60,
            timestamp_granularities=["word"],
            prompt=None,
            unknown="ignored",
        )
    assert answer.status_code == 202
    job = gateway.jobs.rows[answer.json()["id"]]
    assert (job.options.language, job.options.temperatures, job.options.word_timestamps) == ("de", (0.5,), True)
    assert job.keep_until is not None


@pytest.mark.usefixtures("web")
async def test_a_secure_job_s_audio_comes_into_memory_alone(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        answer = await posted(client, url=URL, secure=True)
    assert answer.json()["secure"] is True
    assert gateway.blobs.names() == []
    assert await gateway.fleeting.read(audio_blob(answer.json()["id"])) == SOUND


async def test_where_no_host_is_listed_the_setting_is_named(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        for answer in (
            await posted(client, url=URL),
            await client.post(JOBS, content=form(url=URL), headers=content_type()),
        ):
            assert answer.status_code == 400
            assert "EARSHOT_JOB_URL_HOSTS" in answer.json()["error"]["message"]
    assert gateway.blobs.names() == []


async def test_what_can_t_be_fetched_leaves_nothing_behind(gateway: FakeGateway, web: FakeWeb) -> None:
    """Wherever it breaks off."""
    gateway.settings = GatewaySettings(max_job_upload_bytes=3000)
    web.files |= {"https://media.example/empty": b"", "https://media.example/broken": bytes(2000)}
    async with gateway.client() as client:
        statuses = {
            "unknown": (await posted(client, url="https://media.example/none")).status_code,
            "too large": (await posted(client, url=URL)).status_code,
            "empty": (await posted(client, url="https://media.example/empty")).status_code,
        }
        web.broken = True
        statuses["broken"] = (await posted(client, url="https://media.example/broken")).status_code
        statuses["wrong field"] = (await posted(client, url="https://media.example/broken", task="sing")).status_code
    assert statuses == {"unknown": 400, "too large": 413, "empty": 400, "broken": 400, "wrong field": 400}
    assert gateway.blobs.names() == []
    assert gateway.jobs.rows == {}


async def test_a_repeated_request_is_the_same_job_whatever_the_url_leads_to_by_then(
    gateway: FakeGateway, web: FakeWeb
) -> None:
    web.files["https://media.example/other"] = SOUND
    async with gateway.client() as client:
        first = await posted(client, url=URL, key="k")
        web.files[URL] = SOUND + b"more"
        again = await posted(client, url=URL, key="k")
        other = await posted(client, url="https://media.example/other", key="k")
    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert again.json()["id"] == first.json()["id"]
    assert gateway.blobs.names() == [audio_blob(first.json()["id"])]


@pytest.mark.usefixtures("web")
async def test_a_file_and_a_url_are_one_too_many_and_neither_is_one_too_few(gateway: FakeGateway) -> None:
    both = multipart(
        Part(name="model", content=b"whisper-1"),
        Part(name="url", content=URL.encode()),
        Part(name="file", filename="talk.wav", content=SOUND),
    )
    async with gateway.client() as client:
        answers = [
            await client.post(JOBS, content=both, headers=content_type()),
            await client.post(JOBS, content=form(), headers=content_type()),
            await posted(client),
        ]
    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert "not both" in answers[0].json()["error"]["message"]
    assert gateway.blobs.names() == []


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 5_000,
        b'{"model": "whisper-1", "url": {"at": "x"}}',
        b'{"model": "whisper-1", "languages": [["de"]]}',
        b'{"model": "whisper-1", "prompt": "\\ud800"}',
        b'{"model": ' + b"9" * 5_000 + b"}",
    ],
)
async def test_json_that_means_nothing_is_a_clear_400(gateway: FakeGateway, body: bytes) -> None:
    async with gateway.client() as client:
        answer = await client.post(JOBS, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.usefixtures("web")
async def test_json_is_not_read_into_memory_without_end(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        answer = await posted(client, url=URL, prompt="a" * MAX_JSON_BYTES)
    assert answer.status_code == 413
