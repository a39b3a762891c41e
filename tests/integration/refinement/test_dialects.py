"""Every dialect of chat completions is understood: answers, streams, thoughts, errors, models and contexts."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from speechkit.adapters.postprocess import Postprocess
from tests.chat.dialects import DIALECTS, ERRORS, OLLAMA, OPENAI, Dialect
from tests.chat.server import ChatServer, chat_server
from tests.chat.service import TENANT, endpoint_at, to_refine
from tests.chat.writers import Written, faithful, hello

KEY = "sk-4f0c9d2e7b"
SAID = "um the parcel weighs 12 kilos and goes to Bergen on the third of May"
CLEAN = "The parcel weighs 12 kilos and goes to Bergen on the third of May."

each_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


@each_dialect
async def test_a_transcript_is_refined_and_the_request_says_no_more_than_all_servers_know(
    dialect: Dialect, postprocess: Postprocess
) -> None:
    async with chat_server(dialect) as server:
        endpoint = await endpoint_at(postprocess, server, api_key=KEY)
        refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert (refined.text, refined.raw_text, refined.warnings) == (CLEAN, SAID, ())
    assert (refined.refined, refined.endpoint_id, refined.model) == (True, endpoint.id, "m")
    (asked,) = server.chats
    assert set(asked.body) == {"model", "messages", "temperature", "max_tokens", "stream"}
    assert all(isinstance(message["content"], str) for message in asked.messages)
    assert asked.headers["authorization"] == f"Bearer {KEY}"


@each_dialect
async def test_a_server_that_does_not_stream_is_understood_too(dialect: Dialect, postprocess: Postprocess) -> None:
    async with chat_server(dialect) as server:
        server.streams = False
        await endpoint_at(postprocess, server)
        refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert refined.text == CLEAN
    assert "authorization" not in server.chats[0].headers


@each_dialect
async def test_what_a_model_thinks_is_no_part_of_the_text(dialect: Dialect, postprocess: Postprocess) -> None:
    """Whether it comes in a field of its own, or in tags among the words."""
    async with chat_server(dialect) as server:
        await endpoint_at(postprocess, server)
        for before in ("<think>The user wants it clean.</think>\n", "I should keep 12.</think>\n", ""):
            server.write = partial(thoughtful, before)
            assert (await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)).text == CLEAN


def thoughtful(before: str, messages: list[dict[str, Any]]) -> Written:
    return Written(before + faithful(messages), thought="Hm, 12?")


@each_dialect
async def test_the_models_of_a_server_are_listed_to_pick_from(dialect: Dialect, postprocess: Postprocess) -> None:
    async with chat_server(dialect) as server:
        endpoint = await endpoint_at(postprocess, server, api_key=KEY)
        listed = await postprocess.endpoints.models(endpoint.id, tenant=TENANT)
    assert (listed.models, listed.error) == (("m",), "")
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


@each_dialect
async def test_an_endpoint_says_hello_exactly_as_the_contract_has_it(
    dialect: Dialect, postprocess: Postprocess
) -> None:
    async with chat_server(dialect, write=hello) as server:
        endpoint = await endpoint_at(postprocess, server)
        test = await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
    assert (test.passed, test.reply, test.error) == (True, "Hello!", "")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", dialect.chat_path)
    assert asked.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Say hello in one word."}],
        "max_tokens": 10,
        "temperature": 0.0,
    }


@pytest.mark.parametrize("error", ERRORS)
async def test_every_error_of_every_server_is_told_for_what_it_is_and_costs_no_word(
    error: str, postprocess: Postprocess, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postprocess.chat.client.FIRST_WAIT_SECONDS", 0.01)
    reply, check = ERRORS[error]
    server.always = replace(reply, body=reply.body.replace(b"KEY", KEY.encode()))
    endpoint = await endpoint_at(postprocess, server, api_key=KEY)
    refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert (refined.text, refined.refined) == (SAID, False)
    assert [warning.check for warning in refined.warnings] == [check]
    test = await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
    assert not test.passed
    assert len(test.error) > 20
    assert KEY not in str((refined, test))


async def test_an_answer_without_words_is_no_answer(postprocess: Postprocess, server: ChatServer) -> None:
    """Content that is null: the model spent its tokens on thinking, or called a tool that it does not have."""
    endpoint = await endpoint_at(postprocess, server)
    server.always = OPENAI.whole(None)
    test = await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
    refined = await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=10)
    assert not test.passed
    assert (refined.text, [warning.check for warning in refined.warnings]) == (SAID, ["empty"])


async def test_models_that_cannot_be_listed_leave_the_choice_open(postprocess: Postprocess) -> None:
    async with chat_server(OLLAMA) as server:
        endpoint = await endpoint_at(postprocess, server, base_url=f"{server.base_url}/elsewhere", verbatim_url=True)
        listed = await postprocess.endpoints.models(endpoint.id, tenant=TENANT)
    assert listed.models == ()
    assert "Type the model's name" in listed.error


CONTEXTS = {"openai": 4096, "ollama": 8192, "lmstudio": 6144, "vllm": 10240, "llama.cpp": 5120, "openrouter": 12288}


@each_dialect
async def test_no_call_is_longer_than_what_the_server_says_its_model_reads(
    dialect: Dialect, postprocess: Postprocess
) -> None:
    """A summary goes in one piece if it can, so that its calls show how much the service thinks there is room for."""
    said = "We talked about the harbour and its new cranes. " * 1600
    async with chat_server(dialect, write=lambda messages: "We talked about the harbour and its new cranes.") as server:
        await endpoint_at(postprocess, server)
        await postprocess.refiner.refine(to_refine(said, mode="summary"), deadline_seconds=30)
    sizes = [sum(len(message["content"]) for message in asked.messages) / 3 for asked in server.chats]
    allowed = [size + asked.body["max_tokens"] for size, asked in zip(sizes, server.chats, strict=True)]
    context = CONTEXTS[dialect.name]
    assert context * 0.75 < max(allowed) <= context
    assert len(sizes) >= 3
