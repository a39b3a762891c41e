"""A worker that counts the rings it hears, for the tests of the doorbell on a real Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from speechkit.adapters.doorbell.kafka import KafkaDoorbell

SHARED_SECONDS = 20.0
"""Long enough for a group to be shared out on a busy machine."""


@dataclass
class Worker:
    """Takes every ring, or none while it is full."""

    heard: int = 0
    full: bool = False

    async def take(self, rings: AsyncIterator[None]) -> None:
        while True:
            while self.full:
                await asyncio.sleep(0.01)
            await anext(rings)
            self.heard += 1


@asynccontextmanager
async def working(doorbell: KafkaDoorbell) -> AsyncIterator[Worker]:
    worker = Worker()
    async with doorbell.rings() as rings:
        taking = asyncio.create_task(worker.take(rings))
        try:
            yield worker
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
