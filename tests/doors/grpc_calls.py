"""A caller of SpeechService: what it sends, and how the answers read in a test."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
from google.protobuf.json_format import MessageToDict
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status

from earshot.speech.v1 import speech_pb2 as proto
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub

Request = proto.TranscribeRequest
Requests = Iterable[Request] | AsyncIterator[Request]


def config(model: str = "whisper-1", **options: Any) -> Request:
    return Request(config=proto.TranscriptionConfig(model=model, **options))


def raw_pcm(
    rate_hertz: int = 16_000, encoding: proto.PcmEncoding = proto.PCM_ENCODING_S16LE, **options: Any
) -> Request:
    return config(raw_pcm=proto.RawPcm(encoding=encoding, sample_rate_hertz=rate_hertz), **options)


def audio(content: bytes, *, part_bytes: int = 64 * 1024) -> list[Request]:
    return [Request(audio=content[start : start + part_bytes]) for start in range(0, len(content), part_bytes)]


@dataclass
class Answer:
    segments: list[proto.Segment] = field(default_factory=list)
    transcript: proto.Transcript | None = None


@dataclass(frozen=True)
class Refusal:
    """A call that failed, read as a caller's program would."""

    code: grpc.StatusCode
    message: str
    info: ErrorInfo | None = None
    retry_seconds: float | None = None

    @property
    def reason(self) -> str:
        return self.info.reason if self.info else ""


async def transcribe(
    address: str, requests: Requests, *, timeout_seconds: float | None = 20, key: str | None = None
) -> Answer:
    metadata = [("authorization", f"Bearer {key}")] if key else []
    async with grpc.aio.insecure_channel(address) as channel:
        answer = Answer()
        service = SpeechServiceStub(channel)
        async for event in service.Transcribe(_sent(requests), timeout=timeout_seconds, metadata=metadata):
            if event.HasField("segment"):
                assert answer.transcript is None, "nothing comes after the transcript"
                answer.segments.append(event.segment)
            else:
                assert answer.transcript is None, "there is one transcript"
                answer.transcript = event.transcript
        assert answer.transcript is not None, "a call that succeeds ends with the transcript"
        return answer


async def refused(
    address: str, requests: Requests, *, timeout_seconds: float | None = 20, key: str | None = None
) -> Refusal:
    try:
        answer = await transcribe(address, requests, timeout_seconds=timeout_seconds, key=key)
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    raise AssertionError(f"the call succeeded: {MessageToDict(answer.transcript) if answer.transcript else None}")


def refusal(error: grpc.aio.AioRpcError) -> Refusal:
    status = rpc_status.from_call(cast(grpc.Call, error))
    info, retry_seconds = None, None
    for detail in status.details if status else ():
        if detail.Is(ErrorInfo.DESCRIPTOR):
            detail.Unpack(info := ErrorInfo())
        if detail.Is(RetryInfo.DESCRIPTOR):
            detail.Unpack(retry := RetryInfo())
            retry_seconds = retry.retry_delay.ToNanoseconds() / 1e9
    return Refusal(error.code(), error.details() or "", info, retry_seconds)


async def _sent(requests: Requests) -> AsyncIterator[Request]:
    if isinstance(requests, AsyncIterator):
        async for request in requests:
            yield request
    else:
        for request in requests:
            yield request
