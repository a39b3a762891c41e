"""Rings for every job that has not been rung for: at once when one was added, and by a sweep for what was missed.

A job and the note that it is to be rung for are one transaction, so no outage of the doorbell loses a ring.
"""

import asyncio
from datetime import UTC, datetime

import structlog

from speechkit.domain.errors import StoreUnavailable
from speechkit.ports import Doorbell, JobStore

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 15.0
BATCH = 200


class Outbox:
    def __init__(self, jobs: JobStore, doorbell: Doorbell, *, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._jobs = jobs
        self._doorbell = doorbell
        self._sweep_seconds = sweep_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is a new job."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        retry_seconds = FIRST_RETRY_SECONDS
        while True:
            self._woken.clear()
            try:
                await self._ring_all()
            except StoreUnavailable as error:
                log.warning("outbox_waits", error=error.message, retry_seconds=retry_seconds)
                await asyncio.sleep(retry_seconds)
                retry_seconds = min(LONGEST_RETRY_SECONDS, 2 * retry_seconds)
            else:
                retry_seconds = FIRST_RETRY_SECONDS
                await self._wait()

    async def _ring_all(self) -> None:
        while jobs := await self._jobs.unrung(now=datetime.now(UTC), limit=BATCH):
            await self._doorbell.ring(jobs)
            await self._jobs.rung(list(jobs))

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._sweep_seconds):
                await self._woken.wait()
        except TimeoutError:
            return
