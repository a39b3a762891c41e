"""Calls that go wrong, by mistake or on purpose: each ends with its status and its Reason, and the server goes on."""

import asyncio
import math
import random
from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from earshot.speech.v1 import speech_pb2 as proto
from gateway.settings import GatewaySettings
from speechkit.domain.errors import EarshotError, Internal, Overloaded, RecognizerUnavailable
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import Request, audio, config, raw_pcm, refusal, refused, transcribe
from tests.doors.waiting import until

TRANSCRIBE = "/earshot.speech.v1.SpeechService/Transcribe"
LIMIT_BYTES = 1 << 20
INVALID = grpc.StatusCode.INVALID_ARGUMENT
KNOWN_MESSAGES = [
    config().SerializeToString(),
    raw_pcm().SerializeToString(),
    audio(wav(0.5))[0].SerializeToString(),
    b"",
]


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(settings=GatewaySettings(max_upload_bytes=LIMIT_BYTES, max_audio_seconds=60))


@pytest_asyncio.fixture
async def address(gateway: FakeGateway) -> AsyncIterator[str]:
    async with gateway.served_grpc() as address:
        yield address


@pytest.mark.parametrize(
    ("requests", "reason", "code", "field"),
    [
        pytest.param([], "INVALID_REQUEST", INVALID, None, id="nothing at all"),
        pytest.param([Request()], "INVALID_REQUEST", INVALID, None, id="an empty message"),
        pytest.param(audio(wav(1)), "INVALID_REQUEST", INVALID, None, id="audio before the config"),
        pytest.param([config(), config()], "INVALID_REQUEST", INVALID, None, id="the config twice"),
        pytest.param(
            [raw_pcm(), *audio(wav(1)), raw_pcm()], "INVALID_REQUEST", INVALID, None, id="the config after samples"
        ),
        pytest.param([config(""), *audio(wav(1))], "INVALID_REQUEST", INVALID, "model", id="no model"),
        pytest.param(
            [config("whisper-9")], "MODEL_NOT_FOUND", grpc.StatusCode.NOT_FOUND, None, id="a model that is not served"
        ),
        pytest.param([config(language="xx")], "UNKNOWN_LANGUAGE", INVALID, "language", id="an unknown language"),
        pytest.param([config(temperature=2)], "INVALID_REQUEST", INVALID, "temperature", id="too hot"),
        pytest.param([config(temperature=float("nan"))], "INVALID_REQUEST", INVALID, "temperature", id="no number"),
        pytest.param([config(task=7)], "INVALID_REQUEST", INVALID, "task", id="a task from the future"),
        pytest.param([config(prompt="a" * 5_000)], "INVALID_REQUEST", INVALID, "prompt", id="a long prompt"),
        pytest.param([config(keywords=["ab"] * 2_000)], "INVALID_REQUEST", INVALID, "keywords", id="many keywords"),
        pytest.param([raw_pcm(0)], "INVALID_REQUEST", INVALID, "sample_rate_hertz", id="no rate"),
        pytest.param([raw_pcm(2**32 - 1)], "INVALID_REQUEST", INVALID, "sample_rate_hertz", id="an absurd rate"),
        pytest.param(
            [raw_pcm(encoding=proto.PCM_ENCODING_UNSPECIFIED)],
            "INVALID_REQUEST",
            INVALID,
            "raw_pcm.encoding",
            id="no encoding",
        ),
        pytest.param(
            [config(voice_detection=proto.VoiceDetection(threshold=math.nan))],
            "INVALID_REQUEST",
            INVALID,
            "voice_detection.threshold",
            id="no threshold",
        ),
        pytest.param(
            [config(voice_detection=proto.VoiceDetection(silence_duration_ms=60_001))],
            "INVALID_REQUEST",
            INVALID,
            "voice_detection.silence_duration_ms",
            id="a pause of a minute",
        ),
        pytest.param([config()], "UNSUPPORTED_MEDIA", INVALID, None, id="no audio"),
        pytest.param([config(), *audio(b"noise" * 9_999)], "UNSUPPORTED_MEDIA", INVALID, None, id="no sound file"),
        pytest.param([raw_pcm()], "AUDIO_TOO_SHORT", INVALID, "audio", id="no samples"),
        pytest.param([raw_pcm(), *audio(b"\1")], "AUDIO_TOO_SHORT", INVALID, "audio", id="half a sample"),
        pytest.param([raw_pcm(), *audio(bytes(2 * 16_000 * 61))], "AUDIO_TOO_LONG", INVALID, "audio", id="too long"),
        pytest.param([config(), *audio(bytes(LIMIT_BYTES + 1))], "UPLOAD_TOO_LARGE", INVALID, None, id="too large"),
    ],
)
async def test_what_is_wrong_is_said_by_code_reason_and_field(
    gateway: FakeGateway, address: str, requests: list[Request], reason: str, code: grpc.StatusCode, field: str | None
) -> None:
    refusal = await refused(address, requests)
    assert (refusal.code, refusal.reason) == (code, f"REASON_{reason}")
    assert refusal.info
    assert (refusal.info.domain, refusal.info.metadata.get("field")) == ("earshot", field)
    assert refusal.message
    assert refusal.retry_seconds is None
    await until(lambda: gateway.open_spools == gateway.decoder.open_files == gateway.recognizer.in_flight == 0)


