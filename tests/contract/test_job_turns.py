"""Whose job is next: what every job store promises, held by the fake, SQLite and PostgreSQL alike."""

from dataclasses import replace
from datetime import timedelta

from speechkit.domain.errors import Reason
from speechkit.domain.jobs import Failure, Job
from speechkit.ports import JobStore
from tests.fakes.made_jobs import LEASE, NOW, later, made_job

LATER = NOW + timedelta(hours=9)


async def add(jobs: JobStore, *numbers: int, tenant: str, seconds: float = 1.0) -> None:
    for number in numbers:
        await jobs.add(made_job(number, tenant=tenant, seconds=seconds))


async def claim(jobs: JobStore) -> Job:
    job = await jobs.claim(now=LATER, lease=LEASE)
    assert job is not None
    return job


async def serve(jobs: JobStore, *, audio_seconds: float | None = None) -> str:
    """The next job, done; as long as it was thought to be unless told otherwise."""
    job = await claim(jobs)
    heard = job.audio_bytes / 16_000 if audio_seconds is None else audio_seconds
    assert await jobs.complete(job, now=LATER, audio_seconds=heard, language="en")
    return job.tenant


async def served(jobs: JobStore, times: int) -> str:
    return "".join([await serve(jobs) for _ in range(times)])


async def test_a_tenant_s_many_jobs_do_not_hold_up_another_s_one(jobs: JobStore) -> None:
    await add(jobs, *range(200), tenant="a")
    await served(jobs, 5)
    await add(jobs, 999, tenant="b")
    assert "b" in await served(jobs, 2)


async def test_tenants_are_served_the_same_seconds_and_not_the_same_number_of_jobs(jobs: JobStore) -> None:
    await add(jobs, *range(10), tenant="a", seconds=30)
    await add(jobs, *range(100, 150), tenant="b", seconds=10)
    assert (await served(jobs, 20)).count("b") == 15


async def test_what_a_job_really_lasted_counts_once_it_is_known(jobs: JobStore) -> None:
    """An upload of a second by its size that turns out to hold a hundred."""
    await add(jobs, 1, 2, tenant="a")
    await add(jobs, *range(10, 70), tenant="b", seconds=2)
    assert await serve(jobs, audio_seconds=100) == "a"
    assert (await served(jobs, 50)).count("a") == 0
    assert "a" in await served(jobs, 2)


async def test_a_running_job_counts_before_it_is_done(jobs: JobStore) -> None:
    """Or else a tenant with one long job after the other would take every worker before the first is over."""
    await add(jobs, *range(10), tenant="a", seconds=100)
    await add(jobs, *range(10, 20), tenant="b", seconds=100)
    assert [(await claim(jobs)).tenant for _ in range(6)].count("b") == 3


async def test_a_tenant_who_comes_back_after_a_pause_has_saved_up_nothing(jobs: JobStore) -> None:
    await add(jobs, 1, tenant="b")
    await serve(jobs)
    await add(jobs, *range(100, 160), tenant="a", seconds=10)
    await served(jobs, 30)
    await add(jobs, *range(200, 230), tenant="b", seconds=10)
    assert (await served(jobs, 10)).count("b") in (5, 6)


async def test_a_tenant_who_comes_back_owes_nothing_for_when_it_was_alone(jobs: JobStore) -> None:
    await add(jobs, *range(30), tenant="a", seconds=100)
    await served(jobs, 30)
    await add(jobs, *range(100, 130), tenant="b", seconds=10)
    await add(jobs, *range(200, 230), tenant="a", seconds=10)
    assert (await served(jobs, 10)).count("a") == 5


async def test_one_job_at_a_time_is_no_way_to_be_served_more(jobs: JobStore) -> None:
    """Who comes back as soon as its job is done does not start anew."""
    await add(jobs, *range(20), tenant="b", seconds=10)
    turns = ""
    for number in range(100, 104):
        await add(jobs, number, tenant="a", seconds=30)
        turns += await serve(jobs)
        while not turns.endswith("a"):
            turns += await serve(jobs)
    assert turns.count("b") == 9, "as many seconds as the first three of the other"


async def test_a_job_that_is_handed_back_cost_its_tenant_nothing(jobs: JobStore) -> None:
    await add(jobs, 1, tenant="a", seconds=100)
    await add(jobs, 2, tenant="b", seconds=10)
    first = await claim(jobs)
    assert first.tenant == "a"
    await jobs.put_back(first, now=LATER, not_before=None, failure=None)
    assert (await claim(jobs)).tenant == "a"


async def test_a_failed_job_that_is_sent_round_again_waits_for_its_tenant_s_turn(jobs: JobStore) -> None:
    await add(jobs, 1, tenant="a", seconds=10)
    failed = await claim(jobs)
    await jobs.fail(failed, now=LATER, failure=Failure(reason=Reason.INTERNAL, message="broke"))
    await add(jobs, *range(10, 20), tenant="b", seconds=10)
    await jobs.redrive(failed.id, now=LATER)
    assert "a" in await served(jobs, 2)


async def test_jobs_of_a_tenant_come_in_the_order_in_which_they_were_asked_for(jobs: JobStore) -> None:
    await add(jobs, 3, 1, 2, tenant="a")
    assert [(await claim(jobs)).id for _ in range(3)] == ["job_0001", "job_0002", "job_0003"]


async def test_a_short_job_overtakes_a_long_one_that_has_not_waited_for_as_long_as_it_lasts(jobs: JobStore) -> None:
    """So short ones, however many come, can't hold it up for longer than that."""
    await add(jobs, 0, tenant="a", seconds=600)
    await add(jobs, 10, 598, 600, 700, tenant="a", seconds=1)
    assert [(await claim(jobs)).id[-3:] for _ in range(5)] == ["010", "598", "000", "600", "700"]


async def test_a_tenant_whose_jobs_all_wait_for_another_try_holds_up_nobody(jobs: JobStore) -> None:
    await add(jobs, 1, tenant="a")
    first = await claim(jobs)
    away = Failure(reason=Reason.OVERLOADED, message="busy")
    await jobs.put_back(first, now=LATER, not_before=LATER + LEASE, failure=away)
    await jobs.add(replace(made_job(2, tenant="b", seconds=5), not_before=later(1)))
    assert (await claim(jobs)).tenant == "b"
    assert await jobs.claim(now=LATER, lease=LEASE) is None
