"""Workers take what waits, as much as they have room for, and are woken for the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.domain.errors import NotFound, StoreUnavailable
from speechkit.domain.jobs import Job, JobState, audio_blob
from speechkit.domain.options import TranscriptionOptions
from speechkit.runtime.job_blobs import JobBlobs
from tests.doors.waiting import until
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.job_store import FakeJobStore
from worker import consumer
from worker.consumer import consume, sweep

LEASE = timedelta(seconds=60)


class Bell:
    """Rings when it is told to."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[None] = asyncio.Queue()

    async def ring(self, jobs: object) -> None:
        self.queue.put_nowait(None)

    @asynccontextmanager
    async def rings(self) -> AsyncIterator[AsyncIterator[None]]:
        async def each() -> AsyncIterator[None]:
            while True:
                await self.queue.get()
                yield

        yield each()


def job(number: int, tenant: str = "a") -> Job:
    return Job(
        id=f"job_{number}",
        tenant=tenant,
        model="whisper-1",
        options=TranscriptionOptions(model="whisper-base"),
        audio_bytes=16_000,
        created_at=datetime.now(UTC),
    )


class Worker:
    def __init__(self, jobs: FakeJobStore) -> None:
        self.jobs, self.bell = jobs, Bell()
        self.blobs = JobBlobs(lasting=FakeBlobStore(), fleeting=MemoryBlobs(room_bytes=10_000_000))
        self.running: dict[str, asyncio.Event] = {}
        self.fails_with: Exception | None = None

    async def run(self, claimed: Job) -> None:
        if self.fails_with:
            raise self.fails_with
        self.running[claimed.id] = asyncio.Event()
        await self.running[claimed.id].wait()
        await self.jobs.complete(claimed, now=datetime.now(UTC), audio_seconds=1, language="en")
        del self.running[claimed.id]

    @asynccontextmanager
    async def consuming(self, at_once: int = 2) -> AsyncIterator[None]:
        task = asyncio.create_task(consume(self.jobs, self.bell, self.run, at_once=at_once, lease=LEASE))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def worker() -> Worker:
    return Worker(FakeJobStore())


async def test_what_waits_at_the_start_needs_no_ring_and_room_is_never_exceeded(worker: Worker) -> None:
    for number in range(3):
        await worker.jobs.add(job(number))
    async with worker.consuming(at_once=2):
        await until(lambda: len(worker.running) == 2)
        await asyncio.sleep(0.05)
        assert sorted(worker.running) == ["job_0", "job_1"]
        worker.running["job_0"].set()
        await until(lambda: "job_2" in worker.running)


async def test_an_idle_worker_is_woken_by_a_ring(worker: Worker) -> None:
    async with worker.consuming():
        await asyncio.sleep(0.01)
        await worker.jobs.add(job(1))
        await asyncio.sleep(0.05)
        assert not worker.running
        await worker.bell.ring({"job_1": None})
        await until(lambda: "job_1" in worker.running)


async def test_one_tenant_s_many_jobs_do_not_hold_up_another_s_one(worker: Worker) -> None:
    for number in range(50):
        await worker.jobs.add(job(number))
    await worker.jobs.add(job(99, tenant="b"))
    async with worker.consuming(at_once=2):
        await until(lambda: len(worker.running) == 2)
        assert "job_99" in worker.running


async def test_a_store_that_is_away_ends_neither_the_worker_nor_its_other_jobs(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "STORE_RETRY_SECONDS", 0.01)
    claim, away = worker.jobs.claim, True

    async def sometimes(*, now: datetime, lease: timedelta) -> Job | None:
        if away:
            raise StoreUnavailable("away")
        return await claim(now=now, lease=lease)

    monkeypatch.setattr(worker.jobs, "claim", sometimes)
    worker.fails_with = StoreUnavailable("away")
    await worker.jobs.add(job(1))
    await worker.jobs.add(job(2))
    async with worker.consuming(at_once=1):
        await asyncio.sleep(0.05)
        away = False
        # The first is interrupted, and its lease will end; the second finds its room free.
        await until(lambda: all(row.state is JobState.RUNNING for row in worker.jobs.rows.values()))


async def test_a_dead_worker_s_job_is_queued_again(worker: Worker) -> None:
    await worker.jobs.add(job(1))
    await worker.jobs.claim(now=datetime.now(UTC) - 2 * LEASE, lease=LEASE)
    sweeping = asyncio.create_task(sweep(worker.jobs, worker.blobs, every_seconds=0.01))
    await until(lambda: worker.jobs.rows["job_1"].state is JobState.QUEUED)
    sweeping.cancel()


async def test_a_secure_job_whose_worker_died_fails_and_leaves_nothing(worker: Worker) -> None:
    secure = replace(job(1), ttl_seconds=60)
    await worker.blobs.put_audio(secure.id, one_part(), secure=True)
    await worker.jobs.add(secure)
    await worker.jobs.claim(now=datetime.now(UTC) - 2 * LEASE, lease=LEASE)
    sweeping = asyncio.create_task(sweep(worker.jobs, worker.blobs, every_seconds=0.01))
    await until(lambda: worker.jobs.rows["job_1"].state is JobState.FAILED)
    await asyncio.sleep(0.02)
    sweeping.cancel()
    with pytest.raises(NotFound):
        await worker.blobs.fleeting.read(audio_blob("job_1"))


async def test_a_job_that_was_to_be_kept_no_longer_is_deleted_with_all_that_is_its(worker: Worker) -> None:
    now = datetime.now(UTC)
    await worker.jobs.add(replace(job(1), keep_until=now))
    await worker.jobs.add(replace(job(2), keep_until=now + timedelta(hours=1)))
    for number in (1, 2):
        await worker.blobs.put_audio(f"job_{number}", one_part(), secure=False)
    sweeping = asyncio.create_task(sweep(worker.jobs, worker.blobs, every_seconds=0.01))
    await until(lambda: list(worker.jobs.rows) == ["job_2"])
    sweeping.cancel()
    with pytest.raises(NotFound):
        await worker.blobs.lasting.read(audio_blob("job_1"))
    assert await worker.blobs.lasting.read(audio_blob("job_2"))


async def test_a_job_that_breaks_its_runner_ends_no_other(worker: Worker) -> None:
    worker.fails_with = RuntimeError("nobody foresaw it")
    await worker.jobs.add(job(1))
    async with worker.consuming(at_once=1):
        await until(lambda: worker.jobs.rows["job_1"].state is JobState.RUNNING)
        await asyncio.sleep(0.02)
        worker.fails_with = None
        await worker.jobs.add(job(2))
        await worker.bell.ring({})
        await until(lambda: "job_2" in worker.running)


async def one_part() -> AsyncIterator[bytes]:
    yield b"sound"
