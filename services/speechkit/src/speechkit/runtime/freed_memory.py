"""Gives the memory that a burst of requests has freed back to the system; what holds memory is others' matter."""

import asyncio
import ctypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from speechkit.runtime.background import in_background

EVERY_SECONDS = 10.0

# glibc keeps what is freed below the last live piece of its heap, and raises the size above which a piece lies outside
# it with each such piece that is freed. After 200 uploads at once 140 MiB of the gateway were samples long freed. Fixed
# limits (mallopt) would return most of them at once, for 2 ms of page faults in each request; a trim takes 0.3 ms where
# there is nothing to return, and 17 ms for those 140 MiB. Other systems' C libraries have none.
_libc = ctypes.CDLL(None)


@asynccontextmanager
async def freed_memory_given_back(*, every_seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """While the context is open, for the whole process."""

    async def give_back() -> None:
        while True:
            await asyncio.sleep(every_seconds)
            await asyncio.to_thread(_libc.malloc_trim, 0)

    if not hasattr(_libc, "malloc_trim"):
        yield
        return
    async with in_background(give_back, name="give_back_freed_memory"):
        yield
