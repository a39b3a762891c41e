"""Refinement from door to chat server: the gateway, its worker and the real post-processing service, on loopback."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import openai
import pytest
import structlog
from openai.types.audio import TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent

from earshot.jobs.v1 import jobs_pb2 as jobs
from gateway.refinement.refining import Refining
from gateway.settings import GatewaySettings
from speechkit.adapters.postprocess import open_postprocess
from tests.chat.dialects import OLLAMA, Reply
from tests.chat.server import Asked, ChatServer, chat_server, drip, hang
from tests.chat.service import running_postprocess
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import audio, config, refused, transcribe
from tests.doors.job_calls import created, job_service
from tests.doors.waiting import until
from tests.doors.worker import at_work
from tests.stack.ports import free_ports

SAID = " um the heron owes us seventeen kettles"
RAW, CLEAN = SAID.strip(), "The heron owes us seventeen kettles."
KEY = "sk-of-nobody-in-particular"
SPEECH = ("speech.wav", wav(1.7))
ANY_FORMAT = {"model": "whisper-1"}


@pytest.fixture
async def chat() -> AsyncIterator[ChatServer]:
    async with chat_server() as running:
        yield running


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[FakeGateway]:
    """On the real service, which has a database of its own."""
    gateway = FakeGateway()
    gateway.recognizer.says = lambda _: SAID
    async with running_postprocess(tmp_path) as service:
        gateway.postprocess = Refining(refiner=service.refiner, endpoints=service.endpoints, modes=service.modes)
        yield gateway


@pytest.fixture
async def url(gateway: FakeGateway) -> AsyncIterator[str]:
    async with gateway.served() as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture
async def sdk(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as sdk:
        yield sdk


async def endpoint(client: httpx.AsyncClient, chat: ChatServer, **more: Any) -> dict[str, Any]:
    body = {"name": "Home", "base_url": chat.base_url, "model": "m", "api_key": KEY}
    answer = await client.post("/v1/endpoints", json=body | more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ask(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    data = ANY_FORMAT | {"mode": "clean-up"} | fields
    return await client.post("/v1/audio/transcriptions", data=data, files={"file": SPEECH})


async def test_an_endpoint_is_made_tested_and_used_over_http(client: httpx.AsyncClient) -> None:
    """And its key is in no answer and in no line of the log."""
    with structlog.testing.capture_logs() as lines:
        async with chat_server(OLLAMA) as chat:
            draft = {"provider": "ollama", "base_url": f"http://127.0.0.1:{chat.port}", "model": "m", "api_key": KEY}
            tested = (await client.post("/v1/endpoints/test", json=draft)).json()
            made = await client.post("/v1/endpoints", json=draft | {"name": "Home"})
            saved = await client.post(f"/v1/endpoints/{made.json()['id']}/test")
            listed = await client.get(f"/v1/endpoints/{made.json()['id']}/models")
            shown = await client.get("/v1/endpoints")
            answer = await ask(client)
            assert {asked.headers.get("authorization") for asked in chat.chats} == {f"Bearer {KEY}"}
    assert tested["passed"]
    assert shown.json()["data"][0]["last_test"]["passed"]
    assert listed.json()["data"], "Ollama's own models"
    assert answer.json() == {"text": CLEAN, "raw_text": RAW, "usage": {"type": "duration", "seconds": 2}}
    for each in (made, saved, listed, shown, answer):
        assert KEY not in each.text
    assert KEY not in repr(lines)
    assert "heron" not in repr(lines)


async def test_openai_s_client_reads_both_texts(
    client: httpx.AsyncClient, sdk: openai.AsyncOpenAI, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    transcription = await sdk.audio.transcriptions.create(
        model="whisper-1", file=SPEECH, extra_body={"mode": "clean-up"}
    )
    assert transcription.text == CLEAN
    assert transcription.model_extra == {"raw_text": RAW}
    verbose = await sdk.audio.transcriptions.create(
        model="whisper-1", file=SPEECH, response_format="verbose_json", extra_headers={"x-earshot-mode": "clean-up"}
    )
    assert (verbose.text, [segment.text for segment in verbose.segments or ()]) == (CLEAN, [f" {CLEAN}"])
    subtitles = await sdk.audio.transcriptions.create(
        model="whisper-1", file=SPEECH, response_format="srt", extra_body={"mode": "subtitles"}
    )
    assert subtitles == f"1\n00:00:00,000 --> 00:00:01,700\n{CLEAN}\n\n\n"


async def test_openai_s_client_streams_raw_deltas_and_a_refined_end(
    client: httpx.AsyncClient, sdk: openai.AsyncOpenAI, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    stream = await sdk.audio.transcriptions.create(
        model="whisper-1", file=SPEECH, stream=True, extra_body={"mode": "clean-up"}
    )
    delta, done = [event async for event in stream]
    assert isinstance(delta, TranscriptionTextDeltaEvent)
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert (delta.delta, done.text, done.model_extra) == (RAW, CLEAN, {"raw_text": RAW})


async def test_a_mode_without_an_endpoint_says_so(client: httpx.AsyncClient, chat: ChatServer) -> None:
    made = await endpoint(client, chat)
    own = {"name": "legal", "instructions": "Write it as a lawyer would.", "endpoint_id": made["id"]}
    assert not (await client.post("/v1/modes", json=own)).json()["needs_endpoint"]
    gone = (await client.delete(f"/v1/endpoints/{made['id']}")).json()
    assert "legal" in gone["modes_needing_endpoint"]
    assert (await client.get("/v1/modes/legal")).json()["needs_endpoint"]
    answer = (await ask(client, mode="legal")).json()
    assert (answer["text"], [warning["check"] for warning in answer["warnings"]]) == (RAW, ["needs_endpoint"])
    strict = await ask(client, mode="legal", on_refine_error="fail")
    assert (strict.status_code, strict.json()["error"]["code"]) == (502, "refinement_failed")


async def test_an_answer_that_is_no_clean_up_is_not_used(client: httpx.AsyncClient, chat: ChatServer) -> None:
    await endpoint(client, chat)
    chat.write = lambda _: "Sorry, I can't help with kettles."
    answer = (await ask(client)).json()
    assert (answer["text"], answer["raw_text"]) == (RAW, RAW)
    assert len(answer["warnings"]) == 1


async def test_a_chat_server_that_hangs_costs_no_word(tmp_path: Path, chat: ChatServer, gateway: FakeGateway) -> None:
    """The request's deadline goes all the way, and comes back in time."""
    chat.always = hang
    gateway.settings = GatewaySettings(request_deadline_seconds=3)
    async with gateway.client() as client:
        await endpoint(client, chat)
        async with asyncio.timeout(3):
            answer = (await ask(client)).json()
    assert answer["text"] == RAW
    assert answer["warnings"]


