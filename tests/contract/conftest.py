"""The job stores that the suites on jobs hold to the port's promises, each without a job in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.ports import JobStore
from tests.fakes.job_store import FakeJobStore


@pytest.fixture(params=["fake", "sqlite", "postgres"])
async def twins(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[JobStore, JobStore]]:
    """Two stores on the same rows, as two processes have them; with one event loop, a fake needs no twin."""
    if request.param == "fake":
        store = FakeJobStore()
        yield store, store
        return
    where = database_url(
        None if request.param == "sqlite" else request.getfixturevalue("postgres").url, data_dir=tmp_path
    )
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(Database(where)) for _ in range(2)]
        async with one.session() as session:
            for table in ("jobs", "tenant_turns"):  # PostgreSQL's lasts for the whole session
                await session.execute(text(f"DELETE FROM {table}"))
        yield SqlJobStore(one), SqlJobStore(other)


@pytest.fixture
def jobs(twins: tuple[JobStore, JobStore]) -> JobStore:
    return twins[0]
