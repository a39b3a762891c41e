"""Calls of JobService that go wrong, by mistake or on purpose: each ends with its status and leaves nothing behind."""

import asyncio
import random
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from earshot.jobs.v1 import jobs_pb2 as proto
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import Refusal, refusal
from tests.doors.job_calls import SOUND, JobService, Request, audio, authorized, config, created, job_service, refused
from tests.doors.keyed_gateway import KeyedGateway

SERVICE = "/earshot.jobs.v1.JobService"
LIMIT_BYTES = 1 << 20
INVALID = grpc.StatusCode.INVALID_ARGUMENT
KNOWN_MESSAGES = [
    config(prompt="Köln", keep_seconds=60, secure=proto.Secure(ttl_seconds=5)).SerializeToString(),
    audio()[0].SerializeToString(),
    proto.GetTranscriptRequest(job_id="job_1", format=proto.TRANSCRIPT_FORMAT_SRT).SerializeToString(),
    proto.ListJobsRequest(states=[proto.JOB_STATE_QUEUED], page_size=3, page_token="a.1.b").SerializeToString(),
    b"",
]


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(settings=GatewaySettings(max_job_upload_bytes=LIMIT_BYTES))


@pytest_asyncio.fixture
async def service(gateway: FakeGateway) -> AsyncIterator[JobService]:
    async with gateway.served_grpc() as address, job_service(address) as service:
        yield service


@pytest.mark.parametrize(
    ("requests", "reason", "code", "field"),
    [
        pytest.param([], "INVALID_REQUEST", INVALID, None, id="nothing at all"),
        pytest.param([Request()], "INVALID_REQUEST", INVALID, None, id="an empty message"),
        pytest.param(audio(), "INVALID_REQUEST", INVALID, None, id="audio before the config"),
        pytest.param([config(), config(), *audio()], "INVALID_REQUEST", INVALID, None, id="the config twice"),
        pytest.param([config(), *audio(), config()], "INVALID_REQUEST", INVALID, None, id="the config after the file"),
        pytest.param([config(), *audio(), Request()], "INVALID_REQUEST", INVALID, None, id="an empty message at last"),
        pytest.param([config()], "UNSUPPORTED_MEDIA", INVALID, "audio", id="no audio"),
        pytest.param([config(), Request(audio=b"")], "UNSUPPORTED_MEDIA", INVALID, "audio", id="empty audio"),
        pytest.param([config(), *audio(bytes(LIMIT_BYTES + 1))], "UPLOAD_TOO_LARGE", INVALID, None, id="too large"),
        pytest.param([config(""), *audio()], "INVALID_REQUEST", INVALID, "model", id="no model"),
        pytest.param(
            [config("whisper-9"), *audio()], "MODEL_NOT_FOUND", grpc.StatusCode.NOT_FOUND, None, id="an unknown model"
        ),
        pytest.param([config(language="xx")], "UNKNOWN_LANGUAGE", INVALID, "language", id="an unknown language"),
        pytest.param([config(task=7)], "INVALID_REQUEST", INVALID, "task", id="a task from the future"),
        pytest.param([config(temperature=float("nan"))], "INVALID_REQUEST", INVALID, "temperature", id="no number"),
        pytest.param([config(prompt="a" * 5_000)], "INVALID_REQUEST", INVALID, "prompt", id="a long prompt"),
        pytest.param([config(keywords=["ab"] * 2_000)], "INVALID_REQUEST", INVALID, "keywords", id="many keywords"),
        pytest.param([config(keep_seconds=0)], "INVALID_REQUEST", INVALID, "keep_seconds", id="kept for no time"),
        pytest.param(
            [config(keep_seconds=2**32 - 1)], "INVALID_REQUEST", INVALID, "keep_seconds", id="kept for a century"
        ),
        pytest.param(
            [config(secure=proto.Secure(ttl_seconds=36_001))],
            "INVALID_REQUEST",
            INVALID,
            "secure.ttl_seconds",
            id="secure for too long",
        ),
        pytest.param(
            [config(secure=proto.Secure(ttl_seconds=0))],
            "INVALID_REQUEST",
            INVALID,
            "secure.ttl_seconds",
            id="secure, no time",
        ),
        pytest.param(
            [config(idempotency_key="k" * 256), *audio()],
            "INVALID_REQUEST",
            INVALID,
            "idempotency_key",
            id="a long idempotency key",
        ),
        pytest.param(
            [config(idempotency_key="k\0"), *audio()],
            "INVALID_REQUEST",
            INVALID,
            "idempotency_key",
            id="an idempotency key that no database keeps",
        ),
    ],
)
async def test_what_is_wrong_is_said_by_code_reason_and_field(
    gateway: FakeGateway,
    service: JobService,
    requests: list[Request],
    reason: str,
    code: grpc.StatusCode,
    field: str | None,
) -> None:
    wrong = await refused(service.CreateJob(iter(requests), timeout=20))
    assert (wrong.code, wrong.reason) == (code, f"REASON_{reason}")
    assert wrong.info
    assert (wrong.info.domain, wrong.info.metadata.get("field")) == ("earshot", field)
    assert wrong.message
    assert (gateway.blobs.names(), gateway.jobs.rows, gateway.announced) == ([], {}, 0)


