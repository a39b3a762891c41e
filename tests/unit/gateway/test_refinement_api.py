"""`/v1/endpoints`, `/v1/modes` and `/v1/refine`: each caller's own, in OpenAI's manner, whatever comes in."""

import json
from typing import Any

import httpx
import pytest

from speechkit.domain.errors import RefinerUnavailable
from tests.doors.gateway import FakeGateway
from tests.doors.keyed_gateway import KeyedGateway

ENDPOINT = {"name": "Home", "provider": "ollama", "base_url": "http://localhost:11434", "model": "llama3.2"}
SECRET = "sk-never-shown"
JSON = {"content-type": "application/json"}


async def made(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    response = await client.post("/v1/endpoints", json=ENDPOINT | more)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/endpoints/{body['id']}"
    return body


async def test_an_endpoint_is_made_shown_changed_and_deleted(client: httpx.AsyncClient) -> None:
    endpoint = await made(client)
    path = f"/v1/endpoints/{endpoint['id']}"
    assert endpoint["object"] == "endpoint"
    assert (await client.get(path)).json() == endpoint
    assert (await client.get("/v1/endpoints")).json() == {"object": "list", "data": [endpoint]}
    assert (await client.patch(path, json={"name": "Office"})).json()["name"] == "Office"
    gone = (await client.delete(path)).json()
    assert gone == {
        "id": endpoint["id"],
        "object": "endpoint",
        "deleted": True,
        "modes_needing_endpoint": ["clean-up"],
    }
    assert (await client.get(path)).json()["error"]["code"] == "endpoint_not_found"


async def test_a_key_is_written_and_never_read(client: httpx.AsyncClient, gateway: FakeGateway) -> None:
    """Left out it stays, empty it goes."""
    endpoint = await made(client, api_key=SECRET)
    path = f"/v1/endpoints/{endpoint['id']}"
    assert endpoint["has_api_key"]
    assert (await client.patch(path, json={"name": "Office"})).json()["has_api_key"]
    assert not (await client.patch(path, json={"api_key": ""})).json()["has_api_key"]
    assert gateway.refining.endpoints.keys[endpoint["id"]] == ""
    assert SECRET not in json.dumps(endpoint)


@pytest.mark.parametrize("member", ["name", "api_key", "is_default", "provider"])
async def test_null_is_no_change_and_no_removal(client: httpx.AsyncClient, member: str) -> None:
    path = f"/v1/endpoints/{(await made(client, api_key=SECRET))['id']}"
    refused = await client.patch(path, json={member: None})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, member)
    assert (await client.get(path)).json()["has_api_key"]


async def test_a_double_has_its_own_name(client: httpx.AsyncClient) -> None:
    endpoint = await made(client, api_key=SECRET)
    path = f"/v1/endpoints/{endpoint['id']}/duplicate"
    assert (await client.post(path)).json()["name"] == "Home copy"
    named = await client.post(path, json={"name": "Second"})
    assert (named.status_code, named.json()["name"], named.json()["has_api_key"]) == (201, "Second", True)


async def test_an_endpoint_is_tested_before_it_is_saved_and_after(
    client: httpx.AsyncClient, gateway: FakeGateway
) -> None:
    endpoint = await made(client)
    passed = (await client.post(f"/v1/endpoints/{endpoint['id']}/test")).json()
    assert (passed["object"], passed["passed"], passed["reply"], passed["error"]) == (
        "endpoint.test",
        True,
        "Hello!",
        None,
    )
    assert (await client.post("/v1/endpoints/test", json=ENDPOINT | {"api_key": SECRET})).json() == passed
    saved, draft = gateway.refining.endpoints.tested
    assert saved == endpoint["id"]
    assert getattr(draft, "api_key") == SECRET  # noqa: B009


async def test_the_models_of_a_server_are_listed_before_it_is_saved_and_after(client: httpx.AsyncClient) -> None:
    endpoint = await made(client)
    listed = (await client.get(f"/v1/endpoints/{endpoint['id']}/models")).json()
    assert [model["id"] for model in listed["data"]] == ["llama3.2", "qwen3"]
    assert (await client.post("/v1/endpoints/models", json=ENDPOINT)).json() == listed


async def test_modes_are_made_shown_changed_and_deleted(client: httpx.AsyncClient) -> None:
    body = {"name": "legal", "instructions": "Write it as a lawyer would.", "limits": "rewriting", "temperature": 0.2}
    created = await client.post("/v1/modes", json=body)
    assert (created.status_code, created.headers["location"]) == (201, "/v1/modes/legal")
    assert created.json() | body == created.json()
    assert (await client.patch("/v1/modes/legal", json={"keywords": ["estoppel"]})).json()["keywords"] == ["estoppel"]
    listed = (await client.get("/v1/modes")).json()["data"]
    assert [mode["built_in"] for mode in listed] == [True] * 7 + [False]
    assert (await client.delete("/v1/modes/legal")).json() == {"name": "legal", "object": "mode", "deleted": True}
    assert (await client.get("/v1/modes/legal")).json()["error"]["code"] == "mode_not_found"


