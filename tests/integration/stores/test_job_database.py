"""Jobs in a database that is away, or that another process writes to for a while."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.domain.errors import Reason, StoreUnavailable
from speechkit.domain.jobs import Failure, JobFilter, Progress
from tests.fakes.made_jobs import LEASE, NOW, made_job

JOB = made_job()
BROKE = Failure(reason=Reason.INTERNAL, message="broke")
CALLS: dict[str, Callable[[SqlJobStore], Awaitable[object]]] = {
    "add": lambda jobs: jobs.add(JOB),
    "get": lambda jobs: jobs.get(JOB.id, tenant="a"),
    "page": lambda jobs: jobs.page(JobFilter(tenant="a")),
    "claim": lambda jobs: jobs.claim(now=NOW, lease=LEASE),
    "renew": lambda jobs: jobs.renew(JOB, now=NOW, lease=LEASE, progress=Progress()),
    "complete": lambda jobs: jobs.complete(JOB, now=NOW, audio_seconds=1, language="en"),
    "fail": lambda jobs: jobs.fail(JOB, now=NOW, failure=BROKE),
    "put_back": lambda jobs: jobs.put_back(JOB, now=NOW, not_before=None, failure=None),
    "cancel": lambda jobs: jobs.cancel(JOB.id, tenant="a", now=NOW),
    "delete": lambda jobs: jobs.delete(JOB.id, tenant="a"),
    "redrive": lambda jobs: jobs.redrive(JOB.id, now=NOW),
    "reap": lambda jobs: jobs.reap(now=NOW),
    "outlived": lambda jobs: jobs.outlived(now=NOW, limit=1),
    "unrung": lambda jobs: jobs.unrung(now=NOW, limit=1),
    "rung": lambda jobs: jobs.rung([JOB.id]),
    "heard": lambda jobs: jobs.heard(JOB),
    "remember": lambda jobs: jobs.remember(JOB, window="w", heard=b""),
}


@pytest.mark.parametrize("call", CALLS)
async def test_without_a_database_every_call_is_a_clear_failure(call: str, tmp_path: Path) -> None:
    (tmp_path / "earshot.db").write_bytes(b"This is not a database, but somebody's notes. " * 100)
    async with Database(database_url(None, data_dir=tmp_path)) as database:
        with pytest.raises(StoreUnavailable):
            await CALLS[call](SqlJobStore(database))


async def test_a_claim_waits_for_another_process_that_writes_to_the_same_file(tmp_path: Path) -> None:
    async with Database(database_url(None, data_dir=tmp_path)) as database:
        jobs = SqlJobStore(database)
        await jobs.add(JOB)
        other = sqlite3.connect(tmp_path / "earshot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        claiming = asyncio.create_task(jobs.claim(now=NOW, lease=LEASE))
        await asyncio.sleep(0.3)
        assert not claiming.done()
        assert await jobs.get(JOB.id, tenant="a") == JOB, "who reads does not wait"
        other.execute("COMMIT")
        other.close()
        assert await claiming