async def test_a_refusal_reaches_callers_who_are_still_sending(service: JobService) -> None:
    for _ in range(5):
        sending = iter([config("whisper-9"), *audio(bytes(8 << 20))])
        assert (await refused(service.CreateJob(sending, timeout=20))).reason == "REASON_MODEL_NOT_FOUND"


async def test_an_upload_is_refused_where_it_passes_the_limit(gateway: FakeGateway, service: JobService) -> None:
    """Not when all of it is there: the caller has not ended it."""

    async def without_end() -> AsyncIterator[Request]:
        yield config()
        for part in audio(bytes(LIMIT_BYTES + 1)):
            yield part
        await asyncio.sleep(60)

    assert (await refused(service.CreateJob(without_end(), timeout=20))).reason == "REASON_UPLOAD_TOO_LARGE"
    assert gateway.blobs.names() == []


async def test_a_caller_who_stands_still_is_not_waited_for() -> None:
    gateway = FakeGateway(settings=GatewaySettings(upload_idle_seconds=0.2))

    async def stalled() -> AsyncIterator[Request]:
        yield config()
        yield Request(audio=SOUND)
        await asyncio.sleep(60)

    async with gateway.served_grpc() as address, job_service(address) as service:
        slow = await refused(service.CreateJob(stalled(), timeout=20))
    assert (slow.code, slow.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "REASON_DEADLINE_EXCEEDED")
    assert gateway.blobs.names() == []


async def test_a_store_that_is_away_says_when_to_come_back(gateway: FakeGateway, service: JobService) -> None:
    gateway.blobs.fails = True
    away = await refused(service.CreateJob(iter([config(), *audio()]), timeout=20))
    assert (away.code, away.reason, away.retry_seconds) == (
        grpc.StatusCode.UNAVAILABLE,
        "REASON_STORE_UNAVAILABLE",
        5,
    )
    assert gateway.jobs.rows == {}


