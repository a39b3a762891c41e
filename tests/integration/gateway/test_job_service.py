"""JobService over a real gRPC server, on fakes: jobs as over HTTP, for callers inside the cluster."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
import pytest_asyncio

from earshot.errors.v1 import reason_pb2
from earshot.jobs.v1 import jobs_pb2 as proto
from earshot.speech.v1 import speech_pb2 as speech
from gateway.jobs import desk as job_desk
from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import NotFound
from speechkit.domain.jobs import Job, Progress, audio_blob
from speechkit.domain.options import TEMPERATURE_LADDER, Task
from speechkit.formats import ResponseFormat
from tests.doors.forms import Part, content_type, multipart
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import refusal
from tests.doors.job_calls import SOUND, JobService, Request, audio, config, created, job_service, refused
from tests.doors.waiting import until
from tests.doors.worker import at_work
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.web import URL, FakeWeb

TENANT = "anyone"
PART_BYTES = 64 * 1024


@pytest_asyncio.fixture
async def service(gateway: FakeGateway) -> AsyncIterator[JobService]:
    async with gateway.served_grpc() as address, job_service(address) as service:
        yield service


async def completed(gateway: FakeGateway, service: JobService, **options: Any) -> proto.Job:
    job = await created(service, **options)
    async with at_work(gateway):
        await until(lambda: gateway.jobs.rows[job.id].state.final)
    return (await service.GetJob(proto.GetJobRequest(job_id=job.id), timeout=20)).job


async def transcript(
    service: JobService, job_id: str, asked: int = proto.TRANSCRIPT_FORMAT_UNSPECIFIED
) -> list[proto.GetTranscriptResponse]:
    request = proto.GetTranscriptRequest(job_id=job_id, format=asked)  # type: ignore[arg-type]
    return [part async for part in service.GetTranscript(request, timeout=20)]


async def test_a_job_is_accepted_with_its_audio_and_its_options(gateway: FakeGateway, service: JobService) -> None:
    asked = config(
        language=" DE ",
        task=speech.TASK_TRANSLATE,
        prompt="Köln",
        keywords=["Dom", "Rhein"],
        temperature=0.5,
        word_timestamps=True,
        logprobs=True,
        keep_seconds=60,
        callback_url="https://receiver.example/hook",
        callback_transcript=True,
        voice_detection=speech.VoiceDetection(threshold=0.75, silence_duration_ms=400),
    )
    answer = await service.CreateJob(iter([asked, *audio(part_bytes=1_000)]), timeout=20)
    assert answer.is_new
    told = answer.job
    assert (told.state, told.model, told.tries, told.secure) == (proto.JOB_STATE_QUEUED, "whisper-1", 0, False)
    assert told.expires_at.ToNanoseconds() - told.created_at.ToNanoseconds() == 60e9
    assert not any(told.HasField(name) for name in ("started_at", "finished_at", "duration_seconds", "error"))
    assert gateway.announced == 1

    job = gateway.jobs.rows[told.id]
    assert job.audio_bytes == len(SOUND)
    assert await gateway.blobs.read(audio_blob(job.id)) == SOUND
    assert (job.options.prompt, job.options.hotwords) == ("", ""), "a caller's own words stand in no row"
    options = await gateway.job_blobs.options(job)
    assert (options.model, options.language, options.task) == ("whisper-base", "de", Task.TRANSLATE)
    assert (options.prompt, options.hotwords, options.temperatures) == ("Köln", "Dom, Rhein", (0.5,))
    assert (options.word_timestamps, options.logprobs) == (True, True)
    assert options.chunking == Chunking(threshold=0.75, silence_duration_ms=400)
    assert (job.callback_url, job.callback_transcript) == ("https://receiver.example/hook", True)


async def test_a_job_may_name_a_url_in_place_of_audio(gateway: FakeGateway) -> None:
    gateway.job_urls = FakeWeb(files={URL: SOUND})
    async with gateway.served_grpc() as address, job_service(address) as service:
        told = await service.CreateJob(iter([config(url=URL, idempotency_key="k")]), timeout=20)
        assert await gateway.blobs.read(audio_blob(told.job.id)) == SOUND
        again = await service.CreateJob(iter([config(url=URL, idempotency_key="k")]), timeout=20)
        assert (again.is_new, again.job.id) == (False, told.job.id)
        both = await refused(service.CreateJob(iter([config(url=URL), *audio()]), timeout=20))
        assert (both.code, "not both" in both.message) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    assert len(gateway.jobs.rows) == len(gateway.blobs.names()) == 1


async def test_urls_that_nobody_allowed_are_fetched_from_nowhere(gateway: FakeGateway, service: JobService) -> None:
    unlisted = await refused(service.CreateJob(iter([config(url=URL)]), timeout=20))
    assert (unlisted.code, "EARSHOT_JOB_URL_HOSTS" in unlisted.message) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    told = await refused(service.CreateJob(iter([config(callback_url="ftp://receiver.example"), *audio()]), timeout=20))
    assert told.info
    assert (told.code, told.info.metadata["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, "callback_url")
    assert gateway.jobs.rows == {}


async def test_what_is_left_out_is_the_served_model_s_default(gateway: FakeGateway, service: JobService) -> None:
    job = gateway.jobs.rows[(await created(service)).id]
    assert (job.keep_until, job.ttl_seconds, job.idempotency_key) == (None, None, None)
    assert (job.options.language, job.options.task) == ("", Task.TRANSCRIBE)
    assert job.options.temperatures == TEMPERATURE_LADDER


async def test_a_job_is_the_same_at_both_doors(gateway: FakeGateway, service: JobService) -> None:
    """Created at one, known at the other; and the same request with the same key makes no second job."""
    fields = (("model", "whisper-1"), ("language", "de"), ("prompt", "Köln"), ("keep_seconds", "60"))
    parts = [Part(name=name, content=value.encode()) for name, value in fields]
    form = multipart(*parts, Part(name="file", filename="talk.wav", content=SOUND))
    first = await created(service, language="de", prompt="Köln", keep_seconds=60, idempotency_key="upload-17")
    async with gateway.client() as client:
        headers = content_type() | {"idempotency-key": "upload-17"}
        again = await client.post("/v1/jobs", content=form, headers=headers)
        assert (again.status_code, again.json()["id"]) == (200, first.id)
        other = (await client.post("/v1/jobs", content=form, headers=content_type())).json()
    assert (await service.GetJob(proto.GetJobRequest(job_id=other["id"]), timeout=20)).job.model == other["model"]
    assert len(gateway.blobs.names()) == 4, "two jobs with audio and hints"


async def test_the_same_key_answers_with_the_same_job_and_refuses_another_request(
    gateway: FakeGateway, service: JobService
) -> None:
    asked = config(idempotency_key="upload-17")
    first = await service.CreateJob(iter([asked, *audio()]), timeout=20)
    again = await service.CreateJob(iter([asked, *audio(part_bytes=999)]), timeout=20)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.job.id == first.job.id
    for other in ([asked, *audio(SOUND[:-2])], [config(idempotency_key="upload-17", language="de"), *audio()]):
        conflict = await refused(service.CreateJob(iter(other), timeout=20))
        assert (conflict.code, conflict.reason) == (
            grpc.StatusCode.ALREADY_EXISTS,
            "REASON_IDEMPOTENCY_CONFLICT",
        )
    assert gateway.blobs.names() == [audio_blob(first.job.id)]


async def test_a_completed_job_says_how_it_went(gateway: FakeGateway, service: JobService) -> None:
    job = await completed(gateway, service)
    assert (job.state, job.tries, job.language) == (proto.JOB_STATE_COMPLETED, 1, "en")
    assert job.duration_seconds == pytest.approx(1.7)
    assert job.created_at.ToNanoseconds() <= job.started_at.ToNanoseconds() <= job.finished_at.ToNanoseconds()
    assert (job.progress.windows_done, job.progress.windows_known) == (1, 1)


async def test_a_running_job_says_how_far_it_is(gateway: FakeGateway, service: JobService) -> None:
    job_id = (await created(service)).id
    now, lease = datetime.now(UTC), timedelta(minutes=1)
    claimed = await gateway.jobs.claim(now=now, lease=lease)
    assert claimed
    progress = Progress(windows_done=2, windows_known=3, seconds_done=41.5)
    await gateway.jobs.renew(claimed, now=now, lease=lease, progress=progress)
    job = (await service.GetJob(proto.GetJobRequest(job_id=job_id), timeout=20)).job
    assert (job.state, job.started_at.ToDatetime(UTC)) == (proto.JOB_STATE_RUNNING, now)
    assert job.progress == proto.Progress(windows_done=2, windows_known=3, seconds_done=41.5)


async def test_a_transcript_comes_as_messages_like_those_of_a_stream(gateway: FakeGateway, service: JobService) -> None:
    """Words and tokens are there when the job asked for them."""
    plain = await completed(gateway, service)
    segment, end = await transcript(service, plain.id)
    assert (segment.segment.text, segment.segment.start_seconds, segment.segment.end_seconds) == (" Hello 0.", 0, 1.7)
    assert not segment.segment.words
    assert not segment.segment.tokens
    assert end.transcript == speech.Transcript(
        text="Hello 0.", language="en", duration_seconds=1.7, usage=speech.Usage(audio_seconds=2)
    )
    asked = await completed(gateway, service, word_timestamps=True, logprobs=True)
    segment, _ = await transcript(service, asked.id)
    assert [word.text for word in segment.segment.words] == [" Hello", " 1."]
    assert [token.text for token in segment.segment.tokens] == [b" Hello", b" 1."]


async def test_a_transcript_in_a_format_is_that_of_http_byte_by_byte(gateway: FakeGateway, service: JobService) -> None:
    """However many messages it takes: no message is larger than callers read."""
    gateway.recognizer.says = lambda _: " ¿…?" * 10_000  # marks alone: no guard thinks them too many to be said
    job = await completed(gateway, service, word_timestamps=True, logprobs=True)
    async with gateway.client() as client:
        for asked in ResponseFormat:
            parts = await transcript(service, job.id, proto.TranscriptFormat.Value(f"TRANSCRIPT_FORMAT_{asked.name}"))
            assert all(len(part.rendered) <= PART_BYTES for part in parts)
            over_http = await client.get(f"/v1/jobs/{job.id}/transcript", params={"format": asked})
            assert b"".join(part.rendered for part in parts) == over_http.content
    assert len(parts) > 1


async def test_a_job_that_is_not_completed_has_no_transcript(gateway: FakeGateway, service: JobService) -> None:
    job = await created(service)
    early = await refused(transcript(service, job.id))
    assert (early.code, early.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REASON_JOB_NOT_COMPLETED")


async def test_a_failed_job_says_why(gateway: FakeGateway, service: JobService) -> None:
    sent = iter([config(), *audio(b"noise" * 9_999)])
    job = (await service.CreateJob(sent, timeout=20)).job
    async with at_work(gateway):
        await until(lambda: gateway.jobs.rows[job.id].state.final)
    job = (await service.GetJob(proto.GetJobRequest(job_id=job.id), timeout=20)).job
    assert (job.state, job.error.reason) == (proto.JOB_STATE_FAILED, reason_pb2.REASON_UNSUPPORTED_MEDIA)
    assert job.error.message


async def test_a_watched_job_tells_each_change_until_it_is_over(gateway: FakeGateway, service: JobService) -> None:
    job = await created(service)
    watching = service.WatchJob(proto.WatchJobRequest(job_id=job.id), timeout=20)
    first = await anext(aiter(watching))
    assert first.job == job
    async with at_work(gateway):
        states = [news.job.state async for news in watching]
    assert states[-1] == proto.JOB_STATE_COMPLETED
    assert set(states[:-1]) <= {proto.JOB_STATE_RUNNING}


async def test_a_job_that_is_deleted_while_it_is_watched_ends_the_stream_with_the_reason(
    service: JobService,
) -> None:
    job = await created(service)
    watching = service.WatchJob(proto.WatchJobRequest(job_id=job.id), timeout=20)
    await anext(aiter(watching))
    await service.DeleteJob(proto.DeleteJobRequest(job_id=job.id), timeout=20)
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        async for _ in watching:
            pass
    assert refusal(ended.value).reason == "REASON_JOB_NOT_FOUND"


async def test_nobody_looks_any_more_at_a_job_that_is_watched_no_longer(
    gateway: FakeGateway, service: JobService, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await created(service)
    monkeypatch.setattr(job_desk, "LONGEST_LOOK_SECONDS", 0.01)
    looks, look = 0, gateway.jobs.get

    async def counted(job_id: str, *, tenant: str) -> Job | None:
        nonlocal looks
        looks += 1
        return await look(job_id, tenant=tenant)

    monkeypatch.setattr(gateway.jobs, "get", counted)
    watching = service.WatchJob(proto.WatchJobRequest(job_id=job.id), timeout=20)
    await until(lambda: looks > 3)
    watching.cancel()
    await asyncio.sleep(0.1)
    before = looks
    await asyncio.sleep(0.1)
    assert looks == before


async def test_a_cancelled_job_stays_cancelled(gateway: FakeGateway, service: JobService) -> None:
    job = await created(service)
    for _ in range(2):
        answer = await service.CancelJob(proto.CancelJobRequest(job_id=job.id), timeout=20)
        assert answer.job.state == proto.JOB_STATE_CANCELLED
    states = [news.job.state async for news in service.WatchJob(proto.WatchJobRequest(job_id=job.id), timeout=20)]
    assert states == [proto.JOB_STATE_CANCELLED]


async def test_a_deleted_job_is_gone_with_its_audio_and_transcript(gateway: FakeGateway, service: JobService) -> None:
    job = await completed(gateway, service)
    await service.DeleteJob(proto.DeleteJobRequest(job_id=job.id), timeout=20)
    assert gateway.blobs.names() == []
    for call in (
        service.GetJob(proto.GetJobRequest(job_id=job.id), timeout=20),
        service.CancelJob(proto.CancelJobRequest(job_id=job.id), timeout=20),
        service.DeleteJob(proto.DeleteJobRequest(job_id=job.id), timeout=20),
        transcript(service, job.id),
    ):
        gone = await refused(call)
        assert (gone.code, gone.reason) == (grpc.StatusCode.NOT_FOUND, "REASON_JOB_NOT_FOUND")


async def test_jobs_are_listed_page_by_page_the_newest_first(gateway: FakeGateway, service: JobService) -> None:
    """Also for a caller who deletes each page before asking for the next."""
    ids = [(await created(service)).id for _ in range(5)]
    await service.CancelJob(proto.CancelJobRequest(job_id=ids[2]), timeout=20)
    cancelled = proto.ListJobsRequest(states=[proto.JOB_STATE_CANCELLED, proto.JOB_STATE_FAILED])
    answer = await service.ListJobs(cancelled, timeout=20)
    assert ([job.id for job in answer.jobs], answer.next_page_token) == ([ids[2]], "")

    pages: list[list[str]] = []
    page_token = ""
    while not pages or page_token:
        page = await service.ListJobs(proto.ListJobsRequest(page_size=2, page_token=page_token), timeout=20)
        pages.append([job.id for job in page.jobs])
        page_token = page.next_page_token
        for job_id in pages[-1]:
            await service.DeleteJob(proto.DeleteJobRequest(job_id=job_id), timeout=20)
    assert pages == [ids[:2:-1], ids[2:0:-1], ids[:1]]
    assert not (await service.ListJobs(proto.ListJobsRequest(), timeout=20)).jobs


async def test_a_secure_job_leaves_nothing_in_the_blob_store_and_is_read_once(
    gateway: FakeGateway, service: JobService
) -> None:
    job = await completed(gateway, service, secure=proto.Secure(), prompt="a name")
    assert job.secure
    assert gateway.jobs.rows[job.id].ttl_seconds == 900
    assert gateway.blobs.names() == []
    wrong = await refused(transcript(service, job.id, 99))
    assert wrong.code is grpc.StatusCode.INVALID_ARGUMENT, "that is no read"
    reads = await asyncio.gather(*(transcript(service, job.id) for _ in range(4)), return_exceptions=True)
    (read,) = [parts for parts in reads if isinstance(parts, list)]
    assert read[-1].transcript.text == "Hello 0."
    for gone in reads:
        if isinstance(gone, grpc.aio.AioRpcError):
            assert "read once" in refusal(gone).message


async def test_a_secure_job_that_is_given_up_leaves_nothing_in_memory(
    gateway: FakeGateway, service: JobService
) -> None:
    job = await created(service, secure=proto.Secure(ttl_seconds=60))
    assert await gateway.fleeting.read(audio_blob(job.id)) == SOUND
    await service.CancelJob(proto.CancelJobRequest(job_id=job.id), timeout=20)
    with pytest.raises(NotFound):
        await gateway.fleeting.read(audio_blob(job.id))


class SlowBlobStore(FakeBlobStore):
    """Takes one part, and the next when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_bytes = 0
        self.broken_off = 0
        self.goes_on = asyncio.Event()

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> int:
        try:
            async for part in parts:
                self.taken_bytes += len(part)
                await self.goes_on.wait()
        except BaseException:
            self.broken_off += 1
            raise
        self.blobs[name] = b""
        return self.taken_bytes


