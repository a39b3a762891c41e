"""What every job store promises of one job's life, held by the fake, SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import IdempotencyConflict, Reason
from speechkit.domain.jobs import MAX_TRIES, SECURE_WORKER_DIED, Census, Failure, Job, JobFilter, JobState, Progress
from speechkit.domain.options import Priority, Task, TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.domain.refinement import RefineWarning
from speechkit.ports import JobStore
from tests.fakes.made_jobs import LEASE, NOW, later, made_job

AWAY = Failure(reason=Reason.RECOGNIZER_UNAVAILABLE, message="away")
PROGRESS = Progress(windows_done=2, windows_known=3, seconds_done=51.25)

Write = Callable[[JobStore, Job], Awaitable[bool]]

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

WRITES: dict[str, Write] = {
    "renew": lambda jobs, job: jobs.renew(job, now=later(10), lease=LEASE, progress=PROGRESS),
    "complete": lambda jobs, job: jobs.complete(job, now=later(10), audio_seconds=9.5, language="de"),
    "fail": lambda jobs, job: jobs.fail(job, now=later(10), failure=AWAY),
    "put_back": lambda jobs, job: jobs.put_back(job, now=later(10), not_before=None, failure=AWAY),
    "remember": lambda jobs, job: jobs.remember(job, window="w1", heard=b"from an old claim"),
}


async def claimed(jobs: JobStore, job: Job | None = None) -> Job:
    if job:
        await jobs.add(job)
    claim = await jobs.claim(now=later(5), lease=LEASE)
    assert claim is not None
    return claim


async def kept(jobs: JobStore, job: Job) -> Job:
    row = await jobs.get(job.id, tenant=job.tenant)
    assert row is not None
    return row


async def test_a_job_is_read_as_it_was_added(jobs: JobStore) -> None:
    """Whatever it says: all of Unicode, and sizes beyond 32 bits."""
    asked = TranscriptionOptions(
        chunking=Chunking(threshold=0.7, prefix_padding_ms=200),
        model="whisper-base",
        language="pl",
        task=Task.TRANSLATE,
        prompt="Łódź, \x00 and 𝄞",
        hotwords='"quoted"',
        temperatures=(0.0, 0.3),
        beam_size=5,
        word_timestamps=True,
        logprobs=True,
        priority=Priority.JOB,
    )
    job = made_job(
        tenant="Łódź",
        options=asked,
        audio_bytes=5 * 1024**3,
        keep_until=later(99),
        ttl_seconds=9,
        has_hints=True,
        key_id="key_1",
        traceparent=TRACEPARENT,
        request_digest="d" * 64,
    )
    assert await jobs.add(job) == job == await kept(jobs, job)
    assert await jobs.unrung(now=later(9), limit=9) == {job.id: TRACEPARENT}


async def test_another_tenant_s_job_is_none(jobs: JobStore) -> None:
    job = made_job()
    await jobs.add(job)
    assert await jobs.get(job.id, tenant="b") is None
    assert await jobs.cancel(job.id, tenant="b", now=later(5)) is None
    assert not await jobs.delete(job.id, tenant="b")
    assert await jobs.page(JobFilter(tenant="b")) == ()
    assert await kept(jobs, job) == job


async def test_the_same_idempotency_key_answers_with_the_job_of_then(jobs: JobStore) -> None:
    """Another tenant's key is another key, and a job without one is always new."""
    first = made_job(1, idempotency_key="k", request_digest="asked")
    await jobs.add(first)
    assert await jobs.add(replace(first, id="job_again")) == first
    with pytest.raises(IdempotencyConflict):
        await jobs.add(replace(first, id="job_other", request_digest="asked otherwise"))
    for number, other in enumerate((replace(first, tenant="b"), replace(first, idempotency_key=None)), 2):
        assert (await jobs.add(replace(other, id=f"job_{number}"))).id == f"job_{number}"
    await jobs.add(replace(first, id="job_4", idempotency_key=None))
    assert {job.id for job in await jobs.page(JobFilter(tenant="a"))} == {first.id, "job_3", "job_4"}
    assert set(await jobs.unrung(now=later(5), limit=9)) == {first.id, "job_2", "job_3", "job_4"}


async def test_a_job_that_is_added_twice_is_there_once_and_rung_for_once(jobs: JobStore) -> None:
    first, again = await asyncio.gather(
        jobs.add(made_job(1, idempotency_key="k")), jobs.add(made_job(1, idempotency_key="other"))
    )
    assert first == again
    assert await jobs.page(JobFilter(tenant="a")) == (first,)
    assert list(await jobs.unrung(now=NOW, limit=10)) == [first.id]


