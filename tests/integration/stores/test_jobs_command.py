"""`earshot jobs`, as the person types it who runs the server, on a store in the data folder."""

import asyncio
from pathlib import Path

import pytest

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.domain.errors import Reason
from speechkit.domain.jobs import Failure, Job, JobState
from tests.fakes.made_jobs import LEASE, later, made_job
from tests.integration.stores.conftest import Earshot


async def fill(folder: Path) -> None:
    """Three failed jobs of two tenants, and one that waits."""
    async with Database(database_url(None, data_dir=folder)) as database:
        store = SqlJobStore(database)
        for number, tenant in ((1, "acme"), (2, "acme"), (3, "other")):
            await store.add(made_job(number, tenant=tenant))
            claim = await store.claim(now=later(10), lease=LEASE)
            assert claim
            failure = Failure(reason=Reason.UNSUPPORTED_MEDIA, message="This is no sound.")
            await store.fail(claim, now=later(11), failure=failure)
        await store.add(made_job(4, tenant="acme"))


def listed_ids(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if line.startswith("job_")]


async def job(folder: Path, number: int, tenant: str) -> Job:
    async with Database(database_url(None, data_dir=folder)) as database:
        found = await SqlJobStore(database).get(f"job_{number:04}", tenant=tenant)
        assert found
        return found


def test_failed_jobs_are_listed_with_the_reason_and_sent_round_again(earshot: Earshot, tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path))
    _, listed = earshot("jobs", "list", "--status", "failed")
    assert listed_ids(listed) == ["job_0003", "job_0002", "job_0001"]
    assert "unsupported_media: This is no sound." in listed
    assert listed_ids(earshot("jobs", "list", "--limit", "2")[1]) == ["job_0004", "job_0003"]
    assert "1 queued again" in earshot("jobs", "redrive", "job_0001")[1]
    again = asyncio.run(job(tmp_path, 1, "acme"))
    assert (again.state, again.tries, again.failure) == (JobState.QUEUED, 0, None)
    assert "1 queued again" in earshot("jobs", "redrive", "--all-failed", "--tenant", "acme")[1]
    assert "1 queued again" in earshot("jobs", "redrive", "--all-failed")[1]
    assert listed_ids(earshot("jobs", "list", "--status", "failed")[1]) == []


@pytest.mark.parametrize("arguments", [("redrive",), ("redrive", "job_1", "--all-failed"), ("redrive", "job_none")])
def test_what_cannot_be_sent_round_again_is_said(earshot: Earshot, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    asyncio.run(fill(tmp_path))
    status, said = earshot("jobs", *arguments)
    assert status == 1
    assert said.splitlines()[-1].startswith("earshot: ")
