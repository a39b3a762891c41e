"""Memory is finite: what lies in it is counted, and what ends gives its room back."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.domain.errors import Overloaded

ROOM = 1000


async def parts(size_bytes: int) -> AsyncIterator[bytes]:
    yield bytes(size_bytes)


async def put(store: MemoryBlobs, name: str, size_bytes: int, *, ttl_seconds: float = 60) -> None:
    await store.put(name, parts(size_bytes), ttl_seconds=ttl_seconds, limit_bytes=10**9)


async def test_what_does_not_fit_any_more_is_refused_and_the_rest_stays() -> None:
    store = MemoryBlobs(room_bytes=ROOM)
    await put(store, "a", 600)
    with pytest.raises(Overloaded):
        await put(store, "b", 401)
    await put(store, "b", 400)
    assert len(await store.read("a")) == 600


@pytest.mark.parametrize("end", ["take", "delete", "replace", "time"])
async def test_whatever_ends_a_blob_gives_its_room_back(end: str) -> None:
    store = MemoryBlobs(room_bytes=ROOM)
    await put(store, "a", ROOM, ttl_seconds=0.05 if end == "time" else 60)
    match end:
        case "take":
            await store.take("a")
        case "delete":
            await store.delete("a")
        case "replace":
            await put(store, "a", 0)
        case "time":
            await asyncio.sleep(0.1)
    await put(store, "b", ROOM)


async def test_a_put_that_breaks_off_gives_its_room_back() -> None:
    store = MemoryBlobs(room_bytes=2 * 1024 * 1024)

    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(1024 * 1024)
        raise ConnectionError

    for _ in range(5):
        with pytest.raises(ConnectionError):
            await store.put("a", breaking(), ttl_seconds=60, limit_bytes=10**9)
    await put(store, "a", 2 * 1024 * 1024)
