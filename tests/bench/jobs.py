"""`python -m tests.bench.jobs`: how many jobs a second the machinery takes through, and how soon an idle one begins.

From the accepted row to the completed one, on real stores: claims, leases, sealed blobs, remembered windows. Decoding,
voice detection and recognition are stand-ins that answer at once; what they cost is the matter of `tests.bench`.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from statistics import median, quantiles

from gateway.edge.access import Caller
from gateway.jobs.desk import AskedJob, JobDesk, JobParts, StoredAudio, new_job_id
from speechkit.adapters.job_backing import JobBacking, open_job_backing
from speechkit.adapters.media.spool import spooled
from speechkit.domain.jobs import Job, JobFilter, JobState
from speechkit.domain.options import TranscriptionOptions
from speechkit.pipeline import Pipeline
from speechkit.runtime.background import in_background
from speechkit.runtime.logs import configure_logs
from speechkit.runtime.settings import JobSettings
from tests.bench.machine import facts
from tests.doors.forms import wav
from tests.fakes.media_decoder import FakeMediaDecoder
from tests.fakes.recognizer import MODEL, FakeRecognizer
from tests.fakes.refiner import FakeRefiner
from tests.fakes.voice_detector import FakeVoiceDetector
from tests.stores.kafka import new_kafka
from tests.stores.programs import ProgramMissing
from tests.stores.servers import new_postgres
from worker.consumer import consume
from worker.transcribing import JobRunner

JOBS = 1_000
STARTS = 60
WORKERS = 2
AT_ONCE = 8
LEASE = timedelta(seconds=30)
SOUND = wav(2)


@dataclass(frozen=True, kw_only=True)
class Rates:
    accepted_per_second: float
    completed_per_second: float
    start_ms: list[float]

    def row(self, name: str) -> str:
        p95 = quantiles(self.start_ms, n=20)[-1]
        return (
            f"| {name} | {self.accepted_per_second:.0f} | {self.completed_per_second:.0f} | "
            f"{median(self.start_ms):.0f} ms | {p95:.0f} ms |"
        )


def main() -> None:
    configure_logs(level="error", log_format="json")
    print("\n".join(f"- {fact}" for fact in facts()))
    print("\n| jobs | accepted a second | completed a second | from accept to start, p50 | p95 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(measured({"data_dir": folder}, workers=0)).row("embedded: SQLite, one process"))
    try:
        with on_a_cluster() as settings:
            rates = asyncio.run(measured(settings, workers=WORKERS))
        print(rates.row(f"Kafka and PostgreSQL, {WORKERS} workers"))
    except ProgramMissing as missing:
        print(f"Kafka and PostgreSQL: not measured, {missing}")


@contextmanager
def on_a_cluster() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        postgres, kafka = stack.enter_context(new_postgres()), stack.enter_context(new_kafka())
        for server in (postgres, kafka):
            stack.enter_context(server.served())
        yield {"data_dir": folder, "database_url": postgres.url, "kafka_servers": kafka.address}


async def measured(settings: Mapping[str, str], *, workers: int) -> Rates:
    async with open_job_backing(JobSettings.model_validate(settings)) as backing:
        desk = JobDesk(
            parts=JobParts(
                store=backing.store, blobs=backing.blobs, deliveries=backing.deliveries, announce=lambda: None
            )
        )
        began = time.perf_counter()
        for _ in range(JOBS // 20):
            await asyncio.gather(*(accept(desk) for _ in range(20)))
        accepting = time.perf_counter() - began
        async with at_work(settings, backing, workers=workers):
            backing.outbox.wake()
            done = await all_completed(backing)
            completing = max(ended(job) for job in done) - min(begun(job) for job in done)
            announcing = JobDesk(
                parts=JobParts(
                    store=backing.store,
                    blobs=backing.blobs,
                    deliveries=backing.deliveries,
                    announce=backing.outbox.wake,
                )
            )
            starts = [await start_ms(announcing) for _ in range(STARTS)]
    return Rates(accepted_per_second=JOBS / accepting, completed_per_second=JOBS / completing, start_ms=starts)


async def accept(desk: JobDesk) -> Job:
    job_id = new_job_id()
    await desk.parts.blobs.put_audio(job_id, _parts(), secure=False)
    accepted = await desk.accept(
        AskedJob(model="whisper-1", options=TranscriptionOptions(model=MODEL)),
        job_id=job_id,
        caller=Caller(),
        audio=StoredAudio(size_bytes=len(SOUND), digest=b""),
    )
    return accepted.job


async def start_ms(desk: JobDesk) -> float:
    """Of one job while nothing else waits, by the clock of the row."""
    job = await accept(desk)
    while True:
        await asyncio.sleep(0.05)
        seen = await desk.get(job.id, caller=Caller())
        if seen.state.final and seen.started_at:
            return (seen.started_at - seen.created_at).total_seconds() * 1000


async def all_completed(backing: JobBacking) -> tuple[Job, ...]:
    waiting = JobFilter(tenant=None, states=frozenset({JobState.QUEUED, JobState.RUNNING}), limit=1)
    while await backing.store.page(waiting):
        await asyncio.sleep(0.1)
    done = await backing.store.page(JobFilter(tenant=None, limit=2 * JOBS))
    assert len(done) == JOBS
    return done


def begun(job: Job) -> float:
    assert job.started_at
    return job.started_at.timestamp()


def ended(job: Job) -> float:
    assert job.state is JobState.COMPLETED
    assert job.finished_at
    return job.finished_at.timestamp()


@asynccontextmanager
async def at_work(settings: Mapping[str, str], backing: JobBacking, *, workers: int) -> AsyncIterator[None]:
    """In this process, or in so many of their own."""
    if not workers:
        async with in_background(partial(work, backing), name="consume"):
            yield
        return
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        for _ in range(workers):
            told, tell = context.Pipe()
            process = context.Process(target=work_until_told, args=(dict(settings), tell), daemon=True)
            process.start()
            stack.callback(process.join, 10)
            stack.callback(told.send, None)
            await asyncio.to_thread(told.recv)
        await asyncio.sleep(5)  # the group settles who listens to which partition
        yield


def work_until_told(settings: dict[str, str], tell: Connection) -> None:
    configure_logs(level="error", log_format="json")
    asyncio.run(_work_until_told(settings, tell))


async def _work_until_told(settings: dict[str, str], tell: Connection) -> None:
    async with (
        open_job_backing(JobSettings.model_validate(settings)) as backing,
        in_background(partial(work, backing), name="consume"),
    ):
        tell.send(None)
        await asyncio.to_thread(tell.recv)


async def work(backing: JobBacking) -> None:
    runner = JobRunner(
        jobs=backing.store,
        blobs=backing.blobs,
        sealer=backing.sealer,
        limits=backing.limits,
        open_media=spooled,
        pipeline=Pipeline(decoder=FakeMediaDecoder(), voice_detector=FakeVoiceDetector(), recognizer=FakeRecognizer()),
        refiner=FakeRefiner(),
        lease=LEASE,
        deadline_seconds=60,
    )
    await consume(backing.store, backing.doorbell, runner.run, at_once=AT_ONCE, lease=LEASE)


async def _parts() -> AsyncIterator[bytes]:
    yield SOUND


if __name__ == "__main__":
    main()
