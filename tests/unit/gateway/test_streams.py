"""`stream=true`: OpenAI's events, byte by byte, and what a client is told when a stream can't go on."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.domain.audio import Samples
from speechkit.domain.errors import EarshotError, Overloaded
from speechkit.domain.options import TranscriptionOptions
from speechkit.ports import Hypothesis
from tests.doors.events import DONE, read_events
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.fakes.recognizer import FakeRecognizer

TRANSLATIONS = "/v1/audio/translations"
PHRASES = (3.0, 3.0, 3.0)
"""Seconds of tone, each with three of silence behind it, and so in a window of its own."""


def phrases() -> bytes:
    head, silence = wav(0)[:44], wav(3, amplitude=0)[44:]
    sound = b"".join(wav(length)[44:] + silence for length in PHRASES)
    return head[:4] + (36 + len(sound)).to_bytes(4, "little") + head[8:40] + len(sound).to_bytes(4, "little") + sound


async def stream(client: httpx.AsyncClient, path: str = TRANSCRIPTIONS, **fields: str) -> httpx.Response:
    data = {"model": "whisper-1", "stream": "true"} | fields
    return await client.post(path, data=data, files={"file": ("speech.wav", phrases())})


@pytest.mark.parametrize("path", [TRANSCRIPTIONS, TRANSLATIONS])
async def test_stream_is_byte_for_byte_openai_s(client: httpx.AsyncClient, path: str) -> None:
    response = await stream(client, path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-request-id"].startswith("req_")
    assert response.content == (
        b'data: {"type":"transcript.text.delta","delta":"Hello 0."}\r\n\r\n'
        b'data: {"type":"transcript.text.delta","delta":" Hello 1."}\r\n\r\n'
        b'data: {"type":"transcript.text.delta","delta":" Hello 2."}\r\n\r\n'
        b'data: {"type":"transcript.text.done","text":"Hello 0. Hello 1. Hello 2."}\r\n\r\n'
        b"data: [DONE]\r\n\r\n"
    )


async def test_log_probabilities_ride_on_deltas_and_on_the_end(client: httpx.AsyncClient) -> None:
    *deltas, done, _ = read_events((await stream(client, **{"include[]": "logprobs"})).content)
    assert deltas[0]["logprobs"][0] == {"token": " Hello", "logprob": -0.25, "bytes": list(b" Hello")}
    assert [entry for delta in deltas for entry in delta["logprobs"]] == done["logprobs"]


async def test_silence_is_a_done_event_without_text(client: httpx.AsyncClient) -> None:
    files = {"file": ("silence.wav", wav(3, amplitude=0))}
    response = await client.post(TRANSCRIPTIONS, data={"model": "whisper-1", "stream": "true"}, files=files)
    assert read_events(response.content) == [{"type": "transcript.text.done", "text": ""}, DONE]


@pytest.mark.parametrize("asked", ["false", "", "False", "0"])
async def test_streams_are_sent_only_when_asked_for(client: httpx.AsyncClient, asked: str) -> None:
    assert (await stream(client, stream=asked)).json()["text"] == "Hello 0. Hello 1. Hello 2."


async def test_stream_must_be_true_or_false(client: httpx.AsyncClient) -> None:
    response = await stream(client, stream="perhaps")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "stream")


@pytest.mark.parametrize("sound", [b"no sound", wav(0.05)], ids=["undecodable", "too short"])
async def test_what_is_wrong_with_the_file_is_an_ordinary_error(client: httpx.AsyncClient, sound: bytes) -> None:
    """Known before the first event, so there is still a status to say it with."""
    data = {"model": "whisper-1", "stream": "true"}
    response = await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", sound)})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["param"] == "file"


async def test_a_busy_recognizer_is_still_a_429_with_its_wait(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    gateway.recognizer.fails_with = Overloaded("busy")
    response = await stream(client)
    assert (response.status_code, response.headers["retry-after"]) == (429, "5")


@dataclass(kw_only=True)
class FailsLater(FakeRecognizer):
    """Hears one window, and fails at the next once the first was delivered."""

    failure: Exception

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        is_first = not self.calls
        hypothesis = await super().recognize(samples, options, deadline_seconds=deadline_seconds)
        if not is_first:
            await asyncio.sleep(0.02)
            raise self.failure
        return hypothesis


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Overloaded("busy"), {"message": "busy", "type": "server_error", "param": None, "code": "overloaded"}),
        (RuntimeError("the secret of the house"), {"type": "server_error", "param": None, "code": None}),
    ],
)
async def test_a_failure_in_mid_stream_is_the_last_event(failure: Exception, error: dict[str, Any]) -> None:
    gateway = FakeGateway(recognizer=FailsLater(failure=failure))
    async with gateway.client() as client:
        response = await stream(client)
    delta, last = read_events(response.content)
    assert delta["type"] == "transcript.text.delta"
    assert last["error"].items() >= error.items()
    assert set(last["error"]) == {"message", "type", "param", "code"}
    assert "secret" not in response.text
    assert (gateway.open_spools, gateway.decoder.open_files) == (0, 0)


async def test_a_deadline_in_mid_stream_says_so() -> None:
    gateway = FakeGateway(settings=GatewaySettings(request_deadline_seconds=0.5, stream_keepalive_seconds=0.05))
    gateway.recognizer.delay_seconds = 30
    async with gateway.client() as client:
        response = await stream(client)
    (last,) = read_events(response.content)
    assert last["error"]["code"] == "deadline_exceeded"
    assert gateway.recognizer.in_flight == 0


async def test_comments_keep_a_silent_stream_alive() -> None:
    gateway = FakeGateway(settings=GatewaySettings(stream_keepalive_seconds=0.05))
    gateway.recognizer.delay_seconds = 0.3
    async with gateway.client() as client:
        response = await stream(client)
    assert response.content.startswith(b": keep-alive\r\n\r\n")
    assert read_events(response.content)[-1] == DONE


async def test_once_a_comment_was_sent_a_failure_can_only_be_an_event() -> None:
    gateway = FakeGateway(settings=GatewaySettings(stream_keepalive_seconds=0.05))
    gateway.recognizer.delay_seconds, gateway.recognizer.fails_with = 0.2, EarshotError("failed")
    async with gateway.client() as client:
        response = await stream(client)
    assert response.status_code == 200
    assert read_events(response.content)[0]["error"]["message"] == "failed"