async def test_no_more_secure_jobs_are_taken_than_memory_holds(gateway: FakeGateway) -> None:
    gateway.fleeting = MemoryBlobs(room_bytes=len(SOUND) + 10_000)
    async with gateway.served_grpc() as address, job_service(address) as service:
        first = await created(service, secure=proto.Secure())
        full = await refused(service.CreateJob(iter([config(secure=proto.Secure()), *audio()]), timeout=20))
        assert (full.code, full.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "REASON_OVERLOADED")
        await service.DeleteJob(proto.DeleteJobRequest(job_id=first.id), timeout=20)
        assert (await created(service, secure=proto.Secure())).secure


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (proto.ListJobsRequest(page_size=101), "page_size"),
        (proto.ListJobsRequest(page_size=2**32 - 1), "page_size"),
        (proto.ListJobsRequest(states=[proto.JOB_STATE_UNSPECIFIED]), "states"),
        (proto.ListJobsRequest(states=[99]), "states"),  # type: ignore[list-item]
        (proto.ListJobsRequest(page_token="garbage"), "page_token"),
        (proto.ListJobsRequest(page_token="\0"), "page_token"),
        (proto.ListJobsRequest(page_token="a" * 100_000), "page_token"),
        (proto.ListJobsRequest(page_token="0123456789abcdef.1.job_1"), "page_token"),
    ],
)
async def test_a_list_that_cannot_be_asked_for_is_refused(
    service: JobService, request_: proto.ListJobsRequest, field: str
) -> None:
    wrong = await refused(service.ListJobs(request_, timeout=20))
    assert (wrong.code, wrong.reason) == (INVALID, "REASON_INVALID_REQUEST")
    assert wrong.info
    assert wrong.info.metadata["field"] == field


async def test_a_page_token_is_good_for_its_list_alone(service: JobService) -> None:
    for _ in range(3):
        await created(service)
    token = (await service.ListJobs(proto.ListJobsRequest(page_size=1), timeout=20)).next_page_token
    other_page = proto.ListJobsRequest(page_size=2, page_token=token)
    assert len((await service.ListJobs(other_page, timeout=20)).jobs) == 2
    other_list = proto.ListJobsRequest(states=[proto.JOB_STATE_QUEUED], page_token=token)
    assert (await refused(service.ListJobs(other_list, timeout=20))).code is INVALID
    far = f"{token.split('.')[0]}.{'9' * 17}.{'z' * 100}"
    assert (await service.ListJobs(proto.ListJobsRequest(page_token=far), timeout=20)).jobs, (
        "a forged one shows no more"
    )


@pytest.mark.parametrize("job_id", ["", "job_none", "\0", "ä" * 1_000, "../../etc/passwd", "x" * 1_000_000])
async def test_a_job_that_is_none_is_not_found(service: JobService, job_id: str) -> None:
    for call in calls(service, job_id):
        none = await refused(call)
        assert (none.code, none.reason) == (grpc.StatusCode.NOT_FOUND, "REASON_JOB_NOT_FOUND")
        assert len(none.message) < 1_000


async def test_tenants_know_nothing_of_one_another_s_jobs() -> None:
    house = KeyedGateway()
    (secret, _), (other, _) = await house.key(tenant="acme"), await house.key(tenant="umbrella")
    async with house.gateway.served_grpc() as address, job_service(address) as service:
        mine = [await created(service, key=secret, idempotency_key=f"upload-{number}") for number in range(2)]
        theirs = await created(service, key=other, idempotency_key="upload-0")
        assert theirs.id not in {job.id for job in mine}
        page = await service.ListJobs(proto.ListJobsRequest(page_size=1), timeout=20, metadata=authorized(secret))
        assert [job.id for job in page.jobs] == [mine[1].id]
        other_s = proto.ListJobsRequest(page_token=page.next_page_token)
        wrong = await refused(service.ListJobs(other_s, timeout=20, metadata=authorized(other)))
        assert (wrong.code, wrong.reason) == (INVALID, "REASON_INVALID_REQUEST")
        for call in calls(service, mine[0].id, secret=other):
            none = await refused(call)
            assert (none.code, none.reason) == (grpc.StatusCode.NOT_FOUND, "REASON_JOB_NOT_FOUND")
    assert set(house.gateway.jobs.rows) == {theirs.id, *(job.id for job in mine)}


