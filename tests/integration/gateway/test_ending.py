"""How an HTTP server ends: no request is lost on a connection that its client believes to be open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from speechkit.runtime import http_server as module
from speechkit.runtime.http_server import http_server


async def slowly(request: Request) -> PlainTextResponse:
    await asyncio.sleep(float(request.query_params.get("seconds", "0")))
    return PlainTextResponse("answer")


@pytest.fixture
async def server() -> AsyncIterator[tuple[AsyncExitStack, httpx.AsyncClient]]:
    app = Starlette(routes=[Route("/", slowly)])
    async with AsyncExitStack() as running:
        listening = http_server(app, host="127.0.0.1", port=0, port_setting="", grace_seconds=5)
        port = await running.enter_async_context(listening)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            yield running, http


async def test_whoever_asks_again_while_the_server_ends_is_answered_and_told_to_connect_anew(
    server: tuple[AsyncExitStack, httpx.AsyncClient],
) -> None:
    running, http = server
    assert "connection" not in (await http.get("/")).headers
    ending = asyncio.create_task(running.aclose())
    await asyncio.sleep(0.2)
    answer = await http.get("/")
    assert (answer.text, answer.headers["connection"]) == ("answer", "close")
    await ending


async def test_a_request_that_is_under_way_is_answered_with_the_same_word(
    server: tuple[AsyncExitStack, httpx.AsyncClient],
) -> None:
    running, http = server
    asked = asyncio.create_task(http.get("/?seconds=1.5"))
    await asyncio.sleep(0.3)
    await running.aclose()
    answer = await asked
    assert (answer.text, answer.headers["connection"]) == ("answer", "close")


async def test_a_server_with_no_connections_ends_at_once(server: tuple[AsyncExitStack, httpx.AsyncClient]) -> None:
    running, http = server
    await http.get("/", headers={"connection": "close"})
    async with asyncio.timeout(module.FAREWELL_SECONDS / 2):
        await running.aclose()


async def test_an_idle_connection_does_not_keep_the_server(
    server: tuple[AsyncExitStack, httpx.AsyncClient],
) -> None:
    running, http = server
    await http.get("/")
    async with asyncio.timeout(module.FAREWELL_SECONDS + 1):
        await running.aclose()
