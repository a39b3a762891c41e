"""Who gets in: keys, wrong ones and none at all, the models they open, and limits that end with their request."""

import asyncio
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gateway.edge.access import Access, Caller
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.domain.errors import EarshotError, Reason
from speechkit.domain.keys import key_hash, make_key
from speechkit.domain.limits import KeyLimits
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.doors.keyed_gateway import NOW, AbsentLimitStore, KeyedGateway
from tests.doors.waiting import until
from tests.fakes.key_store import FakeKeyStore


@pytest.fixture
def house() -> KeyedGateway:
    return KeyedGateway()


async def transcribe(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    data = {"model": "whisper-1"} | fields
    return await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", wav(2))})


def error(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    return found


async def test_without_a_key_nobody_gets_in(house: KeyedGateway) -> None:
    async with house.client() as client:
        response = await transcribe(client)
    assert (response.status_code, response.headers["x-should-retry"]) == (401, "false")
    assert response.json()["usage"] == {"type": "duration", "seconds": 0}
    assert error(response)["message"].startswith("You didn't provide an API key.")
    assert (error(response)["type"], error(response)["code"]) == ("invalid_request_error", None)
    assert response.headers["x-request-id"].startswith("req_")


async def test_a_refusal_is_counted_by_the_route_that_it_kept_from(house: KeyedGateway) -> None:
    """Or else nobody could see which route is being knocked at; what callers make up stays one series."""
    async with house.client() as client:
        for path, route in (
            (TRANSCRIPTIONS, TRANSCRIPTIONS),
            ("/v1/models/whisper-1", "/v1/models/{model:path}"),
            ("/v1/nowhere", "unmatched"),
        ):
            labels = {"route": route, "method": "POST", "status": "401"}
            before = REGISTRY.get_sample_value("earshot_http_requests_total", labels) or 0.0
            await client.post(path)
            assert REGISTRY.get_sample_value("earshot_http_requests_total", labels) == before + 1


async def test_every_route_asks_for_a_key_but_those_of_probes(house: KeyedGateway) -> None:
    """A route that is added later is behind the gate, too."""
    open_paths = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"}
    paths = {getattr(route, "path", "/") for route in house.gateway.app().routes}
    assert TRANSCRIPTIONS in paths
    paths |= {"/v1/models", "/v1/models/whisper-1", "/v1/nowhere", "//healthz", "/healthz/"}
    async with house.client() as client:
        for path in paths:
            for method in ("GET", "POST"):
                status = (await client.request(method, path)).status_code
                assert (status != 401) if path in open_paths else (status == 401), path


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Bearer    ", "Basic dXNlcjpwYXNz", "esk_without_a_scheme", "Bearer,esk_x", "\t",
        b"Bear\xe9r key",
    ],
)  # fmt: skip
async def test_what_is_no_bearer_key_is_none(house: KeyedGateway, header: str | bytes) -> None:
    async with house.client() as client:
        response = await client.get("/v1/models", headers=[(b"authorization", _raw(header))])
    assert (response.status_code, error(response)["code"]) == (401, None)


@pytest.mark.parametrize(
    "key",
    [
        "esk_" + "x" * 43, "sk-proj-" + "a1" * 40, "a key of many words and spaces", "k" * 60_000, "short",
        "esk_" + "x" * 42 + "\x00", b"\xff\xfe" * 30, "ключ".encode() * 10, "'; DROP TABLE api_keys; --",
    ],
)  # fmt: skip
async def test_a_wrong_key_is_refused_and_never_shown(house: KeyedGateway, key: str | bytes) -> None:
    """The message has its ends, to recognize it by; the log has nothing of it."""
    async with house.client() as client:
        with capture_logs() as lines:
            response = await client.get("/v1/models", headers=[(b"authorization", b"Bearer " + _raw(key))])
    assert (response.status_code, error(response)["code"]) == (401, "invalid_api_key")
    assert error(response)["message"].startswith("Incorrect API key provided: ")
    quoted = error(response)["message"].split()[4]
    assert len(quoted) <= 17
    shown = _raw(key).decode("latin-1")
    assert shown not in response.text
    assert shown[:4] not in str(lines)


def _raw(header: str | bytes) -> bytes:
    return header if isinstance(header, bytes) else header.encode()


