"""Keys and words go to the endpoint and to the caller, and nowhere else: not to logs, rows, errors or traces."""

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from speechkit.adapters.key_rotation import rotate_master_key
from speechkit.adapters.postprocess import Postprocess
from speechkit.domain.endpoints import Endpoint, EndpointChanges, EndpointDraft
from speechkit.domain.errors import EarshotError
from speechkit.runtime.settings import JobSettings
from speechkit.runtime.trace_export import exporting_provider
from speechkit.runtime.tracing import traced_by
from tests.chat.dialects import json_reply
from tests.chat.server import ChatServer, chat_server, hang, reset
from tests.chat.service import TENANT, endpoint_at, running_postprocess, to_refine
from tests.chat.writers import refusing

KEY = "sk-marked-5c3e9a71f0b2"
SAID = "um the marked-heron flies at midnight"
WORDS = ("marked-heron", "midnight")


async def test_no_log_line_holds_a_key_or_a_word(
    postprocess: Postprocess, server: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    """On the good way and on the bad ones, with every library's own lines."""
    caplog.set_level(logging.INFO)
    with capture_logs() as lines:
        endpoint = await endpoint_at(postprocess, server, api_key=KEY)
        told: list[object] = [endpoint]
        for failure in (
            None,
            json_reply({"error": {"message": f"wrong key {KEY} for {SAID}"}}, status=401),
            json_reply({"error": {"message": f"broken {KEY}"}}, status=400),
            reset,
        ):
            server.always = failure
            told.append(await postprocess.endpoints.test(endpoint.id, tenant=TENANT))
            await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=5)
        server.always = hang
        await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=0.3)
        server.always, server.write = None, refusing
        await postprocess.refiner.refine(to_refine(SAID, keywords=WORDS), deadline_seconds=5)
        told.append(await postprocess.endpoints.all(tenant=TENANT))
    assert len(lines) > 10
    assert KEY not in str(told)
    for secret in (KEY, *WORDS):
        assert secret not in str(lines)
        assert secret not in caplog.text


async def test_spans_hold_no_key_no_word_and_no_url(postprocess: Postprocess, server: ChatServer) -> None:
    """The call to the chat server stands in the trace of the call that asked for it."""
    exporter = InMemorySpanExporter()
    provider = exporting_provider("test", exporter=exporter)
    with traced_by(provider):
        await endpoint_at(postprocess, server, api_key=KEY)
        await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=5)
        server.always = json_reply({"error": {"message": f"wrong key {KEY} for {SAID}"}}, status=401)
        await postprocess.refiner.refine(to_refine(SAID), deadline_seconds=5)
    provider.shutdown()
    spans = exporter.get_finished_spans()
    refining = [span for span in spans if span.name == "Refine"]
    traces = {span.context.trace_id for span in refining if span.context}
    chats = [span for span in spans if span.name == "POST chat"]
    assert len(chats) == len(refining) == 2
    assert {span.context.trace_id for span in chats if span.context} == traces
    said = "".join(span.to_json() for span in spans)
    for secret in (KEY, server.base_url, *WORDS):
        assert secret not in said


async def test_a_key_is_unreadable_at_rest(postprocess: Postprocess, server: ChatServer, data_dir: Path) -> None:
    await endpoint_at(postprocess, server, api_key=KEY)
    rows = await asyncio.to_thread(lambda: [file.read_bytes() for file in data_dir.glob("earshot.db*")])
    assert rows
    assert not any(KEY.encode() in each for each in rows)


async def test_a_key_is_bound_to_its_endpoint(postprocess: Postprocess, server: ChatServer, data_dir: Path) -> None:
    """Whoever can write rows, but has no master key, can't have one tenant's key sent to another's server."""
    await endpoint_at(postprocess, server, api_key=KEY)
    thief = await endpoint_at(postprocess, server, tenant="thief", api_key="sk-own")
    with sqlite3.connect(data_dir / "earshot.db") as connection:
        connection.execute(
            "UPDATE endpoints SET sealed_key = (SELECT sealed_key FROM endpoints WHERE tenant = ?) WHERE tenant = ?",
            (TENANT, "thief"),
        )
    connection.close()
    with pytest.raises(EarshotError):
        await postprocess.endpoints.test(thief.id, tenant="thief")
    assert server.asked == []


def test_what_is_printed_of_a_draft_has_no_key() -> None:
    assert KEY not in repr(EndpointDraft(name="x", api_key=KEY))
    assert KEY not in repr(EndpointChanges(api_key=KEY))


def test_a_new_master_key_is_put_on_every_endpoint_s_key(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command that puts it on blobs too; the endpoint is asked with the same key as before."""

    def sealed() -> Any:
        with sqlite3.connect(data_dir / "earshot.db") as connection:
            rows = connection.execute("SELECT sealed_key FROM endpoints").fetchall()
        connection.close()
        return rows

    async def kept() -> Endpoint:
        async with chat_server() as server, running_postprocess(data_dir) as postprocess:
            return await endpoint_at(postprocess, server, api_key=KEY)

    async def sent(endpoint: Endpoint) -> str:
        async with chat_server() as server, running_postprocess(data_dir) as postprocess:
            await postprocess.endpoints.update(endpoint.id, EndpointChanges(base_url=server.base_url), tenant=TENANT)
            await postprocess.endpoints.test(endpoint.id, tenant=TENANT)
            return server.chats[-1].headers["authorization"]

    endpoint = asyncio.run(kept())
    old = sealed()
    rotated = asyncio.run(rotate_master_key(JobSettings(data_dir=data_dir)))
    assert rotated.endpoint_keys == 1
    assert sealed() != old
    assert asyncio.run(sent(endpoint)) == f"Bearer {KEY}"
    assert asyncio.run(rotate_master_key(JobSettings(data_dir=data_dir))).endpoint_keys == 1
