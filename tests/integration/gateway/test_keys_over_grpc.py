"""Keys and limits at the gRPC door: the same as over HTTP, as gRPC says them."""

import grpc
import pytest

from earshot.speech.v1 import speech_pb2 as proto
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub
from tests.doors.forms import wav
from tests.doors.grpc_calls import Refusal, audio, config, refusal
from tests.doors.keyed_gateway import KeyedGateway


@pytest.fixture
def house() -> KeyedGateway:
    return KeyedGateway()


async def transcribe(address: str, secret: str = "", *, model: str = "whisper-1") -> Refusal | None:
    metadata = (("authorization", f"Bearer {secret}"),) if secret else ()
    async with grpc.aio.insecure_channel(address) as channel:
        requests = iter([config(model), *audio(wav(2))])
        call = SpeechServiceStub(channel).Transcribe(requests, timeout=20, metadata=metadata)
        try:
            async for _ in call:
                pass
        except grpc.aio.AioRpcError as error:
            return refusal(error)
    return None


@pytest.mark.parametrize(("secret", "reason"), [("", "MISSING_API_KEY"), ("esk_wrong" * 6, "INVALID_API_KEY")])
async def test_nobody_gets_in_without_a_key(house: KeyedGateway, secret: str, reason: str) -> None:
    async with house.gateway.served_grpc() as address:
        refused = await transcribe(address, secret)
        assert refused is not None
        assert refused.code is grpc.StatusCode.UNAUTHENTICATED
        assert refused.reason.endswith(reason)
        async with grpc.aio.insecure_channel(address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as listing:
                await SpeechServiceStub(channel).ListModels(proto.ListModelsRequest(), timeout=20)
        assert listing.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_key_opens_its_models_alone(house: KeyedGateway) -> None:
    secret, _ = await house.key(models=("whisper-1",))
    async with house.gateway.served_grpc() as address:
        assert await transcribe(address, secret) is None
        refused = await transcribe(address, secret, model="gpt-4o-transcribe")
        assert refused is not None
        assert refused.code is grpc.StatusCode.NOT_FOUND
        async with grpc.aio.insecure_channel(address) as channel:
            metadata = (("authorization", f"Bearer {secret}"),)
            listed = await SpeechServiceStub(channel).ListModels(
                proto.ListModelsRequest(), timeout=20, metadata=metadata
            )
    assert [model.id for model in listed.models] == ["whisper-1"]


async def test_limits_hold_over_both_doors(house: KeyedGateway) -> None:
    secret, _ = await house.key(requests_per_minute=2, concurrent_requests=1, audio_seconds_per_day=3)
    async with house.gateway.served_grpc() as address:
        assert await transcribe(address, secret) is None
        assert await transcribe(address, secret) is None
        refused = await transcribe(address, secret)
    assert refused is not None
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason.endswith("QUOTA_EXCEEDED")
    async with house.client(secret) as client:
        files = {"file": ("speech.wav", wav(1))}
        response = await client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files=files)
        assert response.status_code == 429
