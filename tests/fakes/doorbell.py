"""A Doorbell in memory, which can be away."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from speechkit.domain.errors import StoreUnavailable


@dataclass
class FakeDoorbell:
    rung: list[str] = field(default_factory=list)
    """Every id that was rung for, in order."""
    away: bool = False
    waiting: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def ring(self, jobs: Mapping[str, str | None]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.rung.extend(jobs)
        for _ in jobs:
            self.waiting.put_nowait(None)

    @asynccontextmanager
    async def rings(self) -> AsyncIterator[AsyncIterator[None]]:
        yield _Rings(self.waiting)


@dataclass
class _Rings:
    waiting: asyncio.Queue[None]

    def __aiter__(self) -> "_Rings":
        return self

    async def __anext__(self) -> None:
        await self.waiting.get()