async def test_guesses_that_look_like_no_key_do_not_reach_the_store(house: KeyedGateway) -> None:
    async with house.client("sk-of-another-house") as client:
        await transcribe(client)
    assert house.store.finds == 0


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
async def test_a_key_opens_the_door(house: KeyedGateway, scheme: str) -> None:
    secret, key = await house.key()
    async with house.client(authorization=scheme + secret) as client:
        with capture_logs() as lines:
            response = await transcribe(client)
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("x-ratelimit")]
    finished = next(line for line in lines if line["event"] == "request_finished")
    assert (finished["tenant"], finished["key_id"]) == ("acme", key.id)
    assert secret not in str(lines)


async def test_a_revoked_key_is_refused_as_soon_as_the_cache_forgets_it(house: KeyedGateway) -> None:
    secret, key = await house.key()
    async with house.client(secret) as client:
        assert (await client.get("/v1/models")).status_code == 200
        await house.store.revoke(key.id, now=NOW)
        house.now += 5.1
        assert error(await client.get("/v1/models"))["code"] == "invalid_api_key"


async def test_a_key_that_is_used_is_looked_up_once_in_a_while(house: KeyedGateway) -> None:
    secret, _ = await house.key()
    async with house.client(secret) as client:
        for _ in range(10):
            await client.get("/v1/models")
    assert house.store.finds == 1


async def test_a_new_key_works_at_once(house: KeyedGateway) -> None:
    """That it was refused before it was stored is not remembered."""
    secret, key = make_key(tenant="acme", limits=KeyLimits(), now=NOW)
    async with house.client(secret) as client:
        assert (await client.get("/v1/models")).status_code == 401
        await house.store.add(key)
        assert (await client.get("/v1/models")).status_code == 200


async def test_nobody_gets_in_while_keys_cannot_be_looked_up(house: KeyedGateway) -> None:
    secret, _ = await house.key()
    house.store.away = True
    async with house.client(secret) as client:
        response = await transcribe(client)
    assert (response.status_code, error(response)["code"]) == (503, "store_unavailable")
    assert (response.headers["retry-after"], response.headers["x-should-retry"]) == ("5", "true")


async def test_a_key_sees_only_its_models(house: KeyedGateway) -> None:
    secret, _ = await house.key(models=("gpt-4o-transcribe",))
    async with house.client(secret) as client:
        listed = (await client.get("/v1/models")).json()["data"]
        assert [model["id"] for model in listed] == ["gpt-4o-transcribe"]
        assert (await client.get("/v1/models/whisper-1")).status_code == 404
        assert (await transcribe(client, model="gpt-4o-transcribe")).status_code == 200
        response = await transcribe(client, model="whisper-1")
    assert (response.status_code, error(response)["code"]) == (404, "model_not_found")
    assert "does not exist or you do not have access to it" in error(response)["message"]


async def test_a_key_for_a_model_may_use_all_its_names(house: KeyedGateway) -> None:
    secret, _ = await house.key(models=("whisper-base",))
    async with house.client(secret) as client:
        assert (await transcribe(client, model="whisper-1")).status_code == 200


