"""OpenAI's own Python client reads streams and translations of the running gateway, sync and async."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import openai
import pytest
import pytest_asyncio

from speechkit.domain.audio import Samples
from speechkit.domain.errors import RecognizerUnavailable
from speechkit.domain.options import TranscriptionOptions
from speechkit.ports import Hypothesis
from tests.doors.gateway import FakeGateway
from tests.doors.waiting import until
from tests.fakes.recognizer import FakeRecognizer
from tests.unit.gateway.test_streams import PHRASES, phrases

WHOLE = "Hello 0. Hello 1. Hello 2."


@dataclass(kw_only=True)
class Held(FakeRecognizer):
    """Hears the first windows at once, and the last one only when it is let go."""

    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        is_last = len(self.calls) + 1 == len(PHRASES)
        hypothesis = await super().recognize(samples, options, deadline_seconds=deadline_seconds)
        if is_last:
            self.in_flight += 1
            try:
                await self.let_go.wait()
            finally:
                self.in_flight -= 1
            if self.failure:
                raise self.failure
        return hypothesis


@pytest.fixture
def recognizer() -> Held:
    return Held()


@pytest.fixture
def gateway(recognizer: Held) -> FakeGateway:
    return FakeGateway(recognizer=recognizer)


@pytest_asyncio.fixture
async def base_url(gateway: FakeGateway) -> AsyncIterator[str]:
    async with gateway.served() as url:
        yield f"{url}/v1"


@pytest_asyncio.fixture
async def client(base_url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client


async def test_the_first_delta_arrives_before_the_last_window_is_recognized(
    client: openai.AsyncOpenAI, recognizer: Held
) -> None:
    events = await client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", phrases()), stream=True, include=["logprobs"]
    )
    first = await anext(events)
    assert not recognizer.let_go.is_set()
    assert first.type == "transcript.text.delta"
    assert first.logprobs
    assert (first.delta, first.logprobs[0].token) == ("Hello 0.", " Hello")
    recognizer.let_go.set()
    rest = [event async for event in events]
    assert [event.type for event in rest] == ["transcript.text.delta"] * 2 + ["transcript.text.done"]
    assert rest[-1].type == "transcript.text.done"
    assert rest[-1].text == WHOLE
    type(rest[-1]).model_validate(rest[-1].model_dump(), strict=True)


async def test_sync_client_streams(base_url: str, recognizer: Held) -> None:
    recognizer.let_go.set()

    def stream() -> list[str]:
        with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
            events = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", phrases()), stream=True)
            return [event.type for event in events]

    assert await asyncio.to_thread(stream) == ["transcript.text.delta"] * 3 + ["transcript.text.done"]


async def test_a_failure_in_mid_stream_is_the_client_s_own_exception(
    client: openai.AsyncOpenAI, recognizer: Held
) -> None:
    recognizer.failure = RecognizerUnavailable("away")
    events = await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", phrases()), stream=True)
    await anext(events)
    recognizer.let_go.set()
    with pytest.raises(openai.APIError, match="away") as caught:
        [event async for event in events]
    assert caught.value.code == "recognizer_unavailable"


async def test_a_refusal_before_the_first_event_has_its_status(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="corrupted"):
        await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"no sound"), stream=True)


async def test_leaving_a_stream_ends_its_work(
    client: openai.AsyncOpenAI, gateway: FakeGateway, recognizer: Held
) -> None:
    events = await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", phrases()), stream=True)
    await anext(events)
    await until(lambda: recognizer.in_flight == 1)
    await events.close()
    await until(lambda: recognizer.in_flight == 0)
    await until(lambda: gateway.open_spools == 0)
    assert gateway.decoder.open_files == 0


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # by OpenAI, not by us
async def test_translations(client: openai.AsyncOpenAI, base_url: str, recognizer: Held) -> None:
    recognizer.let_go.set()
    brief = await client.audio.translations.create(model="whisper-1", file=("a.wav", phrases()))
    assert brief.text == WHOLE
    verbose = await client.audio.translations.create(
        model="whisper-1", file=("a.wav", phrases()), response_format="verbose_json", extra_body={"language": "de"}
    )
    type(verbose).model_validate(verbose.model_dump(), strict=True)
    assert verbose.language == "english"
    assert {(call.options.task.value, call.options.language) for call in recognizer.calls[3:]} == {("translate", "de")}

    def subtitles() -> str:
        with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as sync_client:
            return sync_client.audio.translations.create(
                model="whisper-1", file=("a.wav", phrases()), response_format="srt"
            )

    assert (await asyncio.to_thread(subtitles)).startswith("1\n00:00:00,000 --> ")
