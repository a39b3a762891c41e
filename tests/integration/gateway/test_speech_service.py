"""SpeechService over a real gRPC server, on fakes: what a caller inside the cluster may count on."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from prometheus_client import REGISTRY

from earshot.speech.v1 import speech_pb2 as proto
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub
from gateway.settings import GatewaySettings
from speechkit.domain.options import TEMPERATURE_LADDER, Task
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import Request, audio, config, raw_pcm, transcribe
from tests.doors.waiting import until

WAV_HEADER_BYTES = 44
SERVICE = "earshot.speech.v1.SpeechService"
JOB_SERVICE = "earshot.jobs.v1.JobService"


@pytest_asyncio.fixture
async def address(gateway: FakeGateway) -> AsyncIterator[str]:
    async with gateway.served_grpc() as address:
        yield address


def pcm(seconds: float, *, amplitude: int = 8_000) -> bytes:
    return wav(seconds, amplitude=amplitude)[WAV_HEADER_BYTES:]


def calls_counted(method: str, code: str) -> float:
    return REGISTRY.get_sample_value("earshot_grpc_calls_total", {"method": method, "code": code}) or 0.0


async def test_a_file_becomes_segments_and_then_the_transcript(address: str) -> None:
    answer = await transcribe(address, [config(), *audio(wav(1.7), part_bytes=1_000)])
    assert [(segment.text, segment.start_seconds, segment.end_seconds) for segment in answer.segments] == [
        (" Hello 0.", 0.0, 1.7)
    ]
    assert answer.transcript == proto.Transcript(
        text="Hello 0.", language="en", duration_seconds=1.7, usage=proto.Usage(audio_seconds=2)
    )


@pytest.mark.parametrize("part_bytes", [333, 64 * 1024, 4_000_000])
async def test_raw_samples_are_heard_as_the_same_sound_in_a_file(address: str, part_bytes: int) -> None:
    from_file = await transcribe(address, [config(), *audio(wav(40))])
    from_samples = await transcribe(address, [raw_pcm(), *audio(pcm(40), part_bytes=part_bytes)])
    assert len(from_file.segments) > 1
    assert [segment.end_seconds for segment in from_samples.segments] == [
        segment.end_seconds for segment in from_file.segments
    ]
    assert from_samples.transcript
    assert from_samples.transcript.duration_seconds == 40.0


async def test_segments_of_raw_samples_come_before_the_audio_ends(address: str) -> None:
    """Whoever speaks into a microphone reads what they said while they go on."""
    heard = asyncio.Event()

    async def speaking() -> AsyncIterator[Request]:
        yield raw_pcm()
        for part in audio(pcm(3) + pcm(3, amplitude=0)):
            yield part
        for part in audio(pcm(28) + pcm(3, amplitude=0)):
            yield part
        await heard.wait()

    async with grpc.aio.insecure_channel(address) as channel:
        events = SpeechServiceStub(channel).Transcribe(speaking(), timeout=20)
        first = await anext(aiter(events))
        assert first.segment.text == " Hello 0."
        heard.set()
        assert [event.WhichOneof("event") async for event in events][-1] == "transcript"


async def test_options_reach_the_recognizer(gateway: FakeGateway, address: str) -> None:
    asked = config(
        "gpt-4o-transcribe", language=" DE ", task=proto.TASK_TRANSLATE, prompt="Köln", keywords=["Dom", "Rhein"]
    )
    await transcribe(address, [asked, *audio(wav(1))])
    (call,) = gateway.recognizer.calls
    assert call.options.model == "whisper-base"
    assert (call.options.language, call.options.task) == ("de", Task.TRANSLATE)
    assert (call.options.prompt, call.options.hotwords) == ("Köln", "Dom, Rhein")


async def test_voice_detection_is_as_the_caller_wants_it(gateway: FakeGateway, address: str) -> None:
    """The fake detector calls a tone speech with 0.98, and silence with 0.02."""
    for threshold, heard in ((0.99, 0), (0.5, 1)):
        asked = proto.VoiceDetection(threshold=threshold)
        await transcribe(address, [config(voice_detection=asked), *audio(wav(1))])
        assert len(gateway.recognizer.calls) == heard
    gateway.recognizer.calls.clear()
    sound = pcm(2) + pcm(2, amplitude=0)
    for padding_ms in (0, 700):
        asked = proto.VoiceDetection(prefix_padding_ms=padding_ms)
        await transcribe(address, [raw_pcm(voice_detection=asked), *audio(sound)])
    without, padded = (call.window_seconds for call in gateway.recognizer.calls)
    assert padded - without == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize(("temperature", "tried"), [(0.0, TEMPERATURE_LADDER), (0.5, (0.5,)), (1.0, (1.0,))])
async def test_temperature_0_means_the_ladder_and_any_other_stands_alone(
    gateway: FakeGateway, address: str, temperature: float, tried: tuple[float, ...]
) -> None:
    await transcribe(address, [config(temperature=temperature), *audio(wav(1))])
    assert gateway.recognizer.calls[0].options.temperatures == tried


async def test_words_and_log_probabilities_come_only_when_asked_for(address: str) -> None:
    plain = await transcribe(address, [config(), *audio(wav(1))])
    assert not plain.segments[0].words
    assert not plain.segments[0].tokens
    asked = await transcribe(address, [config(word_timestamps=True, logprobs=True), *audio(wav(1))])
    assert [(word.text, word.start_seconds) for word in asked.segments[0].words] == [(" Hello", 0.0), (" 1.", 0.5)]
    assert [(token.text, token.logprob) for token in asked.segments[0].tokens] == [(b" Hello", -0.25), (b" 1.", -0.25)]


async def test_silence_is_a_transcript_without_segments(gateway: FakeGateway, address: str) -> None:
    answer = await transcribe(address, [raw_pcm(), *audio(pcm(3, amplitude=0))])
    assert answer.segments == []
    assert answer.transcript == proto.Transcript(duration_seconds=3.0, usage=proto.Usage(audio_seconds=3))
    assert gateway.recognizer.calls == []


async def test_models_are_those_of_the_http_api(gateway: FakeGateway, address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel, gateway.client() as client:
        models = (await SpeechServiceStub(channel).ListModels(proto.ListModelsRequest())).models
        over_http = (await client.get("/v1/models")).json()["data"]
    assert [model.id for model in models] == [model["id"] for model in over_http]


async def test_the_caller_s_deadline_holds_for_the_work(gateway: FakeGateway, address: str) -> None:
    await transcribe(address, [config(), *audio(wav(1))], timeout_seconds=7)
    await transcribe(address, [config(), *audio(wav(1))], timeout_seconds=None)
    first, second = (call.deadline_seconds for call in gateway.recognizer.calls)
    assert 5 < first < 7.5, "gRPC rounds up on the wire"
    assert second == pytest.approx(gateway.settings.request_deadline_seconds, abs=2)


@pytest.mark.parametrize("first", [config(), raw_pcm()], ids=["file", "samples"])
async def test_cancelling_the_call_cancels_the_work(gateway: FakeGateway, address: str, first: Request) -> None:
    gateway.recognizer.delay_seconds = 60
    content = wav(2) if first.config.WhichOneof("audio_format") is None else pcm(2)
    calling = asyncio.create_task(transcribe(address, [first, *audio(content)]))
    await until(lambda: gateway.recognizer.in_flight == 1)
    before = calls_counted("Transcribe", "CANCELLED")
    calling.cancel()
    await until(lambda: gateway.recognizer.cancelled == 1)
    await until(lambda: calls_counted("Transcribe", "CANCELLED") == before + 1)
    assert gateway.recognizer.in_flight == gateway.open_spools == gateway.decoder.open_files == 0


@pytest.mark.parametrize("first", [config(), raw_pcm()], ids=["file", "samples"])
async def test_a_caller_who_vanishes_in_mid_upload_leaves_nothing_behind(
    gateway: FakeGateway, address: str, first: Request
) -> None:
    sent = asyncio.Event()

    async def breaking_off() -> AsyncIterator[Request]:
        yield first
        yield Request(audio=bytes(1_000))
        sent.set()
        await asyncio.sleep(60)

    before = calls_counted("Transcribe", "CANCELLED")
    calling = asyncio.create_task(transcribe(address, breaking_off()))
    await sent.wait()
    await asyncio.sleep(0.1)
    calling.cancel()
    await until(lambda: calls_counted("Transcribe", "CANCELLED") == before + 1)
    assert gateway.open_spools == 0
    assert (await transcribe(address, [config(), *audio(wav(1))])).transcript


async def test_a_caller_is_slowed_down_to_the_recognizer_s_pace() -> None:
    """Raw samples without end are taken only as fast as they are recognized, so they need no limit in bytes."""
    gateway = FakeGateway(settings=GatewaySettings(windows_in_flight=2))
    gateway.recognizer.delay_seconds = 60
    sent_seconds = 0

    async def endless() -> AsyncIterator[Request]:
        nonlocal sent_seconds
        yield raw_pcm(192_000, proto.PCM_ENCODING_F32LE)
        second = Request(audio=bytes(range(0, 192, 3)) * 12_000)
        while True:
            sent_seconds += 1
            yield second

    async with gateway.served_grpc() as address:
        calling = asyncio.create_task(transcribe(address, endless(), timeout_seconds=60))
        await until(lambda: gateway.recognizer.in_flight > 0, timeout_seconds=30)
        before = -1
        while before != sent_seconds:
            before = sent_seconds
            await asyncio.sleep(1)
        assert sent_seconds < 4 * 28 + 20, "four windows, and what HTTP/2 and gRPC hold"
        calling.cancel()
        await until(lambda: gateway.recognizer.in_flight == 0)


async def test_every_answer_carries_an_id_and_is_counted(address: str) -> None:
    before = calls_counted("ListModels", "OK")
    async with grpc.aio.insecure_channel(address) as channel:
        call = SpeechServiceStub(channel).ListModels(proto.ListModelsRequest())
        await call
        metadata = dict(await call.initial_metadata())
    assert str(metadata["x-request-id"]).startswith("req_")
    assert calls_counted("ListModels", "OK") == before + 1


@pytest.mark.parametrize("name", ["", SERVICE, JOB_SERVICE])
async def test_health_is_known_by_the_service_s_name_too(gateway: FakeGateway, address: str, name: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert (await health.Check(health_pb2.HealthCheckRequest(service=name))).status == 1
        gateway.readiness.drain()
        assert (await health.Check(health_pb2.HealthCheckRequest(service=name))).status == 2


async def test_reflection_tells_what_is_served(address: str) -> None:
    """So that grpcurl and its like need no .proto file."""

    def described() -> tuple[list[str], list[str]]:
        with grpc.insecure_channel(address) as channel:
            database = ProtoReflectionDescriptorDatabase(channel)
            file = database.FindFileContainingSymbol(SERVICE)
            return list(database.get_services()), [method.name for method in file.service[0].method]

    services, methods = await asyncio.to_thread(described)
    assert {SERVICE, JOB_SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"} == set(services)
    assert methods == ["Transcribe", "ListModels"]
