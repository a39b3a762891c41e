"""What job stores promise when many ask at once, through two stores on the same rows."""

import asyncio
import random
from collections import Counter
from dataclasses import replace

from speechkit.domain.jobs import MAX_TRIES, Job, JobFilter, JobState
from speechkit.ports import JobStore
from tests.fakes.made_jobs import LEASE, later, made_job

Twins = tuple[JobStore, JobStore]
JOBS = 60


async def drain(jobs: JobStore) -> list[Job]:
    """Everything that waits, claimed and completed as a worker does."""
    done = []
    while job := await jobs.claim(now=later(500), lease=LEASE):
        assert await jobs.complete(job, now=later(501), audio_seconds=1, language="en")
        done.append(job)
    return done


async def test_no_two_claims_get_the_same_job(twins: Twins) -> None:
    """And all of them together get every job."""
    for number in range(JOBS):
        await twins[0].add(made_job(number, tenant="abc"[number % 3]))
    done = await asyncio.gather(*(drain(twins[index % 2]) for index in range(12)))
    claims = [job for jobs in done for job in jobs]
    assert Counter(job.id for job in claims) == {f"job_{number:04}": 1 for number in range(JOBS)}
    assert {(job.fence, job.tries) for job in claims} == {(1, 1)}


async def test_claims_at_once_find_as_many_jobs_as_there_are(twins: Twins) -> None:
    """Nobody is told that nothing waits because somebody else is just looking at it."""
    for number in range(8):
        await twins[0].add(made_job(number, tenant="abcd"[number % 4]))
    claims = await asyncio.gather(*(twins[index % 2].claim(now=later(99), lease=LEASE) for index in range(8)))
    assert len({job.id for job in claims if job}) == 8


async def test_a_key_that_comes_many_times_at_once_makes_one_job(twins: Twins) -> None:
    job = made_job(idempotency_key="k")
    added = await asyncio.gather(*(twins[index % 2].add(replace(job, id=f"job_{index}")) for index in range(12)))
    assert len({each.id for each in added}) == 1
    assert [each.id for each in await twins[0].page(JobFilter(tenant="a"))] == [added[0].id]
    assert list(await twins[1].unrung(now=later(9), limit=99)) == [added[0].id]


async def test_new_tenants_that_come_at_once_all_get_their_turn(twins: Twins) -> None:
    await asyncio.gather(
        *(twins[number % 2].add(made_job(number, tenant=f"t{number % 4}", seconds=10)) for number in range(24))
    )
    first = [await twins[0].claim(now=later(99), lease=LEASE) for _ in range(8)]
    assert Counter(job.tenant for job in first if job) == {f"t{number}": 2 for number in range(4)}


async def test_a_job_ends_once_whoever_is_first(twins: Twins) -> None:
    """Completed and cancelled at the same moment, it is one of them for its worker and its owner alike."""
    for number in range(12):
        await twins[0].add(made_job(number))
        claim = await twins[0].claim(now=later(99), lease=LEASE)
        assert claim
        completed, _ = await asyncio.gather(
            twins[number % 2].complete(claim, now=later(100), audio_seconds=1, language="en"),
            twins[1 - number % 2].cancel(claim.id, tenant="a", now=later(100)),
        )
        job = await twins[0].get(claim.id, tenant="a")
        assert job
        assert job.state is (JobState.COMPLETED if completed else JobState.CANCELLED)


async def test_a_window_is_not_remembered_past_the_end_of_its_job(twins: Twins) -> None:
    for number in range(12):
        await twins[0].add(made_job(number))
        claim = await twins[0].claim(now=later(99), lease=LEASE)
        assert claim
        await asyncio.gather(
            twins[0].remember(claim, window="w", heard=b"text"), twins[1].cancel(claim.id, tenant="a", now=later(100))
        )
        assert await twins[0].heard(claim) == {}


async def test_two_sweeps_at_once_reap_each_dead_worker_s_job_once(twins: Twins) -> None:
    for number in range(20):
        await twins[0].add(made_job(number))
        await twins[0].claim(now=later(99), lease=LEASE)
    reaped = await asyncio.gather(*(twins[index % 2].reap(now=later(999)) for index in range(4)))
    assert Counter(job.id for jobs in reaped for job in jobs) == {f"job_{number:04}": 1 for number in range(20)}


async def test_calls_that_are_cancelled_half_way_leave_nothing_locked_or_half_done(twins: Twins) -> None:
    """As those of a worker that is stopped are."""
    chance = random.Random(7)
    for number in range(30):
        await twins[0].add(made_job(number))
    for turn in range(30):
        call = asyncio.create_task(drain(twins[turn % 2]))
        await asyncio.sleep(chance.uniform(0, 0.006))
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    async with asyncio.timeout(8):
        await twins[0].reap(now=later(999))
        await drain(twins[1])
        rows = await twins[0].page(JobFilter(tenant="a", limit=99))
    assert {job.state for job in rows} == {JobState.COMPLETED}
    assert len(rows) == 30
    assert all(job.fence == job.tries <= MAX_TRIES for job in rows)
