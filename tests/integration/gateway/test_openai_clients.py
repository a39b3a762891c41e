"""OpenAI's own Python client, sync and async, against the running gateway."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Literal

import openai
import pytest
import pytest_asyncio
from openai.types.audio import TranscriptionTextDoneEvent
from openai.types.audio.transcription import UsageDuration
from openai.types.audio.transcription_language import TranscriptionLanguage

from gateway.settings import GatewaySettings
from speechkit.domain.errors import Reason, RecognizerUnavailable
from speechkit.runtime.error_tables import RETRIES, Retry
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.waiting import until


@pytest_asyncio.fixture
async def base_url(gateway: FakeGateway) -> AsyncIterator[str]:
    async with gateway.served() as url:
        yield f"{url}/v1"


@pytest_asyncio.fixture
async def client(base_url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client


def speech(seconds: float = 1.7) -> tuple[str, bytes]:
    return ("speech.wav", wav(seconds))


async def test_async_client_transcribes(client: openai.AsyncOpenAI) -> None:
    transcription = await client.audio.transcriptions.create(model="whisper-1", file=speech())
    assert transcription.text == "Hello 0."
    assert isinstance(transcription.usage, UsageDuration)
    assert transcription.usage.seconds == 2


async def test_languages_that_were_heard_reach_the_client(client: openai.AsyncOpenAI) -> None:
    transcription = await client.audio.transcriptions.create(model="gpt-transcribe", file=speech())
    assert transcription.languages == [TranscriptionLanguage(code="en")]
    stream = await client.audio.transcriptions.create(model="gpt-transcribe", file=speech(), stream=True)
    done = [event async for event in stream][-1]
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert done.languages == [TranscriptionLanguage(code="en")]


async def test_sync_client_transcribes(base_url: str) -> None:
    def transcribe() -> str:
        with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
            return client.audio.transcriptions.create(model="gpt-4o-transcribe", file=io.BytesIO(wav(1))).text

    assert await asyncio.to_thread(transcribe) == "Hello 0."


async def test_verbose_answers_pass_the_client_s_strict_validation(client: openai.AsyncOpenAI) -> None:
    verbose = await client.audio.transcriptions.create(
        model="whisper-1",
        file=speech(),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        language="en",
        prompt="Names",
        temperature=0,
    )
    type(verbose).model_validate(verbose.model_dump(), strict=True)
    assert (verbose.language, verbose.duration) == ("english", 1.7)
    assert verbose.segments
    assert verbose.words
    (segment,) = verbose.segments
    assert (segment.id, segment.text) == (0, " Hello 0.")
    assert [word.word for word in verbose.words] == ["Hello", "0"]


async def test_what_the_guards_took_out_is_told_to_who_asks(gateway: FakeGateway, client: openai.AsyncOpenAI) -> None:
    """The client's types know nothing of it, so it goes beside them; nobody else's answer has it."""
    gateway.recognizer.says = lambda _: " Thanks for watching!"
    gateway.recognizer.no_speech_prob, gateway.recognizer.avg_logprob = 0.9, -0.9
    asked = client.audio.transcriptions.create
    told = await asked(
        model="whisper-1", file=speech(), response_format="verbose_json", extra_body={"include": ["discarded"]}
    )
    assert told.text == ""
    (discarded,) = told.model_dump()["discarded"]
    assert discarded["text"] == " Thanks for watching!"
    assert discarded["guard"] == "phrase"
    assert 0 <= discarded["start"] < discarded["end"] <= 1.7
    unasked = await asked(model="whisper-1", file=speech(), response_format="verbose_json")
    assert "discarded" not in unasked.model_dump()
    with pytest.raises(openai.BadRequestError, match="`response_format` must be `verbose_json`"):
        await asked(model="whisper-1", file=speech(), extra_body={"include": ["discarded"]})


@pytest.mark.parametrize("response_format", ["text", "srt", "vtt"])
async def test_text_formats_arrive_as_text(
    client: openai.AsyncOpenAI, response_format: Literal["text", "srt", "vtt"]
) -> None:
    text = await client.audio.transcriptions.create(model="whisper-1", file=speech(), response_format=response_format)
    assert isinstance(text, str)
    assert text.endswith("\n")
    assert not text.startswith('"')


async def test_models_are_listed_and_retrieved(client: openai.AsyncOpenAI) -> None:
    assert "whisper-1" in [model.id async for model in client.models.list()]
    assert (await client.models.retrieve("whisper-base")).owned_by == "earshot"
    with pytest.raises(openai.NotFoundError, match="'org/name' does not exist"):
        await client.models.retrieve("org/name")


async def test_refusals_arrive_as_the_client_s_own_exceptions(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.audio.transcriptions.create(model="whisper-1", file=speech(), language="klingon")
    error = caught.value
    assert (error.code, error.param, error.type) == ("invalid_language_format", "language", "invalid_request_error")
    assert error.request_id
    assert error.request_id.startswith("req_")
    with pytest.raises(openai.NotFoundError, match="whisper-9"):
        await client.audio.transcriptions.create(model="whisper-9", file=speech())


async def test_a_file_over_the_limit_is_a_clear_413_and_not_a_broken_connection() -> None:
    """The client sends all of it before it reads: the answer has to wait there, and must not be uploaded for again."""
    gateway = FakeGateway(settings=GatewaySettings(max_upload_bytes=1 << 20))
    async with (
        gateway.served() as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=2) as client,
    ):
        with pytest.raises(openai.APIStatusError, match="Maximum content size limit") as caught:
            await client.audio.transcriptions.create(model="whisper-1", file=("large.wav", bytes(40 << 20)))
        assert caught.value.status_code == 413
        assert (await client.audio.transcriptions.create(model="whisper-1", file=speech())).text


async def test_the_client_tries_again_when_the_recognizer_was_away(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RETRIES, Reason.RECOGNIZER_UNAVAILABLE, Retry(worthwhile=True, after_seconds=1))
    gateway.recognizer.fails_with = RecognizerUnavailable("away")
    async with (
        gateway.served() as url,
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=1) as client,
    ):
        transcribing = asyncio.create_task(client.audio.transcriptions.create(model="whisper-1", file=speech()))
        await until(lambda: bool(gateway.recognizer.calls))
        gateway.recognizer.fails_with = None
        assert (await transcribing).text == "Hello 1."
