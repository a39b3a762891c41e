"""The worker's loop: claims the fairest waiting jobs, as many at once as it has room for, and sweeps behind the dead.

What is done with a job is the matter of `transcribing`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.jobs import Job
from speechkit.ports import Doorbell, JobStore
from speechkit.runtime.job_blobs import JobBlobs
from worker.measuring import count_reaped

log = structlog.get_logger(__name__)

STORE_RETRY_SECONDS = 2.0
DELETED_AT_ONCE = 100


async def consume(
    jobs: JobStore, doorbell: Doorbell, run: Callable[[Job], Awaitable[None]], *, at_once: int, lease: timedelta
) -> None:
    """Until it is cancelled, which waits for the jobs under way to be handed back."""
    room = asyncio.Semaphore(at_once)

    async def run_one(job: Job) -> None:
        try:
            await run(job)
        except StoreUnavailable as error:
            # The lease ends by itself, and somebody goes on with the job.
            log.warning("job_interrupted", job_id=job.id, reason=error.reason.value)
        except Exception as error:  # noqa: BLE001 nor may one job end the others; its lease ends, its tries are counted
            log.error("job_interrupted", job_id=job.id, error=type(error).__name__)  # noqa: TRY400 it may quote speech
        finally:
            room.release()

    async with asyncio.TaskGroup() as running, doorbell.rings() as rings:
        while True:
            # Room first: what a full worker does not take is left to others.
            await room.acquire()
            job = await _next_job(jobs, rings, lease)
            running.create_task(run_one(job))


async def sweep(jobs: JobStore, blobs: JobBlobs, *, every_seconds: float) -> None:
    """Jobs whose worker died are queued again; jobs that were to be kept no longer than this are deleted."""
    while True:
        try:
            for job in await jobs.reap(now=_now()):
                log.warning("job_reaped", job_id=job.id, state=job.state.value, tries=job.tries)
                count_reaped(job)
                if job.secure:
                    await blobs.delete(job)
            while outlived := await jobs.outlived(now=_now(), limit=DELETED_AT_ONCE):
                for job in outlived:
                    await blobs.delete(job)
                    await jobs.delete(job.id, tenant=job.tenant)
                    log.info("job_outlived", job_id=job.id, tenant=job.tenant)
        except StoreUnavailable:
            pass  # the store's own log says why
        await asyncio.sleep(every_seconds)


async def _next_job(jobs: JobStore, rings: AsyncIterator[None], lease: timedelta) -> Job:
    """One that waits already, or the first that is rung for."""
    while True:
        try:
            if job := await jobs.claim(now=_now(), lease=lease):
                return job
        except StoreUnavailable:
            await asyncio.sleep(STORE_RETRY_SECONDS)
            continue
        await anext(rings)


def _now() -> datetime:
    return datetime.now(UTC)