async def test_a_caller_is_slowed_down_to_the_store_s_pace() -> None:
    """So that a recording of gigabytes takes no more memory than a short one."""
    gateway, store = FakeGateway(), SlowBlobStore()
    gateway.blobs = store
    sent, all_parts = 0, 1_000

    async def recording() -> AsyncIterator[Request]:
        nonlocal sent
        yield config()
        for sent in range(1, all_parts + 1):  # noqa: B007 - counted for the test
            yield Request(audio=bytes(PART_BYTES))

    async with gateway.served_grpc() as address, job_service(address) as service:
        creating = asyncio.ensure_future(service.CreateJob(recording(), timeout=60))
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.5)
        assert store.taken_bytes == PART_BYTES
        assert sent < all_parts / 2, "what HTTP/2 and gRPC hold"
        store.goes_on.set()
        job = (await creating).job
    assert gateway.jobs.rows[job.id].audio_bytes == all_parts * PART_BYTES


@pytest.mark.parametrize("ends", ["cancelled", "out of time"])
async def test_a_call_that_breaks_off_leaves_nothing_behind(ends: str) -> None:
    gateway, store = FakeGateway(), SlowBlobStore()
    gateway.blobs = store

    async def breaking_off() -> AsyncIterator[Request]:
        yield config(prompt="a name")
        yield Request(audio=bytes(1_000))
        await asyncio.sleep(60)

    async with gateway.served_grpc() as address, job_service(address) as service:
        call = service.CreateJob(breaking_off(), timeout=60 if ends == "cancelled" else 0.5)
        await until(lambda: store.taken_bytes > 0)
        if ends == "cancelled":
            call.cancel()
        await until(lambda: store.broken_off == 1)
        store.goes_on.set()
        assert (await created(service)).id, "the server goes on"
    assert len(store.names()) == len(gateway.jobs.rows) == 1


async def test_a_call_that_breaks_off_while_the_job_is_written_leaves_no_job_without_audio() -> None:
    gateway = FakeGateway()
    adding, goes_on = asyncio.Event(), asyncio.Event()
    add = gateway.jobs.add

    async def slow_add(job):  # type: ignore[no-untyped-def]
        known = await add(job)
        adding.set()
        await goes_on.wait()
        return known

    gateway.jobs.add = slow_add  # type: ignore[method-assign]
    async with gateway.served_grpc() as address, job_service(address) as service:
        call = service.CreateJob(iter([config(prompt="a name"), *audio()]), timeout=20)
        await adding.wait()
        call.cancel()
        await until(lambda: not gateway.jobs.rows)
        await until(lambda: not gateway.blobs.names())
    assert gateway.announced == 0
