"""What a burst of requests took does not stay with the service."""

import asyncio
import sys

import psutil
import pytest

from speechkit.runtime.freed_memory import freed_memory_given_back

PIECES = 5000
PIECE_BYTES = 20_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc's heap")


async def test_freed_memory_goes_back_to_the_system_though_something_behind_it_lives_on() -> None:
    pieces = [b"1" * PIECE_BYTES for _ in range(PIECES)]
    full = _resident_bytes()
    pieces = pieces[::10]
    freed = (PIECES - len(pieces)) * len(pieces[0])
    assert full - _resident_bytes() < freed * 0.2, "the heap gave it back by itself, and nothing is tried here"
    async with freed_memory_given_back(every_seconds=0.01), asyncio.timeout(5):
        while full - _resident_bytes() < freed * 0.8:
            await asyncio.sleep(0.01)


def _resident_bytes() -> int:
    return psutil.Process().memory_info().rss
