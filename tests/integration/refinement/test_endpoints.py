"""Endpoints by the contract: presets, paths, keys that are never given back, tests and what clears them, doubles."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from speechkit.adapters.postprocess import Postprocess
from speechkit.domain.endpoints import EndpointChanges, EndpointDraft, Provider
from speechkit.domain.errors import EndpointNotFound, InvalidRequest, NameTaken
from speechkit.domain.modes import ModeChanges
from tests.chat.dialects import json_reply
from tests.chat.server import ChatServer
from tests.chat.service import TENANT, endpoint_at, to_refine
from tests.chat.writers import hello

KEY = "sk-7d1f04"


def draft(**said: Any) -> EndpointDraft:
    return EndpointDraft(**{"name": "mine", "base_url": "https://chat.example/v1", "model": "m", **said})


PATHS = [
    (Provider.LMSTUDIO, "", "http://localhost:1234/v1/chat/completions"),
    (Provider.OLLAMA, "", "http://localhost:11434/v1/chat/completions"),
    (Provider.OPENROUTER, "", "https://openrouter.ai/api/v1/chat/completions"),
    (Provider.TOGETHER, "", "https://api.together.xyz/v1/chat/completions"),
    (Provider.GROQ, "", "https://api.groq.com/openai/v1/chat/completions"),
    (Provider.LMSTUDIO, "http://10.0.0.5:1234/v1", "http://10.0.0.5:1234/v1/chat/completions"),
    (Provider.OLLAMA, "http://10.0.0.5:11434/", "http://10.0.0.5:11434/v1/chat/completions"),
    (Provider.OLLAMA, "http://10.0.0.5:11434/v1", "http://10.0.0.5:11434/v1/chat/completions"),
    (Provider.CUSTOM, "https://chat.example/v1", "https://chat.example/v1/chat/completions"),
    (Provider.CUSTOM, "https://chat.example", "https://chat.example/chat/completions"),
    (Provider.CUSTOM, "https://chat.example/v1/", "https://chat.example/v1/chat/completions"),
    (Provider.CUSTOM, "https://chat.example/v1/chat/completions", "https://chat.example/v1/chat/completions"),
    (Provider.CUSTOM, "https://chat.example/v1/chat/completions/", "https://chat.example/v1/chat/completions"),
    (
        Provider.CUSTOM,
        "https://chat.example/deployments/m?api-version=1",
        "https://chat.example/deployments/m/chat/completions?api-version=1",
    ),
]


@pytest.mark.parametrize(("provider", "base_url", "chat_url"), PATHS)
async def test_known_servers_are_prefilled_and_the_path_is_appended_where_it_is_missing(
    provider: Provider, base_url: str, chat_url: str, postprocess: Postprocess
) -> None:
    endpoint = await postprocess.endpoints.create(draft(provider=provider, base_url=base_url), tenant=TENANT)
    assert endpoint.chat_url == chat_url


async def test_a_url_is_taken_as_it_is_where_that_is_asked_for(postprocess: Postprocess) -> None:
    url = "https://chat.example/my/own/path"
    endpoint = await postprocess.endpoints.create(draft(base_url=url, verbatim_url=True), tenant=TENANT)
    assert endpoint.chat_url == url


async def test_an_endpoint_is_there_for_its_tenant_and_for_nobody_else(
    postprocess: Postprocess, server: ChatServer
) -> None:
    mine = await endpoint_at(postprocess, server, name="b", api_key=KEY)
    other = await endpoint_at(postprocess, server, name="a")
    theirs = await endpoint_at(postprocess, server, name="b", tenant="another")
    assert await postprocess.endpoints.all(tenant=TENANT) == (other, mine)
    assert await postprocess.endpoints.all(tenant="another") == (theirs,)
    endpoints = postprocess.endpoints
    for call in (
        endpoints.get(mine.id, tenant="another"),
        endpoints.update(mine.id, EndpointChanges(name="x"), tenant="another"),
        endpoints.duplicate(mine.id, tenant="another"),
        endpoints.delete(mine.id, tenant="another"),
        endpoints.test(mine.id, tenant="another"),
        endpoints.models(mine.id, tenant="another"),
        postprocess.modes.update("clean-up", ModeChanges(endpoint_id=mine.id), tenant="another"),
    ):
        with pytest.raises(EndpointNotFound):
            await call
    assert await endpoints.get(mine.id, tenant=TENANT) == mine
    assert server.asked == []


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"base_url": ""}, "base_url"),
        ({"base_url": "chat.example/v1"}, "base_url"),
        ({"base_url": "ftp://chat.example/v1"}, "base_url"),
        ({"base_url": "https://user:password@chat.example/v1"}, "base_url"),
        ({"base_url": "http://chat.example" + "/v" * 2000}, "base_url"),
        ({"model": ""}, "model"),
        ({"api_key": "two words"}, "api_key"),
        ({"api_key": "line\r\nx-injected: 1"}, "api_key"),
        ({"api_key": "schlüssel"}, "api_key"),
        ({"context_tokens": 100}, "context_tokens"),
    ],
)
async def test_what_cannot_be_asked_is_not_saved(said: dict[str, Any], param: str, postprocess: Postprocess) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await postprocess.endpoints.create(draft(**said), tenant=TENANT)
    assert refused.value.param == param
    assert await postprocess.endpoints.all(tenant=TENANT) == ()


async def test_a_key_stays_when_it_is_not_named_and_goes_when_it_is_empty(
    postprocess: Postprocess, server: ChatServer
) -> None:
    async def sent_key() -> str | None:
        await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
        return server.chats[-1].headers.get("authorization")

    endpoint = await endpoint_at(postprocess, server, api_key=KEY)
    assert await sent_key() == f"Bearer {KEY}"
    update = postprocess.endpoints.update
    assert (await update(endpoint.id, EndpointChanges(name="renamed"), tenant=TENANT)).has_api_key
    assert await sent_key() == f"Bearer {KEY}"
    assert (await update(endpoint.id, EndpointChanges(api_key="sk-new"), tenant=TENANT)).has_api_key
    assert await sent_key() == "Bearer sk-new"
    assert not (await update(endpoint.id, EndpointChanges(api_key=""), tenant=TENANT)).has_api_key
    assert await sent_key() is None


async def test_a_draft_is_tested_and_its_models_listed_before_it_is_saved(
    postprocess: Postprocess, server: ChatServer
) -> None:
    server.write = hello
    unsaved = EndpointDraft(name="", base_url=server.base_url, model="m", api_key=KEY)
    assert (await postprocess.endpoints.test(unsaved, tenant=TENANT)).reply == "Hello!"
    assert (await postprocess.endpoints.models(unsaved, tenant=TENANT)).models == ("m",)
    assert await postprocess.endpoints.all(tenant=TENANT) == ()


async def test_the_last_result_is_kept_and_goes_with_the_url_it_was_about(
    postprocess: Postprocess, server: ChatServer
) -> None:
    server.write = hello
    endpoint = await endpoint_at(postprocess, server)
    assert endpoint.last_test is None
    test = await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
    assert (await postprocess.endpoints.get(endpoint.id, tenant=TENANT)).last_test == test
    update = postprocess.endpoints.update
    assert (await update(endpoint.id, EndpointChanges(name="n", model="m2"), tenant=TENANT)).last_test == test
    same = EndpointChanges(base_url=f"{server.base_url}/chat/completions")
    assert (await update(endpoint.id, same, tenant=TENANT)).last_test == test
    moved = EndpointChanges(base_url="https://elsewhere.example/v1")
    assert (await update(endpoint.id, moved, tenant=TENANT)).last_test is None


async def test_a_test_that_fails_is_kept_too_with_its_reason(postprocess: Postprocess, server: ChatServer) -> None:
    server.always = json_reply({"error": {"message": f"wrong key {KEY}"}}, status=401)
    endpoint = await endpoint_at(postprocess, server, api_key=KEY)
    await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
    kept = (await postprocess.endpoints.get(endpoint.id, tenant=TENANT)).last_test
    assert kept
    assert not kept.passed
    assert "refused the API key" in kept.error
    assert KEY not in kept.error


async def test_a_double_has_another_name_and_the_same_settings_key_and_status(
    postprocess: Postprocess, server: ChatServer
) -> None:
    server.write = hello
    first = await endpoint_at(postprocess, server, api_key=KEY, context_tokens=9000)
    await postprocess.endpoints.test(first.id, tenant=TENANT)
    first = await postprocess.endpoints.get(first.id, tenant=TENANT)
    names = [(await postprocess.endpoints.duplicate(first.id, tenant=TENANT)).name for _ in range(2)]
    named = await postprocess.endpoints.duplicate(first.id, tenant=TENANT, name="twin")
    assert [*names, named.name] == ["chat copy", "chat copy 2", "twin"]
    assert (named.chat_url, named.model, named.context_tokens) == (first.chat_url, first.model, 9000)
    assert (named.has_api_key, named.last_test, named.is_default) == (True, first.last_test, False)
    await postprocess.endpoints.test(named.id, tenant=TENANT)
    assert server.chats[-1].headers["authorization"] == f"Bearer {KEY}"
    with pytest.raises(NameTaken):
        await postprocess.endpoints.duplicate(first.id, tenant=TENANT, name="twin")


async def test_where_the_key_cannot_be_copied_the_status_is_not_either(
    postprocess: Postprocess, server: ChatServer, data_dir: Path
) -> None:
    first = await endpoint_at(postprocess, server, api_key=KEY)
    await postprocess.endpoints.test(first.id, tenant=TENANT)
    _damage_keys(data_dir)
    double = await postprocess.endpoints.duplicate(first.id, tenant=TENANT)
    assert (double.has_api_key, double.last_test) == (False, None)
    refined = await postprocess.refiner.refine(to_refine("hello there"), deadline_seconds=5)
    assert (refined.text, [warning.check for warning in refined.warnings]) == ("hello there", ["internal"])


async def test_what_is_deleted_is_gone_with_its_key_and_its_modes_need_another(
    postprocess: Postprocess, server: ChatServer, data_dir: Path
) -> None:
    default = await endpoint_at(postprocess, server, name="default", api_key=KEY)
    other = await endpoint_at(postprocess, server, name="other")
    await postprocess.modes.update("email", ModeChanges(endpoint_id=other.id), tenant=TENANT)
    assert await postprocess.endpoints.delete(other.id, tenant=TENANT) == ("email",)
    modes = {mode.name: mode for mode in await postprocess.modes.all(tenant=TENANT)}
    assert [name for name, mode in modes.items() if mode.needs_endpoint] == ["email"]
    with pytest.raises(EndpointNotFound):
        await postprocess.endpoints.delete(other.id, tenant=TENANT)
    in_need = await postprocess.endpoints.delete(default.id, tenant=TENANT)
    assert set(in_need) == set(modes) - {"email", "verbatim"}
    with sqlite3.connect(data_dir / "earshot.db") as connection:
        assert connection.execute("SELECT count(*) FROM endpoints").fetchall() == [(0,)]
    connection.close()
    again = await endpoint_at(postprocess, server, name="again")
    assert again.is_default
    assert not (await postprocess.modes.get("clean-up", tenant=TENANT)).needs_endpoint


async def test_the_default_is_the_first_until_another_is_named(postprocess: Postprocess, server: ChatServer) -> None:
    first = await endpoint_at(postprocess, server, name="first")
    second = await endpoint_at(postprocess, server, name="second")
    assert (first.is_default, second.is_default) == (True, False)
    await postprocess.endpoints.update(second.id, EndpointChanges(is_default=True), tenant=TENANT)
    there = {endpoint.name: endpoint.is_default for endpoint in await postprocess.endpoints.all(tenant=TENANT)}
    assert there == {"first": False, "second": True}
    assert (await postprocess.refiner.refine(to_refine("hello there"), deadline_seconds=5)).endpoint_id == second.id


def _damage_keys(data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "earshot.db") as connection:
        connection.execute("UPDATE endpoints SET sealed_key = randomblob(60)")
    connection.close()