async def test_a_client_that_leaves_ends_the_call_to_the_chat_server(
    client: httpx.AsyncClient, chat: ChatServer, url: str
) -> None:
    left = asyncio.Event()

    async def talk_until_left(_: Asked, writer: asyncio.StreamWriter) -> None:
        try:
            await drip(_, writer)
        except ConnectionError:
            left.set()

    await endpoint(client, chat)
    chat.always = talk_until_left
    async with httpx.AsyncClient(base_url=url) as impatient, asyncio.timeout(10):
        asking = asyncio.create_task(ask(impatient))
        await until(lambda: bool(chat.chats))
        asking.cancel()
        await left.wait()


async def test_a_service_that_is_not_there_costs_no_word() -> None:
    (port,) = free_ports(1)
    async with open_postprocess(f"127.0.0.1:{port}") as away:
        gateway = FakeGateway(postprocess=Refining(refiner=away.refiner, endpoints=away.endpoints, modes=away.modes))
        gateway.recognizer.says = lambda _: SAID
        async with gateway.client() as client:
            answer = await ask(client)
            refined = await client.post("/v1/refine", json={"mode": "clean-up", "text": RAW})
            listed = await client.get("/v1/modes")
            strict = await ask(client, on_refine_error="fail")
    assert (answer.status_code, answer.json()["text"]) == (200, RAW)
    assert answer.headers["x-earshot-warnings"] == "refiner_unavailable"
    assert (refined.json()["text"], refined.json()["refined"]) == (RAW, False)
    assert (listed.status_code, strict.status_code) == (503, 503)


