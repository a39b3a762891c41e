"""The job store in memory, with every promise of the port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from speechkit.domain.errors import IdempotencyConflict
from speechkit.domain.jobs import (
    MOVES,
    Census,
    Failure,
    Job,
    JobFilter,
    JobState,
    Progress,
    estimated_seconds,
    rank,
    without_worker,
)
from speechkit.domain.refinement import RefineWarning
from speechkit.formats.job_json import news_of_the_end
from tests.fakes.delivery_store import FakeDeliveryStore

ACTIVE = tuple(state for state in JobState if not state.final)


@dataclass(kw_only=True)
class FakeJobStore:
    rows: dict[str, Job] = field(default_factory=dict)
    served_seconds: dict[str, float] = field(default_factory=dict)
    waiting_to_ring: dict[str, None] = field(default_factory=dict)
    windows: dict[str, dict[str, bytes]] = field(default_factory=dict)
    deliveries: FakeDeliveryStore = field(default_factory=FakeDeliveryStore)

    async def add(self, job: Job) -> Job:
        for known in self.rows.values():
            if job.idempotency_key and (known.tenant, known.idempotency_key) == (job.tenant, job.idempotency_key):
                if known.request_digest != job.request_digest:
                    raise IdempotencyConflict(
                        "This Idempotency-Key came before with another request; use a new key for a new request."
                    )
                return known
        if job.id in self.rows:
            return self.rows[job.id]
        self._take_a_turn(job.tenant)
        self.rows[job.id] = job
        self.waiting_to_ring[job.id] = None
        return job

    async def get(self, job_id: str, *, tenant: str) -> Job | None:
        job = self.rows.get(job_id)
        return job if job and job.tenant == tenant else None

    async def page(self, asked: JobFilter) -> tuple[Job, ...]:
        found = [
            job
            for job in self.rows.values()
            if asked.tenant in (None, job.tenant)
            and job.state in asked.states
            and (asked.before is None or (job.created_at, job.id) < asked.before)
        ]
        return tuple(sorted(found, key=lambda job: (job.created_at, job.id), reverse=True)[: asked.limit])

    async def claim(self, *, now: datetime, lease: timedelta) -> Job | None:
        waiting = [
            job
            for job in self.rows.values()
            if job.state is JobState.QUEUED and (job.not_before is None or job.not_before <= now)
        ]
        if not waiting:
            return None
        job = min(waiting, key=lambda job: (self.served_seconds[job.tenant], job.tenant, rank(job), job.id))
        self.served_seconds[job.tenant] += estimated_seconds(job)
        return self._moved(
            job,
            JobState.RUNNING,
            tries=job.tries + 1,
            fence=job.fence + 1,
            lease_until=now + lease,
            started_at=job.started_at or now,
            not_before=None,
        )

    async def renew(self, job: Job, *, now: datetime, lease: timedelta, progress: Progress) -> bool:
        if current := self._claimed(job):
            self.rows[job.id] = replace(current, lease_until=now + lease, progress=progress)
        return current is not None

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
        if current := self._claimed(job):
            self.served_seconds[job.tenant] += audio_seconds - estimated_seconds(job)
            self._over(
                current,
                JobState.COMPLETED,
                now=now,
                progress=job.progress,
                audio_seconds=audio_seconds,
                language=language,
                warnings=warnings,
                failure=None,
            )
        return current is not None

    async def fail(self, job: Job, *, now: datetime, failure: Failure) -> bool:
        if current := self._claimed(job):
            self._over(current, JobState.FAILED, now=now, failure=failure)
        return current is not None

    async def put_back(self, job: Job, *, now: datetime, not_before: datetime | None, failure: Failure | None) -> bool:
        if current := self._claimed(job):
            tries = current.tries
            if failure is None:
                tries -= 1
                self.served_seconds[job.tenant] -= estimated_seconds(job)
            self._moved(current, JobState.QUEUED, tries=tries, lease_until=None, not_before=not_before, failure=failure)
            self.waiting_to_ring[job.id] = None
        return current is not None

    async def cancel(self, job_id: str, *, tenant: str, now: datetime) -> Job | None:
        job = await self.get(job_id, tenant=tenant)
        if job is None or job.state.final:
            return job
        return self._over(job, JobState.CANCELLED, now=now, failure=None)

    async def delete(self, job_id: str, *, tenant: str) -> bool:
        if await self.get(job_id, tenant=tenant) is None:
            return False
        del self.rows[job_id]
        self.windows.pop(job_id, None)
        self.deliveries.forget(job_id)
        self.waiting_to_ring.pop(job_id, None)
        return True

    async def redrive(self, job_id: str, *, now: datetime) -> Job | None:
        job = self.rows.get(job_id)
        if job is None or job.state is not JobState.FAILED or job.secure:
            return None
        self._take_a_turn(job.tenant)
        self.waiting_to_ring[job_id] = None
        return self._moved(job, JobState.QUEUED, tries=0, finished_at=None, not_before=None, failure=None)

    async def reap(self, *, now: datetime) -> Sequence[Job]:
        dead = [job for job in self.rows.values() if job.lease_until and job.lease_until < now]
        return [await self._reaped(job, now) for job in dead]

    async def outlived(self, *, now: datetime, limit: int) -> Sequence[Job]:
        over = [(job.keep_until, job) for job in self.rows.values() if job.keep_until and job.keep_until <= now]
        return [job for _, job in sorted(over, key=lambda each: each[0])[:limit]]

    async def census(self) -> Mapping[JobState, Census]:
        unfinished = {state: [job for job in self.rows.values() if job.state is state] for state in ACTIVE}
        return {
            state: Census(count=len(jobs), oldest=min(job.created_at for job in jobs))
            for state, jobs in unfinished.items()
            if jobs
        }

    async def unrung(self, *, now: datetime, limit: int) -> Mapping[str, str | None]:
        due = [
            job_id
            for job_id in self.waiting_to_ring
            if (not_before := self.rows[job_id].not_before) is None or not_before <= now
        ]
        return {job_id: self.rows[job_id].traceparent for job_id in due[:limit]}

    async def rung(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            self.waiting_to_ring.pop(job_id, None)

    async def heard(self, job: Job) -> Mapping[str, bytes]:
        return dict(self.windows.get(job.id, {}))

    async def remember(self, job: Job, *, window: str, heard: bytes) -> bool:
        current = self._claimed(job)
        if current:
            self.windows.setdefault(job.id, {})[window] = heard
        return current is not None

    def _take_a_turn(self, tenant: str) -> None:
        active = {row.tenant for row in self.rows.values() if not row.state.final}
        if tenant not in active:
            most = max(self.served_seconds.values(), default=0.0)
            least = min((self.served_seconds[other] for other in active), default=most)
            self.served_seconds[tenant] = max(least, self.served_seconds.get(tenant, 0.0))

    def _claimed(self, job: Job) -> Job | None:
        """The row, if this claim is still the newest."""
        current = self.rows.get(job.id)
        return current if current and current.state is JobState.RUNNING and current.fence == job.fence else None

    async def _reaped(self, job: Job, now: datetime) -> Job:
        if failure := without_worker(job):
            return self._over(job, JobState.FAILED, now=now, failure=failure)
        self.waiting_to_ring[job.id] = None
        return self._moved(job, JobState.QUEUED, lease_until=None)

    def _over(self, job: Job, state: JobState, *, now: datetime, **changes: object) -> Job:
        self.windows.pop(job.id, None)
        over = self._moved(job, state, lease_until=None, finished_at=now, **changes)
        if news := news_of_the_end(over, now=now):
            self.deliveries.rows[news.id] = news
        return over

    def _moved(self, job: Job, state: JobState, **changes: object) -> Job:
        if state not in MOVES[job.state]:
            raise AssertionError(f"{job.state} to {state} is no legal move")
        self.rows[job.id] = replace(job, state=state, **changes)  # type: ignore[arg-type]
        return self.rows[job.id]