@pytest.mark.parametrize("requests", [[config("whisper-9")], [raw_pcm(1)], [config(), config()]])
async def test_a_refusal_reaches_callers_who_are_still_sending(address: str, requests: list[Request]) -> None:
    """Python's asyncio client would report its own broken call if it were told while it sends."""
    for _ in range(5):
        refusal = await refused(address, [*requests, *audio(bytes(8 << 20))])
        assert refusal.reason in {"REASON_MODEL_NOT_FOUND", "REASON_INVALID_REQUEST"}


async def test_a_file_at_the_limit_is_accepted(address: str) -> None:
    """And the limit is on what is held: raw samples may be more bytes than that."""
    content = wav(30)
    content += bytes(LIMIT_BYTES - len(content))
    assert (await transcribe(address, [config(), *audio(content)])).transcript
    assert (await transcribe(address, [raw_pcm(48_000), *audio(bytes(96_000 * 30))])).transcript


async def test_an_upload_is_refused_where_it_passes_the_limit(gateway: FakeGateway, address: str) -> None:
    """Not when all of it is there: the caller is still sending."""

    async def endless() -> AsyncIterator[Request]:
        yield config()
        while not gateway.spools or gateway.open_spools:
            yield Request(audio=bytes(64 * 1024))
        await asyncio.sleep(60)

    assert (await refused(address, endless())).reason == "REASON_UPLOAD_TOO_LARGE"
    assert gateway.open_spools == 0
    assert gateway.spools[0].size_bytes <= LIMIT_BYTES


@pytest.mark.parametrize("first", [config(), raw_pcm()], ids=["file", "samples"])
async def test_a_message_over_grpc_s_own_limit_ends_the_call(
    gateway: FakeGateway, address: str, first: Request
) -> None:
    refusal = await refused(address, [first, *audio(wav(1)), Request(audio=bytes(5_000_000))])
    assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    await until(lambda: gateway.open_spools == gateway.decoder.open_files == gateway.recognizer.in_flight == 0)


@pytest.mark.parametrize(
    ("error", "code", "retry_seconds"),
    [
        (RecognizerUnavailable("Triton is away."), grpc.StatusCode.UNAVAILABLE, 5),
        (Overloaded("The queue is full."), grpc.StatusCode.RESOURCE_EXHAUSTED, 5),
        (Overloaded("The queue is long.", retry_after_seconds=72.5), grpc.StatusCode.RESOURCE_EXHAUSTED, 72.5),
        (Internal("Broken."), grpc.StatusCode.INTERNAL, 1),
    ],
)
@pytest.mark.parametrize("first", [config(), raw_pcm()], ids=["file", "samples"])
async def test_failures_of_the_server_say_when_to_come_back(
    gateway: FakeGateway,
    address: str,
    first: Request,
    error: EarshotError,
    code: grpc.StatusCode,
    retry_seconds: float,
) -> None:
    gateway.recognizer.fails_with = error
    refusal = await refused(address, [first, *audio(wav(1))])
    assert (refusal.code, refusal.reason) == (code, f"REASON_{error.reason.name}")
    assert (refusal.message, refusal.retry_seconds) == (error.message, retry_seconds)