async def test_each_tenant_sees_its_own_and_no_other() -> None:
    keyed = KeyedGateway()
    (ours, _), (theirs, _) = await keyed.key(tenant="ours"), await keyed.key(tenant="theirs")
    async with keyed.client(ours) as client:
        path = f"/v1/endpoints/{(await made(client))['id']}"
        await client.post("/v1/modes", json={"name": "legal", "instructions": "Do."})
    async with keyed.client(theirs) as client:
        assert (await client.get("/v1/endpoints")).json()["data"] == []
        for method, each in [("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/test")]:
            response = await client.request(method, each, json={})
            assert response.json()["error"]["code"] == "endpoint_not_found", each
        assert (await client.get("/v1/modes/legal")).status_code == 404
    async with keyed.client() as client:
        for path in ("/v1/endpoints", "/v1/modes"):
            assert (await client.get(path)).status_code == 401
        assert (await client.post("/v1/refine", json={"mode": "clean-up", "text": "Hi."})).status_code == 401


async def test_text_is_refined(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/v1/refine", json={"mode": "clean-up", "text": "um hello"})).json()
    assert answer == {
        "text": "UM HELLO",
        "raw_text": "um hello",
        "refined": True,
        "warnings": [],
        "endpoint_id": "endpoint_1",
        "model": "fake",
    }


async def test_segments_are_refined_in_their_places(client: httpx.AsyncClient) -> None:
    segments = [{"id": 7, "start": 0, "end": 1.5, "text": "um hello"}, {"id": 9, "text": "you"}]
    answer = (
        await client.post("/v1/refine", json={"segments": segments}, headers={"x-earshot-mode": "clean-up"})
    ).json()
    assert answer["text"] == "UM HELLO YOU"
    assert answer["segments"] == [
        {"id": 7, "start": 0.0, "end": 1.5, "text": "UM HELLO"},
        {"id": 9, "start": 0.0, "end": 0.0, "text": "YOU"},
    ]


async def test_a_refiner_that_is_away_gives_the_text_back_or_the_error_that_was_asked_for(gateway: FakeGateway) -> None:
    gateway.refining.refiner.failure = gateway.refining.modes.failure = RefinerUnavailable("away")
    async with gateway.client() as client:
        body = {"mode": "clean-up", "text": "um hello"}
        kept = (await client.post("/v1/refine", json=body)).json()
        failed = await client.post("/v1/refine", json=body | {"on_refine_error": "fail"})
    assert (kept["text"], kept["refined"]) == ("um hello", False)
    assert kept["warnings"] == [{"check": "refiner_unavailable", "message": "away"}]
    assert (failed.status_code, failed.json()["error"]["code"]) == (503, "refiner_unavailable")


async def test_a_service_that_is_away_is_said_to_be(gateway: FakeGateway) -> None:
    gateway.refining.endpoints.failure = RefinerUnavailable("away")
    async with gateway.client() as client:
        response = await client.get("/v1/endpoints")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "refiner_unavailable")


DEEP = b"[" * 100_000
BROKEN = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"name": "\\ud800"}',
    b'{"name": "a\\u0000b"}',
    b'{"name": NaN}',
    b'{"name": 7}',
    b'{"name": null}',
    b'{"name": "x", "provider": "skynet"}',
    b'{"name": "x", "verbatim_url": "yes"}',
    b'{"name": "x", "context_tokens": -1}',
    b'{"name": "x", "context_tokens": 1e99}',
    b'{"name": "x", "apikey": "sk-never-shown"}',
    b'{"name": "x", "api_key": {"sk-never-shown": 1}}',
    b'{"name": ' + DEEP,
    DEEP,
]


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
async def test_broken_json_is_refused_without_a_word_of_it(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/v1/endpoints", content=body, headers=JSON)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert SECRET not in response.text
    assert len(error["message"]) < 300


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"text": "Hi."}, "mode"),
        ({"mode": "clean-up"}, "text"),
        ({"mode": "clean-up", "text": " "}, "text"),
        ({"mode": "clean-up", "text": "Hi.", "segments": [{"id": 1, "text": "Hi."}]}, "segments"),
        ({"mode": "clean-up", "segments": [{"id": 1, "text": "a"}, {"id": 1, "text": "b"}]}, "segments"),
        ({"mode": "clean-up", "segments": [{"id": -1, "text": "a"}]}, "segments.0.id"),
        ({"mode": "clean-up", "text": "Hi.", "on_refine_error": "explode"}, "on_refine_error"),
        ({"mode": "clean-up", "text": "a\0b"}, "text"),
        ({"mode": ["clean-up"], "text": "Hi."}, "mode"),
    ],
)
async def test_what_can_not_be_refined_is_refused_by_name(
    client: httpx.AsyncClient, body: dict[str, Any], param: str
) -> None:
    response = await client.post("/v1/refine", json=body)
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


async def test_a_body_larger_than_any_transcript_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/refine", content=b'{"text": "' + b"a" * 4_200_000, headers=JSON)
    assert response.status_code == 413


@pytest.mark.parametrize("name", ["nobodys", "Clean-Up", "a%00b", "%F0%9F%92%A9", "x" * 65])
async def test_what_is_no_mode_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        response = await client.request(method, f"/v1/modes/{name}", json={})
        assert (response.status_code, response.json()["error"]["code"]) == (404, "mode_not_found")


@pytest.mark.parametrize("name", ["nobodys", "a%00b", "%F0%9F%92%A9", "x" * 200])
async def test_what_is_no_endpoint_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    for method, rest in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/models")]:
        response = await client.request(method, f"/v1/endpoints/{name}{rest}", json={})
        assert (response.status_code, response.json()["error"]["code"]) == (404, "endpoint_not_found")
