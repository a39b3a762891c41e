"""Whatever is asked of job stores in whatever order, SQLite answers as the fake does, and every move is a legal one."""

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.domain.errors import Reason
from speechkit.domain.jobs import MAX_TRIES, MOVES, Failure, Job, JobFilter, Progress
from speechkit.ports import JobStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.made_jobs import LEASE, NOW, made_job

AWAY = Failure(reason=Reason.RECOGNIZER_UNAVAILABLE, message="away")
TENANTS = ("a", "b", "c")
tenants = st.sampled_from(TENANTS)
picks = st.integers(0, 99)


class JobLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(database_url(None, data_dir=Path(self.folder.name)))
        self.fake = FakeJobStore()
        self.stores: Sequence[JobStore] = (self.fake, SqlJobStore(self.database))
        self.now, self.numbers = NOW, count()
        self.claims: list[Job] = []
        self.before: dict[str, Job] = {}

    def teardown(self) -> None:
        self.runner.run(self.database.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    def both(self, method: str, *args: Any, **kwargs: Any) -> Any:
        fakes, sqlites = (self.runner.run(getattr(store, method)(*args, **kwargs)) for store in self.stores)
        if method == "reap":
            fakes, sqlites = (sorted(jobs, key=lambda job: job.id) for jobs in (fakes, sqlites))
        assert fakes == sqlites, method
        return fakes

    @rule(tenant=tenants, seconds=st.sampled_from((1, 30, 600)), key=st.sampled_from((None, None, "k")))
    def add(self, tenant: str, seconds: int, key: str | None) -> None:
        job = made_job(next(self.numbers), tenant=tenant, seconds=seconds, idempotency_key=key, created_at=self.now)
        self.both("add", job)

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def claim(self) -> None:
        if job := self.both("claim", now=self.now, lease=LEASE):
            self.claims.append(job)

    @rule(pick=picks)
    def renew(self, pick: int) -> None:
        if job := self.picked(pick):
            self.both("renew", job, now=self.now, lease=LEASE, progress=Progress(windows_done=pick, windows_known=99))

    @rule(pick=picks, audio_seconds=st.sampled_from((0.5, 30, 7200)))
    def complete(self, pick: int, audio_seconds: float) -> None:
        if job := self.picked(pick):
            self.both("complete", job, now=self.now, audio_seconds=audio_seconds, language="en")

    @rule(pick=picks)
    def fail(self, pick: int) -> None:
        if job := self.picked(pick):
            self.both("fail", job, now=self.now, failure=AWAY)

    @rule(pick=picks, wait=st.sampled_from((None, 5, 60)), failure=st.sampled_from((None, AWAY)))
    def put_back(self, pick: int, wait: int | None, failure: Failure | None) -> None:
        if job := self.picked(pick):
            not_before = self.now + timedelta(seconds=wait) if wait else None
            self.both("put_back", job, now=self.now, not_before=not_before, failure=failure)

    @rule(pick=picks)
    def remember(self, pick: int) -> None:
        if job := self.picked(pick):
            self.both("remember", job, window=str(pick % 3), heard=bytes([pick]))

    @rule(pick=picks, method=st.sampled_from(("cancel", "delete", "redrive")))
    def from_outside(self, pick: int, method: str) -> None:
        if known := sorted(self.before):
            job = self.before[known[pick % len(known)]]
            about: dict[str, dict[str, Any]] = {"delete": {"tenant": job.tenant}, "redrive": {"now": self.now}}
            self.both(method, job.id, **about.get(method, {"tenant": job.tenant, "now": self.now}))

    @rule()
    def reap(self) -> None:
        self.both("reap", now=self.now)

    @rule(most=st.integers(0, 3))
    def ring(self, most: int) -> None:
        self.both("rung", sorted(self.fake_unrung())[:most])

    @invariant()
    def both_hold_the_same_and_moved_as_they_may(self) -> None:
        rows = {job.id: job for tenant in TENANTS for job in self.both("page", JobFilter(tenant=tenant, limit=999))}
        for job_id, job in rows.items():
            old = self.before.get(job_id)
            assert old is None or job.state is old.state or job.state in MOVES[old.state]
            assert old is None or job.fence >= old.fence
            assert 0 <= job.tries <= MAX_TRIES
            self.both("heard", job)
        self.before = rows
        sqlite = self.runner.run(self.stores[1].unrung(now=self.now, limit=999))
        assert sorted(sqlite) == sorted(self.fake_unrung())

    def fake_unrung(self) -> Mapping[str, str | None]:
        return self.runner.run(self.fake.unrung(now=self.now, limit=999))

    def picked(self, pick: int) -> Job | None:
        """An old claim as likely as a new one."""
        return self.claims[pick % len(self.claims)] if self.claims else None


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
