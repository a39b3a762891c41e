"""Jobs in a SQL database, whose rows are the truth about them.

What a job is and may become stands in `speechkit.domain.jobs`, who is next in `turns`. Every change locks the job's
row, looks whether it may still be made, and makes it, in one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.delivery_store import delivery_row
from speechkit.adapters.sql.job_rows import WholeRow, job_of, row_of, warnings_column, write_failure, write_progress
from speechkit.adapters.sql.tables import JOBS, HeardWindowRow, JobRow, RingRow
from speechkit.adapters.sql.turns import charge, claim_next, take_a_turn
from speechkit.adapters.sql.upserts import insert_into, put
from speechkit.domain.errors import IdempotencyConflict, StoreUnavailable
from speechkit.domain.jobs import (
    MOVES,
    Census,
    Failure,
    Job,
    JobFilter,
    JobState,
    Progress,
    estimated_seconds,
    without_worker,
)
from speechkit.domain.refinement import RefineWarning
from speechkit.formats.job_json import news_of_the_end

_IS_NEWEST_CLAIM = (
    (JobRow.id == bindparam("job_id")) & (JobRow.state == JobState.RUNNING) & (JobRow.fence == bindparam("claim"))
)
_NEWEST_CLAIM = select(JobRow).where(_IS_NEWEST_CLAIM).with_for_update()
_COMPLETE = (
    update(JOBS)
    .where(_IS_NEWEST_CLAIM)
    .values(
        state=JobState.COMPLETED,
        lease_until=None,
        failure_reason=None,
        failure_message=None,
        **{
            name: bindparam(f"new_{name}", type_=JOBS.c[name].type)
            for name in (
                "finished_at",
                "audio_seconds",
                "language",
                "warnings",
                *(each.name for each in fields(Progress)),
            )
        },
    )
    .returning(JOBS)
)
"""In one statement, as most jobs end so."""


class SqlJobStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @undivided
    async def add(self, job: Job) -> Job:
        async with self._database.writing() as session:
            insert = insert_into(session, JobRow).values(row_of(job))
            if await session.scalar(insert.on_conflict_do_nothing().returning(JobRow.id)) is None:
                return await _known(session, job)
            await take_a_turn(session, job.tenant, besides=job.id)
            await _ring_for(session, job.id, not_before=job.not_before)
            return job

    async def get(self, job_id: str, *, tenant: str) -> Job | None:
        async with self._database.reading() as session:
            row = await session.scalar(select(JobRow).where(JobRow.id == job_id, JobRow.tenant == tenant))
            return job_of(row) if row else None

    async def page(self, asked: JobFilter) -> tuple[Job, ...]:
        found = select(JobRow)
        if asked.tenant is not None:
            found = found.where(JobRow.tenant == asked.tenant)
        if asked.states != frozenset(JobState):
            found = found.where(JobRow.state.in_(asked.states))
        if asked.before:
            found = found.where(tuple_(JobRow.created_at, JobRow.id) < tuple_(*asked.before))
        newest_first = found.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(asked.limit)
        async with self._database.reading() as session:
            return tuple(job_of(row) for row in await session.scalars(newest_first))

    @undivided
    async def claim(self, *, now: datetime, lease: timedelta) -> Job | None:
        async with self._database.writing() as session:
            row = await claim_next(session, now=now, until=now + lease)
            if row is None:
                return None
            claimed = job_of(row)
            await charge(session, claimed.tenant, seconds=estimated_seconds(claimed))
            return claimed

    @undivided
    async def renew(self, job: Job, *, now: datetime, lease: timedelta, progress: Progress) -> bool:
        async with self._database.writing() as session:
            if row := await _claimed(session, job):
                row.lease_until = now + lease
                write_progress(row, progress)
            return row is not None

    @undivided
    async def complete(
        self,
        job: Job,
        *,
        now: datetime,
        audio_seconds: float,
        language: str,
        warnings: tuple[RefineWarning, ...] = (),
        remembered: bool = True,
    ) -> bool:
        said = {
            "job_id": job.id,
            "claim": job.fence,
            "new_finished_at": now,
            "new_audio_seconds": audio_seconds,
            "new_language": language,
            "new_warnings": warnings_column(warnings),
            **{f"new_{name}": value for name, value in asdict(job.progress).items()},
        }
        async with self._database.writing() as session:
            row = (await session.execute(_COMPLETE, said)).first()
            if row is None:
                return False
            if remembered:
                await _forget(session, job.id)
            _tell(session, row, now=now)
            await charge(session, job.tenant, seconds=audio_seconds - estimated_seconds(job))
            return True

    @undivided
    async def fail(self, job: Job, *, now: datetime, failure: Failure) -> bool:
        async with self._database.writing() as session:
            if row := await _claimed(session, job):
                await _end(session, row, JobState.FAILED, now=now, failure=failure)
            return row is not None

    @undivided
    async def put_back(self, job: Job, *, now: datetime, not_before: datetime | None, failure: Failure | None) -> bool:
        async with self._database.writing() as session:
            if row := await _claimed(session, job):
                await _queue(session, row, not_before=not_before)
                write_failure(row, failure)
                if failure is None:
                    row.tries -= 1
                    await charge(session, job.tenant, seconds=-estimated_seconds(job))
            return row is not None

    @undivided
    async def cancel(self, job_id: str, *, tenant: str, now: datetime) -> Job | None:
        async with self._database.writing() as session:
            found = select(JobRow).where(JobRow.id == job_id, JobRow.tenant == tenant)
            row = await session.scalar(found.with_for_update())
            if row is None:
                return None
            if not JobState(row.state).final:
                await _end(session, row, JobState.CANCELLED, now=now)
            return job_of(row)

    @undivided
    async def delete(self, job_id: str, *, tenant: str) -> bool:
        gone = delete(JobRow).where(JobRow.id == job_id, JobRow.tenant == tenant).returning(JobRow.id)
        async with self._database.writing_at_once() as session:
            return await session.scalar(gone) is not None

    @undivided
    async def redrive(self, job_id: str, *, now: datetime) -> Job | None:
        async with self._database.writing() as session:
            is_failed = (JobRow.state == JobState.FAILED) & JobRow.ttl_seconds.is_(None)
            found = select(JobRow).where(JobRow.id == job_id, is_failed)
            row = await session.scalar(found.with_for_update())
            if row is None:
                return None
            await _queue(session, row, not_before=None)
            write_failure(row, None)
            row.tries = 0
            row.finished_at = None
            await take_a_turn(session, row.tenant, besides=row.id)
            return job_of(row)

    @undivided
    async def reap(self, *, now: datetime) -> Sequence[Job]:
        dead = select(JobRow).where(JobRow.state == JobState.RUNNING, JobRow.lease_until < now)
        async with self._database.writing() as session:
            # What another sweep reaps just now is skipped.
            rows = (await session.scalars(dead.with_for_update(skip_locked=True))).all()
            for row in rows:
                if failure := without_worker(job_of(row)):
                    await _end(session, row, JobState.FAILED, now=now, failure=failure)
                else:
                    await _queue(session, row, not_before=None)
            return [job_of(row) for row in rows]

    async def outlived(self, *, now: datetime, limit: int) -> Sequence[Job]:
        over = select(JobRow).where(JobRow.keep_until <= now).order_by(JobRow.keep_until).limit(limit)
        async with self._database.reading() as session:
            return [job_of(row) for row in await session.scalars(over)]

    async def census(self) -> Mapping[JobState, Census]:
        unfinished = JobRow.state.in_([state for state in JobState if not state.final])
        counted = select(JobRow.state, func.count(), func.min(JobRow.created_at)).where(unfinished)
        async with self._database.reading() as session:
            rows = (await session.execute(counted.group_by(JobRow.state))).all()
            return {JobState(state): Census(count=count, oldest=oldest) for state, count, oldest in rows}

    async def unrung(self, *, now: datetime, limit: int) -> Mapping[str, str | None]:
        due = RingRow.not_before.is_(None) | (RingRow.not_before <= now)
        found = select(JobRow.id, JobRow.traceparent).join(RingRow, RingRow.job_id == JobRow.id)
        async with self._database.reading() as session:
            return {row.id: row.traceparent for row in await session.execute(found.where(due).limit(limit))}

    @undivided
    async def rung(self, job_ids: Sequence[str]) -> None:
        # A row that is locked is being deleted by another outbox, or written for a job that is queued again just now.
        free = select(RingRow.job_id).where(RingRow.job_id.in_(job_ids)).with_for_update(skip_locked=True)
        async with self._database.writing_at_once() as session:
            await session.execute(delete(RingRow).where(RingRow.job_id.in_(free)))

    async def heard(self, job: Job) -> Mapping[str, bytes]:
        async with self._database.reading() as session:
            rows = await session.scalars(select(HeardWindowRow).where(HeardWindowRow.job_id == job.id))
            return {row.window_key: row.sealed for row in rows}

    @undivided
    async def remember(self, job: Job, *, window: str, heard: bytes) -> bool:
        # In one statement: there are more windows than of anything else here.
        its_row = _NEWEST_CLAIM.with_only_columns(JobRow.id, literal(window), literal(heard))
        if_still_claimed = its_row.params(job_id=job.id, claim=job.fence)
        async with self._database.writing_at_once() as session:
            insert = insert_into(session, HeardWindowRow).from_select(
                ["job_id", "window_key", "sealed"], if_still_claimed
            )
            again = insert.on_conflict_do_update(
                index_elements=["job_id", "window_key"], set_={"sealed": insert.excluded.sealed}
            )
            return await session.scalar(again.returning(HeardWindowRow.job_id)) is not None


async def _known(session: AsyncSession, job: Job) -> Job:
    """The job of this id or this idempotency key, from before."""
    same_key = JobRow.idempotency_key == job.idempotency_key
    is_known = (JobRow.tenant == job.tenant) & ((JobRow.id == job.id) | same_key)
    row = await session.scalar(select(JobRow).where(is_known).order_by(same_key.desc()))
    if row is None:
        raise StoreUnavailable("This job was there, and was deleted this very moment. Send the request again.")
    if (
        row.idempotency_key is not None
        and row.idempotency_key == job.idempotency_key
        and row.request_digest != job.request_digest
    ):
        raise IdempotencyConflict(
            "This Idempotency-Key came before with another request; use a new key for a new request."
        )
    return job_of(row)


async def _claimed(session: AsyncSession, job: Job) -> JobRow | None:
    """The row, locked, if this claim is still the newest."""
    return await session.scalar(_NEWEST_CLAIM, {"job_id": job.id, "claim": job.fence})


async def _queue(session: AsyncSession, row: JobRow, *, not_before: datetime | None) -> None:
    _move(row, JobState.QUEUED)
    row.lease_until = None
    row.not_before = not_before
    await _ring_for(session, row.id, not_before=not_before)


async def _end(
    session: AsyncSession, row: JobRow, state: JobState, *, now: datetime, failure: Failure | None = None
) -> None:
    """What was remembered of it goes with it; who waits for its end is told, as surely as it has ended."""
    _move(row, state)
    row.lease_until = None
    row.finished_at = now
    write_failure(row, failure)
    await _forget(session, row.id)
    _tell(session, row, now=now)


async def _forget(session: AsyncSession, job_id: str) -> None:
    await session.execute(delete(HeardWindowRow).where(HeardWindowRow.job_id == job_id))


def _tell(session: AsyncSession, row: WholeRow, *, now: datetime) -> None:
    if news := news_of_the_end(job_of(row), now=now):
        session.add(delivery_row(news))


def _move(row: JobRow, state: JobState) -> None:
    if state not in MOVES[JobState(row.state)]:
        raise AssertionError(f"{row.state} to {state.value} is no legal move")
    row.state = state.value


async def _ring_for(session: AsyncSession, job_id: str, *, not_before: datetime | None) -> None:
    """A part of the transaction that queues the job: neither is there without the other."""
    await put(session, RingRow, job_id=job_id, not_before=not_before)