async def test_a_deleted_job_s_idempotency_key_is_free(jobs: JobStore) -> None:
    await jobs.add(made_job(1, idempotency_key="k"))
    await jobs.delete("job_0001", tenant="a")
    assert (await jobs.add(made_job(2, idempotency_key="k", request_digest="other"))).id == "job_0002"


async def test_a_census_knows_how_many_jobs_are_not_over_and_since_when_the_oldest_waits(jobs: JobStore) -> None:
    """Whoever's they are; those that are over are not counted, however many they become."""
    assert await jobs.census() == {}
    done = await claimed(jobs, made_job(1))
    await jobs.complete(done, now=later(6), audio_seconds=1, language="de")
    for number, tenant in ((2, "a"), (3, "b"), (4, "a")):
        await jobs.add(replace(made_job(number, tenant=tenant), created_at=later(number)))
    assert await jobs.census() == {JobState.QUEUED: Census(count=3, oldest=later(2))}
    running = await claimed(jobs)
    census = await jobs.census()
    assert census[JobState.RUNNING] == Census(count=1, oldest=running.created_at)
    assert census[JobState.QUEUED].count == 2


async def test_a_claimed_job_runs_under_a_new_fence_until_its_lease_ends(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert (claim.state, claim.fence, claim.tries) == (JobState.RUNNING, 1, 1)
    assert (claim.started_at, claim.lease_until) == (later(5), later(5) + LEASE)
    assert claim == await kept(jobs, claim)
    assert await jobs.claim(now=later(6), lease=LEASE) is None


async def test_a_renewed_job_keeps_its_lease_and_tells_its_progress(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert await jobs.renew(claim, now=later(30), lease=LEASE, progress=PROGRESS)
    assert await kept(jobs, claim) == replace(claim, lease_until=later(30) + LEASE, progress=PROGRESS)
    assert not await jobs.reap(now=later(70))


async def test_a_completed_job_tells_what_was_heard_and_nothing_that_failed_before(jobs: JobStore) -> None:
    await jobs.put_back(await claimed(jobs, made_job()), now=later(6), not_before=None, failure=AWAY)
    claim = await claimed(jobs)
    heard = replace(claim, progress=PROGRESS)
    assert await jobs.complete(heard, now=later(20), audio_seconds=17.5, language="de")
    done = await kept(jobs, claim)
    assert done.progress == PROGRESS
    assert (done.state, done.finished_at, done.lease_until) == (JobState.COMPLETED, later(20), None)
    assert (done.audio_seconds, done.language, done.failure) == (17.5, "de", None)


async def test_a_refined_job_remembers_its_mode_and_tells_its_warnings(jobs: JobStore) -> None:
    mode, warning = ModeChoice(name="clean-up", strict=True), RefineWarning(check="numbers_changed", message="Raw.")
    claim = await claimed(jobs, made_job(mode=mode))
    assert (claim.mode, claim.warnings) == (mode, ())
    assert await jobs.complete(claim, now=later(20), audio_seconds=1, language="de", warnings=(warning,))
    done = await kept(jobs, claim)
    assert (done.mode, done.warnings) == (mode, (warning,))


async def test_a_failed_job_tells_why(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert await jobs.fail(claim, now=later(20), failure=AWAY)
    failed = await kept(jobs, claim)
    assert (failed.state, failed.failure, failed.finished_at) == (JobState.FAILED, AWAY, later(20))
    assert await jobs.claim(now=later(21), lease=LEASE) is None


async def test_a_job_that_may_be_tried_again_waits_until_then(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert await jobs.put_back(claim, now=later(6), not_before=later(100), failure=AWAY)
    waiting = await kept(jobs, claim)
    assert (waiting.state, waiting.tries, waiting.failure, waiting.not_before) == (
        JobState.QUEUED,
        1,
        AWAY,
        later(100),
    )
    assert await jobs.claim(now=later(99), lease=LEASE) is None
    again = await jobs.claim(now=later(100), lease=LEASE)
    assert again is not None
    assert (again.tries, again.fence, again.not_before, again.started_at) == (2, 2, None, later(5))


async def test_a_job_that_is_handed_back_has_not_been_tried(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert await jobs.put_back(claim, now=later(6), not_before=None, failure=None)
    waiting = await kept(jobs, claim)
    assert (waiting.state, waiting.tries, waiting.failure, waiting.lease_until) == (JobState.QUEUED, 0, None, None)
    assert (await claimed(jobs)).fence == 2, "the claim before can't write any more"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("lost", ["claimed again", "queued", "completed", "failed", "cancelled", "deleted"])
async def test_who_lost_a_job_changes_nothing(jobs: JobStore, lost: str, write: str) -> None:
    old = await claimed(jobs, made_job())
    match lost:
        case "claimed again":
            await jobs.reap(now=later(5) + 2 * LEASE)
            await claimed(jobs)
        case "queued":
            await jobs.reap(now=later(5) + 2 * LEASE)
        case "completed":
            await jobs.complete(old, now=later(7), audio_seconds=1, language="en")
        case "failed":
            await jobs.fail(old, now=later(7), failure=AWAY)
        case "cancelled":
            await jobs.cancel(old.id, tenant="a", now=later(7))
        case "deleted":
            await jobs.delete(old.id, tenant="a")
    before = await jobs.get(old.id, tenant="a"), await jobs.heard(old), await jobs.unrung(now=later(999), limit=9)
    assert not await WRITES[write](jobs, old)
    assert before == (
        await jobs.get(old.id, tenant="a"),
        await jobs.heard(old),
        await jobs.unrung(now=later(999), limit=9),
    )


async def test_a_queued_job_can_be_cancelled_and_a_running_one(jobs: JobStore) -> None:
    for number in (1, 2):
        await jobs.add(made_job(number))
    running = await claimed(jobs)
    for number in (1, 2):
        cancelled = await jobs.cancel(f"job_000{number}", tenant="a", now=later(7))
        assert cancelled is not None
        assert (cancelled.state, cancelled.finished_at, cancelled.lease_until) == (JobState.CANCELLED, later(7), None)
        assert cancelled == await kept(jobs, cancelled)
    assert not await jobs.renew(running, now=later(8), lease=LEASE, progress=PROGRESS)
    assert await jobs.claim(now=later(8), lease=LEASE) is None
    assert not await jobs.reap(now=later(999))


async def test_a_job_that_is_over_is_not_cancelled(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    await jobs.complete(claim, now=later(7), audio_seconds=1, language="en")
    done = await kept(jobs, claim)
    assert await jobs.cancel(claim.id, tenant="a", now=later(8)) == done == await kept(jobs, claim)
    assert await jobs.cancel("job_none", tenant="a", now=later(8)) is None


async def test_deleting_a_job_takes_all_that_hangs_on_it(jobs: JobStore) -> None:
    """In whatever state: a running one here."""
    claim = await claimed(jobs, made_job())
    await jobs.remember(claim, window="w1", heard=b"sealed")
    assert await jobs.delete(claim.id, tenant="a")
    assert await jobs.get(claim.id, tenant="a") is None
    assert await jobs.heard(claim) == {}
    assert list(await jobs.unrung(now=later(9), limit=9)) == []
    assert not await jobs.delete(claim.id, tenant="a")
    await jobs.add(made_job())
    assert await jobs.heard(claim) == {}, "the row of the same id finds nothing of the one before"


async def test_windows_are_remembered_until_the_job_is_over(jobs: JobStore) -> None:
    """For the next claim too; the same window twice is one."""
    first = await claimed(jobs, made_job())
    assert await jobs.remember(first, window="w1", heard=b"\x00one")
    assert await jobs.remember(first, window="w2", heard=b"two")
    assert await jobs.remember(first, window="w2", heard=b"two, sealed again")
    await jobs.put_back(first, now=later(6), not_before=None, failure=AWAY)
    second = await claimed(jobs)
    assert await jobs.heard(second) == {"w1": b"\x00one", "w2": b"two, sealed again"}
    await jobs.complete(second, now=later(9), audio_seconds=1, language="en")
    assert await jobs.heard(second) == {}


async def test_a_dead_worker_s_job_is_queued_again_until_its_tries_are_used_up(jobs: JobStore) -> None:
    await jobs.add(made_job())
    now = later(5)
    for tries in range(1, MAX_TRIES + 1):
        claim = await jobs.claim(now=now, lease=LEASE)
        assert claim is not None
        assert claim.tries == tries
        assert not await jobs.reap(now=now + LEASE), "its lease is not over"
        now += LEASE + timedelta(seconds=1)
        (reaped,) = await jobs.reap(now=now)
        assert reaped == await kept(jobs, claim)
        assert reaped.lease_until is None
        assert reaped.state is (JobState.QUEUED if tries < MAX_TRIES else JobState.FAILED)
    assert reaped.failure
    assert reaped.finished_at == now


async def test_a_failed_job_is_sent_round_again_with_all_its_tries(jobs: JobStore) -> None:
    claim = await claimed(jobs, made_job())
    assert await jobs.redrive(claim.id, now=later(6)) is None, "it runs"
    await jobs.fail(claim, now=later(7), failure=AWAY)
    again = await jobs.redrive(claim.id, now=later(8))
    assert again == await kept(jobs, claim)
    assert again is not None
    assert (again.state, again.tries, again.failure, again.finished_at) == (JobState.QUEUED, 0, None, None)
    assert (await claimed(jobs)).fence == 2
    assert await jobs.redrive("job_none", now=later(9)) is None


async def test_jobs_that_are_kept_no_longer_are_told_the_longest_overdue_first(jobs: JobStore) -> None:
    for number, keep_until in enumerate((later(30), None, later(20), later(99), later(10))):
        await jobs.add(made_job(number, keep_until=keep_until))
    assert [job.id for job in await jobs.outlived(now=later(30), limit=9)] == ["job_0004", "job_0002", "job_0000"]
    assert [job.id for job in await jobs.outlived(now=later(30), limit=2)] == ["job_0004", "job_0002"]


async def test_a_page_after_the_last_one_misses_and_repeats_nothing(jobs: JobStore) -> None:
    """Though new jobs come in between, and some were asked for at the very same moment."""
    for number in range(7):
        await jobs.add(made_job(number, created_at=later(number // 3)))
    asked, seen = JobFilter(tenant="a", limit=3), list[Job]()
    while page := await jobs.page(asked):
        seen += page
        await jobs.add(made_job(100 + len(seen)))
        asked = replace(asked, before=(page[-1].created_at, page[-1].id))
    assert [job.id for job in seen] == [f"job_000{number}" for number in (6, 5, 4, 3, 2, 1, 0)]


async def test_a_page_holds_the_states_that_were_asked_for(jobs: JobStore) -> None:
    for number in range(4):
        await jobs.add(made_job(number))
    await jobs.complete(await claimed(jobs), now=later(9), audio_seconds=1, language="en")
    await claimed(jobs)
    asked = JobFilter(tenant="a", states=frozenset({JobState.RUNNING, JobState.COMPLETED}))
    assert [job.id for job in await jobs.page(asked)] == ["job_0001", "job_0000"]
    assert await jobs.page(replace(asked, states=frozenset())) == ()


async def test_every_queued_job_is_rung_for_once_and_not_before_its_time(jobs: JobStore) -> None:
    async def unrung(seconds: float) -> set[str]:
        return set(await jobs.unrung(now=later(seconds), limit=9))

    for number in (1, 2):
        await jobs.add(made_job(number))
    assert await unrung(5) == {"job_0001", "job_0002"}
    assert (await jobs.unrung(now=later(5), limit=9))["job_0001"] is None
    assert len(await jobs.unrung(now=NOW, limit=1)) == 1
    await jobs.rung(["job_0001", "job_0002", "job_gone"])
    await jobs.rung([])
    assert await unrung(999) == set()
    claim = await claimed(jobs)
    await jobs.put_back(claim, now=later(6), not_before=later(50), failure=AWAY)
    assert await unrung(49) == set()
    assert await unrung(50) == {claim.id}
    await jobs.rung([claim.id])
    other = await claimed(jobs)
    await jobs.reap(now=later(5) + 2 * LEASE)
    assert await unrung(999) == {other.id}
    await jobs.rung([other.id])
    await jobs.fail(await claimed(jobs), now=later(9), failure=AWAY)
    await jobs.redrive(other.id, now=later(10))
    assert await unrung(999) == {other.id}


async def test_a_secure_job_is_not_tried_by_another_worker(jobs: JobStore) -> None:
    """What a dead worker had of it is lost, and it says so."""
    claim = await claimed(jobs, made_job(ttl_seconds=60))
    (reaped,) = await jobs.reap(now=later(5) + 2 * LEASE)
    assert reaped == await kept(jobs, claim)
    assert (reaped.state, reaped.failure) == (JobState.FAILED, SECURE_WORKER_DIED)
    assert await jobs.redrive(claim.id, now=later(999)) is None, "nothing is left of it to try"


async def test_whoever_runs_the_server_sees_every_tenant_s_jobs(jobs: JobStore) -> None:
    for number, tenant in enumerate("abc"):
        await jobs.add(made_job(number, tenant=tenant))
    assert [job.tenant for job in await jobs.page(JobFilter(tenant=None))] == ["c", "b", "a"]
    assert [job.tenant for job in await jobs.page(JobFilter(tenant=None, limit=1))] == ["c"]
