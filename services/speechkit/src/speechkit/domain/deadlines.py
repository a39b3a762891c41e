"""A deadline around work: what runs into it is told apart from whatever else is called a TimeoutError inside.

The time itself is the event loop's, and given by the caller.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from speechkit.domain.errors import DeadlineExceeded


@asynccontextmanager
async def deadline_at(loop_seconds: float, *, message: str) -> AsyncIterator[asyncio.Timeout]:
    """Raises DeadlineExceeded with the message; a TimeoutError of a socket or a store below passes as it is."""
    limit = asyncio.timeout_at(loop_seconds)
    try:
        async with limit:
            yield limit
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise DeadlineExceeded(message) from error
