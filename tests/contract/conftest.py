"""The job stores that the suites on jobs hold to the port's promises, each without a job in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.delivery_store import SqlDeliveryStore
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.ports import DeliveryStore, JobStore
from tests.fakes.job_store import FakeJobStore
from tests.stores.marks import POSTGRES


@dataclass(frozen=True)
class Stores:
    """On the same rows."""

    jobs: JobStore
    deliveries: DeliveryStore


@pytest.fixture(params=["fake", "sqlite", POSTGRES])
async def store_twins(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Stores, Stores]]:
    """Two stores on the same rows, as two processes have them; with one event loop, a fake needs no twin."""
    if request.param == "fake":
        fake = FakeJobStore()
        stores = Stores(fake, fake.deliveries)
        yield stores, stores
        return
    where = database_url(
        None if request.param == "sqlite" else request.getfixturevalue("postgres").url, data_dir=tmp_path
    )
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(Database(where)) for _ in range(2)]
        async with one.session() as session:
            for table in ("jobs", "tenant_turns", "webhook_secrets"):  # PostgreSQL's lasts for the whole session
                await session.execute(text(f"DELETE FROM {table}"))
        yield Stores(SqlJobStore(one), SqlDeliveryStore(one)), Stores(SqlJobStore(other), SqlDeliveryStore(other))


@pytest.fixture
def twins(store_twins: tuple[Stores, Stores]) -> tuple[JobStore, JobStore]:
    return store_twins[0].jobs, store_twins[1].jobs


@pytest.fixture
def jobs(twins: tuple[JobStore, JobStore]) -> JobStore:
    return twins[0]
