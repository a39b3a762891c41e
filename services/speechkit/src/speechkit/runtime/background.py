"""Work that goes on behind a service for as long as the service does, whatever happens to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from speechkit.runtime import metrics

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 1.0


@asynccontextmanager
async def in_background(work: Callable[[], Awaitable[None]], *, name: str) -> AsyncIterator[None]:
    """Leaving the context cancels the work and waits for its end."""
    task = asyncio.create_task(_for_ever(work, name))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _for_ever(work: Callable[[], Awaitable[None]], name: str) -> None:
    """A fault that nobody foresaw must not silently end what nobody would miss before the next alert."""
    while True:
        try:
            await work()
        except Exception:
            metrics.BACKGROUND_FAILURES.labels(name).inc()
            log.exception("background_work_broke", work=name)
        await asyncio.sleep(AGAIN_SECONDS)