async def test_nobody_gets_in_without_a_key() -> None:
    house = KeyedGateway()
    async with house.gateway.served_grpc() as address, job_service(address) as service:
        made: list[Awaitable[Any]] = [service.CreateJob(iter([config(), *audio()]), timeout=20)]
        made += [service.ListJobs(proto.ListJobsRequest(), timeout=20), *calls(service, "job_1")]
        for call in made:
            unknown = await refused(call)
            assert (unknown.code, unknown.reason) == (grpc.StatusCode.UNAUTHENTICATED, "REASON_MISSING_API_KEY")
    assert house.gateway.blobs.names() == []


async def test_a_key_s_models_and_limits_hold_for_jobs() -> None:
    house = KeyedGateway()
    secret, _ = await house.key(models=("whisper-1",), requests_per_minute=2)
    async with house.gateway.served_grpc() as address, job_service(address) as service:
        closed = service.CreateJob(iter([config("gpt-4o-transcribe"), *audio()]), metadata=authorized(secret))
        assert (await refused(closed)).reason == "REASON_MODEL_NOT_FOUND"
        job = await created(service, key=secret)
        over = await refused(service.CreateJob(iter([config(), *audio()]), timeout=20, metadata=authorized(secret)))
        assert (over.code, over.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "REASON_RATE_LIMITED")
        assert over.retry_seconds
        looking = proto.GetJobRequest(job_id=job.id)
        assert (await service.GetJob(looking, timeout=20, metadata=authorized(secret))).job == job


async def test_any_bytes_are_answered_with_a_status_of_ours(gateway: FakeGateway) -> None:
    """Messages cut short, mixed up and made up: never INTERNAL or UNKNOWN, which would mean a crash."""
    chance = random.Random(11)
    refusals: list[Refusal] = []
    async with gateway.served_grpc() as address, grpc.aio.insecure_channel(address) as channel:
        create = channel.stream_unary(f"{SERVICE}/CreateJob", bytes, bytes)
        ask = [channel.unary_unary(f"{SERVICE}/{name}", bytes, bytes) for name in ("GetJob", "ListJobs", "DeleteJob")]
        stream = [channel.unary_stream(f"{SERVICE}/{name}", bytes, bytes) for name in ("GetTranscript", "WatchJob")]
        for _ in range(150):
            messages = [_mutated(chance) for _ in range(chance.randrange(5))]
            made: list[Awaitable[Any]] = [create(iter(messages), timeout=20)]
            made += [method(_mutated(chance), timeout=20) for method in ask]
            made += [first(method(_mutated(chance), timeout=20)) for method in stream]
            for call in made:
                try:
                    await call
                except grpc.aio.AioRpcError as error:
                    refusals.append(refusal(error))
    assert {each.code for each in refusals} == {INVALID, grpc.StatusCode.NOT_FOUND}
    assert all(each.reason.startswith("REASON_") for each in refusals)
    assert len(refusals) < 150 * 6, "some of them are asked for as they should be"
    # Whatever did become a job has its audio, perhaps hints, and nothing else.
    assert len(gateway.blobs.names()) <= 2 * len(gateway.jobs.rows)


def calls(service: JobService, job_id: str, *, secret: str = "") -> Iterator[Awaitable[Any]]:
    metadata = authorized(secret) if secret else None
    yield service.GetJob(proto.GetJobRequest(job_id=job_id), timeout=20, metadata=metadata)
    yield service.CancelJob(proto.CancelJobRequest(job_id=job_id), timeout=20, metadata=metadata)
    yield service.DeleteJob(proto.DeleteJobRequest(job_id=job_id), timeout=20, metadata=metadata)
    yield first(service.GetTranscript(proto.GetTranscriptRequest(job_id=job_id), timeout=20, metadata=metadata))
    yield first(service.WatchJob(proto.WatchJobRequest(job_id=job_id), timeout=20, metadata=metadata))


async def first(answers: AsyncIterable[object]) -> object:
    return await anext(aiter(answers))


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