async def test_requests_a_minute(house: KeyedGateway) -> None:
    secret, _ = await house.key(requests_per_minute=3)
    async with house.client(secret) as client:
        answers = [await transcribe(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining-requests"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["x-ratelimit-limit-requests"] for answer in answers} == {"3"}
    refused = answers[-1]
    assert (error(refused)["type"], error(refused)["code"]) == ("requests", "rate_limit_exceeded")
    assert "3 requests per minute" in error(refused)["message"]
    assert 15 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["x-should-retry"] == "true"
    assert refused.headers["x-ratelimit-reset-requests"].startswith("59.")


async def test_audio_seconds_a_day(house: KeyedGateway) -> None:
    """What started under the limit is finished; what comes after it waits for midnight, which no client does."""
    secret, _ = await house.key(audio_seconds_per_day=3)
    async with house.client(secret) as client:
        answers = [await transcribe(client) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    refused = answers[-1]
    assert (error(refused)["type"], error(refused)["code"]) == ("insufficient_quota", "insufficient_quota")
    wait_seconds = int(refused.headers["retry-after"])
    assert refused.headers["x-should-retry"] == ("false" if wait_seconds > 60 else "true")


async def test_audio_of_a_request_that_failed_does_not_count(house: KeyedGateway) -> None:
    secret, _ = await house.key(audio_seconds_per_day=1)
    async with house.client(secret) as client:
        assert (await transcribe(client, language="klingon")).status_code == 400
        assert (await transcribe(client)).status_code == 200


async def test_a_stream_counts_as_everything_else(house: KeyedGateway) -> None:
    secret, _ = await house.key(audio_seconds_per_day=1, requests_per_minute=5, concurrent_requests=1)
    async with house.client(secret) as client:
        streamed = await transcribe(client, stream="true", model="gpt-4o-transcribe")
        assert streamed.headers["content-type"].startswith("text/event-stream")
        assert streamed.headers["x-ratelimit-remaining-requests"] == "4"
        assert error(await transcribe(client))["code"] == "insufficient_quota"


async def test_requests_at_once_are_refused_before_their_body_is_read(house: KeyedGateway) -> None:
    secret, _ = await house.key(concurrent_requests=1)
    house.gateway.recognizer.delay_seconds = 30
    async with house.client(secret) as client:
        first = asyncio.create_task(transcribe(client))
        await until(lambda: house.gateway.recognizer.in_flight > 0)
        spools = len(house.gateway.spools)
        second = await transcribe(client)
        assert (second.status_code, error(second)["code"]) == (429, "rate_limit_exceeded")
        assert second.headers["retry-after"] == "5"
        assert len(house.gateway.spools) == spools
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        house.gateway.recognizer.delay_seconds = 0
        assert (await transcribe(client)).status_code == 200, "the place of a request that was cancelled is free"


@pytest.mark.parametrize("failing", [{"language": "klingon"}, {"model": "nothing"}, {"response_format": "xml"}])
async def test_the_place_of_a_request_that_failed_is_free(house: KeyedGateway, failing: dict[str, str]) -> None:
    secret, _ = await house.key(concurrent_requests=1)
    async with house.client(secret) as client:
        assert (await transcribe(client, **failing)).status_code in {400, 404}
        assert (await transcribe(client)).status_code == 200


@pytest.mark.parametrize(("refuse", "status"), [(False, 200), (True, 503)])
async def test_without_the_limit_store_the_setting_decides(*, refuse: bool, status: int) -> None:
    house = KeyedGateway(AbsentLimitStore(), refuse_uncounted=refuse)
    limited, _ = await house.key(concurrent_requests=1)
    unlimited, _ = await house.key()
    async with house.client(limited) as client:
        assert (await transcribe(client)).status_code == status
    async with house.client(unlimited) as client:
        assert (await transcribe(client)).status_code == 200, "a key without limits needs no store"


async def test_a_long_request_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.edge.access.LEASE_SECONDS", 0.1)
    monkeypatch.setattr("gateway.edge.access.RENEW_SECONDS", 0.02)
    access = Access(keys=FakeKeyStore(), limits=MemoryLimitStore())
    _, key = make_key(tenant="acme", limits=KeyLimits(concurrent_requests=1), now=NOW)
    async with access.admitted(Caller(key)):
        await asyncio.sleep(0.3)
        with pytest.raises(EarshotError) as refused:
            async with access.admitted(Caller(key)):
                pass
    assert refused.value.reason is Reason.RATE_LIMITED


async def test_any_key_and_none_will_do_where_keys_are_not_asked_for() -> None:
    async with FakeGateway().client() as client:
        for headers in ({}, {"authorization": "Bearer whatever"}, {"authorization": "nonsense"}):
            assert (await client.get("/v1/models", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("http_host", "grpc_host", "asked"),
    [
        ("127.0.0.1", "127.0.0.1", False), ("localhost", "::1", False), ("127.8.9.1", "127.0.0.1", False),
        ("0.0.0.0", "127.0.0.1", True), ("127.0.0.1", "::", True), ("gateway.internal", "127.0.0.1", True),
        ("", "127.0.0.1", True), ("127.0.0.1.nip.example", "127.0.0.1", True),
    ],
)  # fmt: skip
def test_keys_are_asked_for_as_soon_as_others_can_get_here(http_host: str, grpc_host: str, *, asked: bool) -> None:
    assert GatewaySettings(http_host=http_host, grpc_host=grpc_host).keys_required is asked
    assert GatewaySettings(http_host=http_host, grpc_host=grpc_host, require_keys="on").keys_required
    assert not GatewaySettings(http_host=http_host, grpc_host=grpc_host, require_keys="off").keys_required


def test_a_hash_says_nothing_of_its_key() -> None:
    secret, key = make_key(tenant="acme", limits=KeyLimits(), now=NOW)
    assert key.hash == key_hash(secret)
    assert secret not in repr(key)
