"""Waiting in a test for what another task brings about."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, timeout_seconds: float = 10.0) -> None:
    """Raises TimeoutError when it does not come true in time."""
    async with asyncio.timeout(timeout_seconds):
        while not condition():
            await asyncio.sleep(0.005)
