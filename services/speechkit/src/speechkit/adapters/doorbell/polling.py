"""A doorbell without a server: rings at once within this process, and a look now and then for jobs of another one.

Several machines are rung for through Kafka.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

LOOK_SECONDS = 0.25
MAX_WAITING_RINGS = 64
"""Whoever answers a ring looks until there is nothing left, so more would wake it in vain."""


class PollingDoorbell:
    def __init__(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._waiting: asyncio.Queue[None] = asyncio.Queue(MAX_WAITING_RINGS)

    async def ring(self, jobs: Mapping[str, str | None]) -> None:
        for _ in range(min(len(jobs), MAX_WAITING_RINGS - self._waiting.qsize())):
            self._waiting.put_nowait(None)

    @asynccontextmanager
    async def rings(self) -> AsyncIterator[AsyncIterator[None]]:
        yield _Rings(self._waiting, self._look_seconds)


class _Rings:
    """An iterator that a cancelled wait leaves whole, which a generator would not be."""

    def __init__(self, waiting: asyncio.Queue[None], look_seconds: float) -> None:
        self._waiting = waiting
        self._look_seconds = look_seconds

    def __aiter__(self) -> "_Rings":
        return self

    async def __anext__(self) -> None:
        try:
            async with asyncio.timeout(self._look_seconds):
                await self._waiting.get()
        except TimeoutError:
            return