async def test_text_and_segments_are_refined_without_any_sound(client: httpx.AsyncClient, chat: ChatServer) -> None:
    await endpoint(client, chat)
    alone = (await client.post("/v1/refine", json={"mode": "clean-up", "text": RAW})).json()
    assert (alone["text"], alone["refined"], alone["model"]) == (CLEAN, True, "m")
    segments = [{"id": 3, "start": 0.5, "end": 2, "text": RAW}, {"id": 8, "start": 2, "end": 3, "text": "uh and a cup"}]
    several = (await client.post("/v1/refine", json={"mode": "clean-up", "segments": segments})).json()
    assert [(each["id"], each["start"], each["text"]) for each in several["segments"]] == [
        (3, 0.5, CLEAN),
        (8, 2.0, "And a cup."),
    ]


async def test_jobs_end_refined_and_keep_what_was_heard(
    gateway: FakeGateway, client: httpx.AsyncClient, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    async with at_work(gateway), asyncio.timeout(20):
        job = (
            await client.post("/v1/jobs", data={"model": "whisper-1", "mode": "clean-up"}, files={"file": SPEECH})
        ).json()
        while (job := (await client.get(f"/v1/jobs/{job['id']}")).json())["status"] != "completed":
            await asyncio.sleep(0.02)
        path = f"/v1/jobs/{job['id']}/transcript"
        assert (await client.get(path, params={"format": "text"})).text == f"{CLEAN}\n"
        assert (await client.get(path, params={"format": "text", "raw": "true"})).text == f"{RAW}\n"
        assert CLEAN in (await client.get(path, params={"format": "vtt"})).text
    assert (job["mode"], job["warnings"]) == ("clean-up", [])


async def test_a_job_outlives_a_chat_server_that_fails(
    gateway: FakeGateway, client: httpx.AsyncClient, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    chat.always = Reply(status=402, body=b'{"error": {"code": 402, "message": "no credits"}}')
    async with at_work(gateway), asyncio.timeout(20):
        job = (
            await client.post("/v1/jobs", data={"model": "whisper-1", "mode": "clean-up"}, files={"file": SPEECH})
        ).json()
        while (job := (await client.get(f"/v1/jobs/{job['id']}")).json())["status"] != "completed":
            await asyncio.sleep(0.02)
        text = (await client.get(f"/v1/jobs/{job['id']}/transcript", params={"format": "text"})).text
    assert text == f"{RAW}\n"
    assert job["warnings"]


async def test_speech_service_ends_with_both_texts(
    gateway: FakeGateway, client: httpx.AsyncClient, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    async with gateway.served_grpc() as address:
        answer = await transcribe(address, [config(mode="clean-up"), *audio(SPEECH[1])])
        plain = await transcribe(address, [config(), *audio(SPEECH[1])])
        refusal = await refused(address, [config(mode="nobodys"), *audio(SPEECH[1])])
        chat.write = lambda _: "I can't help with that."
        warned = await transcribe(address, [config(mode="clean-up"), *audio(SPEECH[1])])
        strict = await refused(address, [config(mode="clean-up", strict_refinement=True), *audio(SPEECH[1])])
    assert answer.transcript
    assert (answer.transcript.text, answer.transcript.raw_text) == (CLEAN, RAW)
    assert [segment.text for segment in answer.segments] == [SAID]
    assert plain.transcript
    assert (plain.transcript.text, plain.transcript.raw_text, list(plain.transcript.warnings)) == (RAW, "", [])
    assert refusal.reason == "REASON_MODE_NOT_FOUND"
    assert warned.transcript
    assert (warned.transcript.text, len(warned.transcript.warnings)) == (RAW, 1)
    assert (strict.code, strict.reason) == (grpc.StatusCode.ABORTED, "REASON_REFINEMENT_FAILED")


async def test_job_service_gives_the_refined_transcript_or_the_raw_one(
    gateway: FakeGateway, client: httpx.AsyncClient, chat: ChatServer
) -> None:
    await endpoint(client, chat)
    async with at_work(gateway), gateway.served_grpc() as address, job_service(address) as service, asyncio.timeout(20):
        job = await created(service, mode="clean-up")
        async for news in service.WatchJob(jobs.WatchJobRequest(job_id=job.id)):
            job = news.job
        texts = []
        for raw in (False, True):
            asked = jobs.GetTranscriptRequest(job_id=job.id, raw=raw)
            *_, last = [part async for part in service.GetTranscript(asked)]
            texts.append(last.transcript.text)
    assert (job.mode, texts) == ("clean-up", [CLEAN, RAW])
