"""Every refusal as OpenAI words it: status, type, param, code, and whether a client should try again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.edge.http.envelopes import error_response
from gateway.settings import GatewaySettings
from speechkit.domain.errors import AudioTooLong, EarshotError, Internal, Overloaded, RecognizerUnavailable
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway

BAD = "invalid_request_error"
SPEECH = wav(1)


@dataclass(frozen=True)
class Refusal:
    status: int
    type: str
    param: str | None
    code: str | None
    message: str


def refused(response: httpx.Response) -> Refusal:
    """The envelope, which has all four keys and nothing else but the audio endpoints' usage."""
    body: dict[str, Any] = response.json()
    error = body.pop("error")
    on_audio_path = response.request.url.path.startswith("/v1/audio/")
    assert body == ({"usage": {"type": "duration", "seconds": 0}} if on_audio_path else {})
    assert set(error) == {"message", "type", "param", "code"}
    assert response.headers["x-request-id"].startswith("req_")
    return Refusal(response.status_code, error["type"], error["param"], error["code"], error["message"])


async def transcribe(client: httpx.AsyncClient, sound: bytes = SPEECH, **fields: str) -> httpx.Response:
    data = {"model": "whisper-1"} | fields
    return await client.post(TRANSCRIPTIONS, data=data, files={"file": ("speech.wav", sound)})


async def test_missing_file(client: httpx.AsyncClient) -> None:
    response = await client.post(TRANSCRIPTIONS, files={"model": (None, "whisper-1")})
    refusal = refused(response)
    assert (refusal.status, refusal.type, refusal.param, refusal.code) == (400, BAD, None, None)
    assert refusal.message.startswith("body -> file: field required")


async def test_missing_model(client: httpx.AsyncClient) -> None:
    response = await client.post(TRANSCRIPTIONS, files={"file": ("speech.wav", wav(1))})
    assert refused(response) == Refusal(400, BAD, None, None, "you must provide a model parameter")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"language": "klingon"},
            Refusal(
                400, BAD, "language", "invalid_language_format",
                "Invalid language 'klingon'. Language parameter must be specified in ISO-639-1 format.",
            ),
            id="bad language",
        ),
        pytest.param(
            {"timestamp_granularities[]": "word"},
            Refusal(
                400, BAD, "timestamp_granularities[]", None,
                "`response_format` must be `verbose_json` if `timestamp_granularities[]` is provided",
            ),
            id="granularities without verbose_json",
        ),
        pytest.param(
            {"response_format": "xml"},
            Refusal(
                400, BAD, "response_format", None,
                "Invalid value: 'xml'. Supported values are: 'json', 'text', 'srt', 'verbose_json', 'vtt'.",
            ),
            id="unknown format",
        ),
        pytest.param(
            {"temperature": "2"},
            Refusal(400, BAD, "temperature", None, "temperature must be a number from 0 to 1."),
            id="temperature out of bounds",
        ),
        pytest.param(
            {"temperature": "nan"},
            Refusal(400, BAD, "temperature", None, "temperature must be a number from 0 to 1."),
            id="temperature not a number",
        ),
        pytest.param(
            {"temperature": "warm"},
            Refusal(400, BAD, "temperature", None, "temperature must be a number from 0 to 1."),
            id="temperature in words",
        ),
    ],
)  # fmt: skip
async def test_bad_fields(client: httpx.AsyncClient, fields: dict[str, str], expected: Refusal) -> None:
    assert refused(await transcribe(client, SPEECH, **fields)) == expected


async def test_diarized_json_is_refused_until_speakers_can_be_told_apart(client: httpx.AsyncClient) -> None:
    refusal = refused(await transcribe(client, response_format="diarized_json"))
    assert (refusal.status, refusal.param, refusal.code) == (400, "response_format", "unsupported_value")


async def test_word_times_that_the_engine_cannot_measure_are_refused(gateway: FakeGateway) -> None:
    """Never made up: a model without alignment says so before any work."""
    gateway.recognizer.advertised = type(gateway.recognizer.advertised)(engine="fake", word_timestamps=False)
    fields = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    async with gateway.client() as client:
        refusal = refused(await transcribe(client, SPEECH, **fields))
    assert (refusal.status, refusal.param, refusal.code) == (400, "timestamp_granularities[]", "unsupported_value")


async def test_unknown_model(client: httpx.AsyncClient) -> None:
    refusal = refused(await transcribe(client, model="whisper-9"))
    assert (refusal.status, refusal.type, refusal.param, refusal.code) == (404, BAD, None, "model_not_found")
    assert refusal.message.startswith("The model `whisper-9` does not exist or you do not have access to it.")


@pytest.mark.parametrize("sound", [b"not sound at all", wav(1)[:20]], ids=["text", "cut off"])
async def test_undecodable_upload(client: httpx.AsyncClient, sound: bytes) -> None:
    refusal = refused(await transcribe(client, sound))
    assert (refusal.status, refusal.type, refusal.param, refusal.code) == (400, BAD, "file", "invalid_value")


async def test_too_short_audio(client: httpx.AsyncClient) -> None:
    assert refused(await transcribe(client, wav(0.05))) == Refusal(
        400, BAD, "file", "audio_too_short", "Audio file is too short. Minimum audio length is 0.1 seconds."
    )


