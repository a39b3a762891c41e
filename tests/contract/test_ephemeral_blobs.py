"""What every store of fleeting blobs promises, held by the process's memory and by a real Redis alike."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from speechkit.adapters.ephemeral.chunks import CHUNK_BYTES
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.adapters.ephemeral.redis_blobs import RedisBlobs
from speechkit.domain.errors import NotFound, UploadTooLarge
from speechkit.ports import EphemeralBlobs
from tests.stores.marks import REDIS

LARGE = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"the rest"
"""Several chunks, the last of them not full."""
LIMIT = 8 * CHUNK_BYTES


@pytest.fixture(params=["memory", REDIS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EphemeralBlobs]:
    if request.param == "memory":
        yield MemoryBlobs(room_bytes=64 * CHUNK_BYTES)
    else:
        async with RedisBlobs(request.getfixturevalue("redis").url) as blobs:
            yield blobs


@pytest.fixture
def name() -> str:
    return f"jobs/{uuid4().hex}/audio"


async def parts(content: bytes, *, size: int = 100_000, breaks: Exception | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]
    if breaks:
        raise breaks


async def put(store: EphemeralBlobs, name: str, content: bytes, *, ttl_seconds: float = 60, size: int = 100_000) -> int:
    return await store.put(name, parts(content, size=size), ttl_seconds=ttl_seconds, limit_bytes=LIMIT)


async def gone(store: EphemeralBlobs, name: str) -> bool:
    try:
        await store.read(name)
    except NotFound:
        return True
    return False


@pytest.mark.parametrize("size", [1_000_003, CHUNK_BYTES, 5 * CHUNK_BYTES])
async def test_what_was_put_in_parts_of_any_size_is_read_back(store: EphemeralBlobs, name: str, size: int) -> None:
    assert await put(store, name, LARGE, size=size) == len(LARGE)
    assert await store.read(name) == LARGE


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (0, 10),
        (CHUNK_BYTES - 5, 10),
        (CHUNK_BYTES, CHUNK_BYTES),
        (5, 2 * CHUNK_BYTES + 1),
        (len(LARGE) - 3, None),
        (len(LARGE) - 3, 100),
        (0, 0),
        (CHUNK_BYTES, 0),
        (len(LARGE), 10),
        (len(LARGE) + 5 * CHUNK_BYTES, None),
    ],
)
async def test_any_stretch_can_be_read(store: EphemeralBlobs, name: str, start: int, length: int | None) -> None:
    """Past its end there is nothing, which is no failure: a decoder seeks there."""
    await put(store, name, LARGE)
    assert (
        await store.read(name, start=start, length=length) == LARGE[start : None if length is None else start + length]
    )


async def test_nothing_at_all_is_a_blob_too(store: EphemeralBlobs, name: str) -> None:
    assert await put(store, name, b"") == 0
    assert await store.read(name) == b""
    assert await store.take(name) == b""
    assert await gone(store, name)


async def test_of_many_who_take_at_once_one_gets_the_whole(store: EphemeralBlobs, name: str) -> None:
    await put(store, name, LARGE)
    taken = await asyncio.gather(*(store.take(name) for _ in range(20)), return_exceptions=True)
    assert [content for content in taken if isinstance(content, bytes)] == [LARGE]
    assert sum(isinstance(error, NotFound) for error in taken) == 19
    assert await gone(store, name)


async def test_it_ends_by_itself(store: EphemeralBlobs, name: str) -> None:
    await put(store, name, LARGE, ttl_seconds=0.3)
    assert await store.read(name, length=4) == LARGE[:4]
    await asyncio.sleep(0.4)
    assert await gone(store, name)
    with pytest.raises(NotFound):
        await store.take(name)


async def test_its_time_begins_when_it_is_whole(store: EphemeralBlobs, name: str) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for part in (LARGE[:CHUNK_BYTES], LARGE[CHUNK_BYTES:]):
            yield part
            await asyncio.sleep(0.3)

    await store.put(name, slowly(), ttl_seconds=0.5, limit_bytes=LIMIT)
    assert await store.read(name) == LARGE


async def test_put_again_it_is_the_newer_one_with_the_newer_time(store: EphemeralBlobs, name: str) -> None:
    await put(store, name, LARGE, ttl_seconds=0.3)
    await put(store, name, b"newer", ttl_seconds=60)
    await asyncio.sleep(0.4)
    assert await store.read(name) == b"newer"


async def test_a_put_that_breaks_off_leaves_nothing(store: EphemeralBlobs, name: str) -> None:
    with pytest.raises(ConnectionError):
        await store.put(name, parts(LARGE, breaks=ConnectionError("gone")), ttl_seconds=60, limit_bytes=LIMIT)
    assert await gone(store, name)


async def test_a_put_that_is_cancelled_leaves_nothing(store: EphemeralBlobs, name: str) -> None:
    standing_still = asyncio.Event()

    async def never_ending() -> AsyncIterator[bytes]:
        yield LARGE
        standing_still.set()
        await asyncio.sleep(60)

    putting = asyncio.create_task(store.put(name, never_ending(), ttl_seconds=60, limit_bytes=LIMIT))
    await standing_still.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await gone(store, name)


async def test_the_limit_is_held_to_the_byte_and_what_is_over_it_leaves_nothing(
    store: EphemeralBlobs, name: str
) -> None:
    assert await store.put(name, parts(LARGE), ttl_seconds=60, limit_bytes=len(LARGE)) == len(LARGE)
    await store.delete(name)
    with pytest.raises(UploadTooLarge):
        await store.put(name, parts(LARGE), ttl_seconds=60, limit_bytes=len(LARGE) - 1)
    assert await gone(store, name)


async def test_deleted_is_gone_and_deleting_nothing_is_no_failure(store: EphemeralBlobs, name: str) -> None:
    await put(store, name, LARGE)
    for _ in range(2):
        await store.delete(name)
        assert await gone(store, name)


async def test_names_do_not_touch_one_another(store: EphemeralBlobs, name: str) -> None:
    await put(store, name, b"one")
    await put(store, f"{name}-2", b"two")
    assert await store.take(name) == b"one"
    assert await store.read(f"{name}-2") == b"two"


async def test_a_store_that_answers_is_ready(store: EphemeralBlobs) -> None:
    assert await store.ready()
