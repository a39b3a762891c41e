"""A caller of JobService: what it sends, and how refusals read in a test."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc

from earshot.jobs.v1 import jobs_pb2 as proto
from earshot.jobs.v1.jobs_pb2_grpc import JobServiceStub
from tests.doors.forms import wav
from tests.doors.grpc_calls import Refusal, refusal

if TYPE_CHECKING:
    from earshot.jobs.v1.jobs_pb2_grpc import JobServiceAsyncStub

    JobService = JobServiceAsyncStub
else:
    JobService = JobServiceStub

Request = proto.CreateJobRequest

SOUND = wav(1.7)


def config(model: str = "whisper-1", **options: Any) -> Request:
    return Request(config=proto.JobConfig(model=model, **options))


def audio(content: bytes = SOUND, *, part_bytes: int = 64 * 1024) -> list[Request]:
    return [Request(audio=content[start : start + part_bytes]) for start in range(0, len(content), part_bytes)]


def authorized(secret: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {secret}"),)


@asynccontextmanager
async def job_service(address: str) -> AsyncIterator[JobService]:
    async with grpc.aio.insecure_channel(address) as channel:
        yield JobServiceStub(channel)


async def created(service: JobService, *, key: str = "", **options: Any) -> proto.Job:
    requests = iter([config(**options), *audio()])
    return (await service.CreateJob(requests, timeout=20, metadata=authorized(key) if key else None)).job


async def refused(call: Awaitable[Any]) -> Refusal:
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return refusal(error)
    raise AssertionError(f"the call succeeded: {answer}")