async def test_too_long_audio(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    gateway.recognizer.fails_with = AudioTooLong("The audio is longer than 3600 seconds.")
    refusal = refused(await transcribe(client))
    assert (refusal.status, refusal.type, refusal.param, refusal.code) == (400, BAD, None, "invalid_value")


@pytest.fixture
async def small_limit_client() -> AsyncIterator[httpx.AsyncClient]:
    async with FakeGateway(settings=GatewaySettings(max_upload_bytes=10_000)).client() as client:
        yield client


async def test_declared_size_over_the_limit(small_limit_client: httpx.AsyncClient) -> None:
    response = await transcribe(small_limit_client, wav(1))
    declared = response.request.headers["content-length"]
    assert refused(response) == Refusal(
        413, "server_error", None, None, f"Maximum content size limit (10000) exceeded ({declared} bytes read)"
    )
    assert response.headers["x-should-retry"] == "false"


async def test_counted_size_over_the_limit(small_limit_client: httpx.AsyncClient) -> None:
    """Node streams files in chunks without a length."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(1_000)

    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = await small_limit_client.post(TRANSCRIPTIONS, content=_after_headers(chunks()), headers=headers)
    assert "content-length" not in response.request.headers
    refusal = refused(response)
    assert refusal.status == 413
    assert refusal.message.startswith("Maximum content size limit (10000) exceeded (10")


async def _after_headers(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    async for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Overloaded("busy"), 429, "overloaded", "5"),
        (RecognizerUnavailable("away"), 503, "recognizer_unavailable", "5"),
        (Internal("failed"), 500, None, "1"),
    ],
)
async def test_failures_of_the_server_say_when_to_come_back(
    gateway: FakeGateway, client: httpx.AsyncClient, error: EarshotError, status: int, code: str, retry_after: str
) -> None:
    gateway.recognizer.fails_with = error
    response = await transcribe(client)
    assert refused(response) == Refusal(status, "server_error", None, code, error.message)
    assert response.headers["x-should-retry"] == "true"
    assert response.headers["retry-after"] == retry_after


async def test_deadline_ends_the_work_and_advises_against_the_same_again() -> None:
    gateway = FakeGateway(settings=GatewaySettings(request_deadline_seconds=0.05))
    gateway.recognizer.delay_seconds = 30
    async with gateway.client() as client:
        response = await transcribe(client)
    refusal = refused(response)
    assert (refusal.status, refusal.code) == (504, "deadline_exceeded")
    assert response.headers["x-should-retry"] == "false"
    assert gateway.recognizer.in_flight == 0
    assert gateway.open_spools == 0


@pytest.mark.parametrize("kind", [RuntimeError, TimeoutError])
async def test_unforeseen_failure_tells_nothing_but_its_request_id(
    gateway: FakeGateway, client: httpx.AsyncClient, kind: type[Exception]
) -> None:
    """A socket's TimeoutError is one, too, and not the request's deadline."""

    def explode(_: int) -> str:
        raise kind("the secret of the house")

    gateway.recognizer.says = explode
    with capture_logs() as lines:
        response = await transcribe(client)
    assert [line["event"] for line in lines] == ["request_failed", "request_finished"]
    refusal = refused(response)
    assert (refusal.status, refusal.type, refusal.code) == (500, "server_error", None)
    assert "secret" not in response.text
    assert "x-request-id" in refusal.message


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/audio/translation", "/redoc", "/v1/models/"])
async def test_unknown_url(client: httpx.AsyncClient, path: str) -> None:
    refusal = refused(await client.post(path, content=b"something"))
    assert (refusal.status, refusal.type, refusal.param) in {(404, BAD, None), (405, BAD, None)}
    get = refused(await client.get(path))
    assert get.status == 404


async def test_wrong_method_names_the_right_one(client: httpx.AsyncClient) -> None:
    response = await client.get(TRANSCRIPTIONS)
    refusal = refused(response)
    assert (refusal.status, refusal.type, refusal.code) == (405, BAD, "method_not_supported")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"model":"whisper-1"}'),
        ("application/x-www-form-urlencoded", b"model=whisper-1"),
        ("multipart/form-data", b"--x--"),
        ("", b""),
    ],
)
async def test_anything_but_multipart_is_refused(client: httpx.AsyncClient, content_type: str, body: bytes) -> None:
    refusal = refused(await client.post(TRANSCRIPTIONS, content=body, headers={"content-type": content_type}))
    assert (refusal.status, refusal.type) == (400, BAD)
    assert "multipart/form-data" in refusal.message


@pytest.mark.parametrize(
    ("wait_seconds", "retry_after", "should_retry"), [(0.2, "1", "true"), (60, "60", "true"), (61.5, "62", "false")]
)
def test_a_known_wait_is_told_as_it_is(wait_seconds: float, retry_after: str, should_retry: str) -> None:
    """Past a minute OpenAI's clients would come back too early, so they are told not to."""
    response = error_response(Overloaded("busy", retry_after_seconds=wait_seconds), path="/v1/audio/transcriptions")
    assert (response.headers["retry-after"], response.headers["x-should-retry"]) == (retry_after, should_retry)