@pytest.mark.parametrize("kind", [ValueError, TimeoutError])
async def test_what_nobody_foresaw_is_internal_and_says_nothing_of_the_inside(
    gateway: FakeGateway, address: str, kind: type[Exception]
) -> None:
    """A socket's TimeoutError is such a thing, too, and not the call's deadline."""

    def breaks(_: int) -> str:
        raise kind("secret")

    gateway.recognizer.says = breaks
    refusal = await refused(address, [config(), *audio(wav(1))])
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INTERNAL, "REASON_INTERNAL")
    assert "secret" not in refusal.message
    assert "x-request-id" in refusal.message


@pytest.mark.parametrize("first", [config(), raw_pcm()], ids=["file", "samples"])
async def test_a_caller_who_stands_still_is_not_waited_for(first: Request) -> None:
    gateway = FakeGateway(settings=GatewaySettings(upload_idle_seconds=0.2))

    async def stalled() -> AsyncIterator[Request]:
        yield first
        yield Request(audio=wav(1))
        await asyncio.sleep(60)

    async with gateway.served_grpc() as address:
        refusal = await refused(address, stalled())
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "REASON_DEADLINE_EXCEEDED")
    assert gateway.open_spools == 0


async def test_the_server_s_own_limit_caps_the_deadline() -> None:
    gateway = FakeGateway(settings=GatewaySettings(request_deadline_seconds=0.3))
    gateway.recognizer.delay_seconds = 60
    async with gateway.served_grpc() as address:
        refusal = await refused(address, [config(), *audio(wav(1))], timeout_seconds=30)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "REASON_DEADLINE_EXCEEDED")
        await until(lambda: gateway.recognizer.in_flight == 0)


async def test_any_bytes_are_answered_with_a_status_of_ours(gateway: FakeGateway, address: str) -> None:
    """Messages cut short, mixed up and made up: never INTERNAL or UNKNOWN, which would mean a crash."""
    chance = random.Random(11)
    codes: set[grpc.StatusCode] = set()
    reasons: set[str] = set()
    async with grpc.aio.insecure_channel(address) as channel:
        transcribe_bytes = channel.stream_stream(TRANSCRIBE, bytes, bytes)
        for _ in range(150):
            messages = [_mutated(chance) for _ in range(chance.randrange(5))]
            try:
                async for _ in transcribe_bytes(_each(messages), timeout=20):
                    pass
                codes.add(grpc.StatusCode.OK)
            except grpc.aio.AioRpcError as error:
                codes.add(error.code())
                reasons.add(refusal(error).reason)
    assert codes <= {grpc.StatusCode.OK, INVALID, grpc.StatusCode.NOT_FOUND}
    assert "REASON_INVALID_REQUEST" in reasons
    assert all(reason.startswith("REASON_") for reason in reasons)
    await until(lambda: gateway.open_spools == gateway.decoder.open_files == gateway.recognizer.in_flight == 0)


async def _each(messages: list[bytes]) -> AsyncIterator[bytes]:
    for message in messages:
        yield message


def _mutated(chance: random.Random) -> bytes:
    message = bytearray(chance.choice(KNOWN_MESSAGES))
    match chance.randrange(4):
        case 0:
            return bytes(message[: chance.randrange(len(message) + 1)])
        case 1:
            return chance.randbytes(chance.randrange(200))
        case 2 if message:
            message[chance.randrange(min(len(message), 100))] = chance.randrange(256)
    return bytes(message)
