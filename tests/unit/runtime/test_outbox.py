"""The outbox rings for every job, however long doorbell or store are away."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from speechkit.domain.errors import StoreUnavailable
from speechkit.ports import JobStore
from speechkit.runtime import outbox
from speechkit.runtime.outbox import Outbox
from tests.doors.waiting import until
from tests.fakes.doorbell import FakeDoorbell

NEVER = 3600.0


@dataclass
class UnrungJobs:
    """The part of a job store that an outbox looks at."""

    ids: list[str] = field(default_factory=list)
    away: bool = False
    looks: int = 0

    async def unrung(self, *, now: datetime, limit: int) -> Mapping[str, str | None]:
        self.looks += 1
        if self.away:
            raise StoreUnavailable("away")
        return dict.fromkeys(self.ids[:limit])

    async def rung(self, job_ids: Sequence[str]) -> None:
        self.ids = [each for each in self.ids if each not in job_ids]


@asynccontextmanager
async def relaying(jobs: UnrungJobs, doorbell: FakeDoorbell, *, sweep_seconds: float) -> AsyncIterator[Outbox]:
    relay = Outbox(cast(JobStore, jobs), doorbell, sweep_seconds=sweep_seconds)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_jobs_from_before_the_start_are_rung_for_once() -> None:
    jobs, doorbell = UnrungJobs(["a", "b"]), FakeDoorbell()
    async with relaying(jobs, doorbell, sweep_seconds=0.001):
        await until(lambda: jobs.looks > 3)
    assert doorbell.rung == ["a", "b"]


async def test_an_added_job_is_rung_for_at_once_when_the_outbox_is_woken() -> None:
    jobs, doorbell = UnrungJobs(), FakeDoorbell()
    async with relaying(jobs, doorbell, sweep_seconds=NEVER) as relay:
        await until(lambda: jobs.looks == 1)
        jobs.ids.append("a")
        relay.wake()
        await until(lambda: doorbell.rung == ["a"])


async def test_a_job_of_another_process_is_found_by_the_sweep() -> None:
    jobs, doorbell = UnrungJobs(), FakeDoorbell()
    async with relaying(jobs, doorbell, sweep_seconds=0.01):
        await until(lambda: jobs.looks == 1)
        jobs.ids.append("a")
        await until(lambda: doorbell.rung == ["a"])


async def test_more_jobs_than_fit_into_one_batch_are_all_rung_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    jobs, doorbell = UnrungJobs(list("abcde")), FakeDoorbell()
    async with relaying(jobs, doorbell, sweep_seconds=NEVER):
        await until(lambda: not jobs.ids)
    assert doorbell.rung == list("abcde")


@pytest.mark.parametrize("away", ["jobs", "doorbell"])
async def test_an_outage_delays_rings_and_loses_none(monkeypatch: pytest.MonkeyPatch, away: str) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY_SECONDS", 0.01)
    jobs, doorbell = UnrungJobs(["a"]), FakeDoorbell()
    broken = jobs if away == "jobs" else doorbell
    broken.away = True
    async with relaying(jobs, doorbell, sweep_seconds=NEVER):
        await until(lambda: jobs.looks == 3)
        assert (doorbell.rung, jobs.ids) == ([], ["a"])
        broken.away = False
        await until(lambda: not jobs.ids)
    assert doorbell.rung == ["a"]
