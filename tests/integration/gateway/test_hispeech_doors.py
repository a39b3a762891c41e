"""Who may use the HiSpeech-style API, and the OpenAI-compatible paths beside it."""

from collections.abc import AsyncIterator

import httpx
import openai
import pytest

from gateway.models.served import CONVERSATIONAL, FORMAL
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.domain.errors import StoreUnavailable
from tests.doors.events import DONE, read_events
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.keyed_gateway import KeyedGateway
from tests.integration.gateway.test_hispeech import NOBODY, delete, job_of, refused, status, upload

SPEECH = wav(7)
TRANSCRIPTIONS = "/api/v1/audio/transcriptions"


class UncountedLimitStore(MemoryLimitStore):
    async def count(self, name: str, *, most: int, per_seconds: float) -> float:
        raise StoreUnavailable("away")


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def transcribed(client: httpx.AsyncClient, path: str = TRANSCRIPTIONS, **fields: str) -> httpx.Response:
    return await client.post(path, data=fields, files={"file": ("talk.wav", SPEECH)})


async def test_without_a_key_nobody_gets_in_and_is_told_which_header_it_takes() -> None:
    keyed = KeyedGateway()
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        for answer in (await upload(client), await status(client, NOBODY), await delete(client, b"{}")):
            told, error = refused(answer)
            assert told == 401
            assert "x-auth-token: YOUR_KEY" in error
        told, error = refused(await client.get("/api/v1/transcriptions/x", headers={"x-auth-token": "sk-made-up"}))
        assert told == 401
        assert "Incorrect API key" in error
    assert keyed.gateway.jobs.rows == {}


@pytest.mark.parametrize("header", ["x-auth-token: {}", "authorization: Bearer {}"])
async def test_a_key_lets_in_and_its_jobs_are_its_tenant_s(header: str) -> None:
    keyed = KeyedGateway()
    secret, key = await keyed.key()
    name, value = header.format(secret).split(": ")
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url, headers={name: value}) as client:
        job_id = await job_of(client)
        assert keyed.gateway.jobs.rows[job_id].tenant == key.tenant
        assert (await status(client, job_id)).json()["status"] == "processing"


async def test_another_tenant_s_job_is_none() -> None:
    keyed = KeyedGateway()
    mine, theirs = [(await keyed.key(tenant=tenant))[0] for tenant in ("acme", "other")]
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        client.headers["x-auth-token"] = mine
        job_id = await job_of(client)
        client.headers["x-auth-token"] = theirs
        assert refused(await status(client, job_id))[0] == 404
        assert refused(await delete(client, b'{"transcription_id":"%s"}' % job_id.encode()))[0] == 404
    assert job_id in keyed.gateway.jobs.rows


async def test_the_header_is_for_its_own_api_alone() -> None:
    keyed = KeyedGateway()
    secret, _ = await keyed.key()
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        for path in ("/v1/models", "/api/v1/models", "/api/v1/transcriptionsandmore"):
            assert (await client.get(path, headers={"x-auth-token": secret})).status_code == 401
        assert (await client.get("/api/v1/models", headers={"authorization": f"Bearer {secret}"})).status_code == 200


async def test_a_key_s_limits_are_told_in_this_api_s_words() -> None:
    keyed = KeyedGateway()
    secret, _ = await keyed.key(requests_per_minute=1)
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        client.headers["x-auth-token"] = secret
        assert (await upload(client)).status_code == 200
        answer = await upload(client)
    told, error = refused(answer)
    assert told == 429
    assert "1 requests per minute" in error
    assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_a_key_for_some_models_gets_the_first_of_them_by_default() -> None:
    keyed = KeyedGateway()
    secret, _ = await keyed.key(models=(CONVERSATIONAL,))
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        client.headers["x-auth-token"] = secret
        assert keyed.gateway.jobs.rows[await job_of(client)].model == CONVERSATIONAL
        assert refused(await upload(client, stt_model=FORMAL))[0] == 404


@pytest.mark.parametrize(("refuse", "told"), [(False, 200), (True, 503)])
async def test_calls_that_cannot_be_counted_are_as_the_setting_says(refuse: bool, told: int) -> None:
    keyed = KeyedGateway(UncountedLimitStore(), refuse_uncounted=refuse)
    secret, _ = await keyed.key()
    async with keyed.gateway.served() as url, httpx.AsyncClient(base_url=url) as client:
        client.headers["x-auth-token"] = secret
        assert (await status(client, await job_of(client))).status_code == told


async def test_openai_s_path_below_api_answers_verbose_json_of_the_default_model(
    client: httpx.AsyncClient,
) -> None:
    body = (await transcribed(client)).json()
    assert {name: body[name] for name in ("duration", "language", "task", "text")} == {
        "duration": 7,
        "language": "auto",
        "task": "transcribe",
        "text": "Hello 0.",
    }
    (segment,) = body["segments"]
    assert {name: segment[name] for name in ("id", "start", "end", "text")} == {
        "id": 0,
        "start": 0,
        "end": 7,
        "text": " Hello 0.",
    }
    assert (await transcribed(client, model=CONVERSATIONAL)).status_code == 200


async def test_it_takes_all_that_the_other_takes(client: httpx.AsyncClient) -> None:
    assert (await transcribed(client, response_format="text")).text == "Hello 0.\n"
    assert set((await transcribed(client, response_format="json")).json()) == {"text", "usage"}
    assert (await transcribed(client, language="de")).json()["language"] == "german"
    translated = await transcribed(client, "/api/v1/audio/translations")
    assert (translated.json()["task"], translated.json()["language"]) == ("translate", "english")
    *_, done, end = read_events((await transcribed(client, stream="true")).content)
    assert (done["language"], end) == ("auto", DONE)


async def test_its_errors_are_openai_s(client: httpx.AsyncClient) -> None:
    answer = await transcribed(client, model="nobody")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert answer.json()["usage"] == {"type": "duration", "seconds": 0}


async def test_openai_s_path_of_v1_stays_as_it_is(client: httpx.AsyncClient) -> None:
    assert (await transcribed(client, "/v1/audio/transcriptions")).status_code == 400
    fields = {"model": "whisper-1", "response_format": "verbose_json"}
    assert (await transcribed(client, "/v1/audio/transcriptions", **fields)).json()["language"] == "english"


async def test_openai_s_client_works_with_that_base_url(client: httpx.AsyncClient) -> None:
    async with openai.AsyncOpenAI(base_url=f"{client.base_url}/api/v1", api_key="any", max_retries=0) as openai_client:
        answer = await openai_client.audio.transcriptions.create(
            model=FORMAL, file=("talk.wav", SPEECH), response_format="verbose_json"
        )
        assert (answer.text, answer.language) == ("Hello 0.", "auto")
        assert FORMAL in {model.id async for model in openai_client.models.list()}
