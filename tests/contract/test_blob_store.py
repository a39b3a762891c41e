"""What every store of blobs promises, held by the fake and by folders and buckets of sealed bytes alike."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speechkit.adapters.sealed_chunks import BATCH_CHUNKS, PLAIN_BYTES
from speechkit.domain.errors import NotFound
from speechkit.ports import BlobStore
from tests.fakes.blob_store import FakeBlobStore
from tests.stores.blobs import parts, sealed_store
from tests.stores.marks import servers

pytestmark = pytest.mark.timeout(60, func_only=True)
"""The first one may have to build the S3 server, or fetch that of Azure."""

LARGE = bytes(range(256)) * ((BATCH_CHUNKS + 2) * PLAIN_BYTES // 256) + b"the rest"
"""More chunks than are sealed at a time, the last of them not full."""


@pytest.fixture(
    params=[
        "fake",
        "folder and sqlite",
        pytest.param("s3 and postgres", marks=servers),
        pytest.param("azure and sqlite", marks=servers),
        pytest.param("gcs and sqlite", marks=servers),
    ]
)
async def twins(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[BlobStore, BlobStore]]:
    """Two stores of the same blobs, as two processes have them; with one event loop, a fake needs no twin."""
    if request.param == "fake":
        fake = FakeBlobStore()
        yield fake, fake
        return
    where, database = str(tmp_path / "blobs"), None
    if request.param == "s3 and postgres":
        where, database = request.getfixturevalue("bucket"), request.getfixturevalue("postgres").url
    if request.param == "azure and sqlite":
        where = request.getfixturevalue("container")
    if request.param == "gcs and sqlite":
        where = request.getfixturevalue("gcs_bucket")
    async with (
        sealed_store(where, data_dir=tmp_path, database=database) as one,
        sealed_store(where, data_dir=tmp_path, database=database) as other,
    ):
        yield one, other


@pytest.fixture
def store(twins: tuple[BlobStore, BlobStore]) -> BlobStore:
    return twins[0]


@pytest.fixture
def name() -> str:
    return f"jobs/{uuid4().hex}/audio"


async def gone(store: BlobStore, name: str) -> bool:
    try:
        await store.read(name)
    except NotFound:
        return True
    return False


@pytest.mark.parametrize("size", [1, PLAIN_BYTES - 1, PLAIN_BYTES, PLAIN_BYTES + 1, 5 * PLAIN_BYTES, len(LARGE)])
async def test_what_was_put_is_read_back_by_another_process(
    twins: tuple[BlobStore, BlobStore], name: str, size: int
) -> None:
    one, other = twins
    assert await one.put(name, parts(LARGE[:size])) == size
    assert await other.read(name) == LARGE[:size]


@pytest.mark.parametrize("part_bytes", [7_919, PLAIN_BYTES, BATCH_CHUNKS * PLAIN_BYTES, len(LARGE)])
async def test_the_size_of_the_parts_does_not_matter(store: BlobStore, name: str, part_bytes: int) -> None:
    await store.put(name, parts(LARGE, size=part_bytes))
    assert await store.read(name) == LARGE


async def test_nothing_at_all_is_a_blob_too(store: BlobStore, name: str) -> None:
    assert await store.put(name, parts(b"")) == 0
    assert await store.read(name) == b""
    assert await store.read(name, start=5, length=5) == b""
    await store.delete(name)
    assert await gone(store, name)


@pytest.fixture
async def stretched(store: BlobStore) -> BlobStore:
    await store.put("stretched", parts(LARGE))
    return store


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(LARGE) + PLAIN_BYTES), length=st.none() | st.integers(0, 3 * PLAIN_BYTES))
async def test_any_stretch_can_be_read(stretched: BlobStore, start: int, length: int | None) -> None:
    """Past its end there is nothing, which is no failure: a decoder seeks there."""
    stretch = await stretched.read("stretched", start=start, length=length)
    assert stretch == LARGE[start : None if length is None else start + length]


@pytest.mark.parametrize("border", [PLAIN_BYTES, 2 * PLAIN_BYTES, BATCH_CHUNKS * PLAIN_BYTES, len(LARGE)])
async def test_a_stretch_across_a_border_is_whole(store: BlobStore, name: str, border: int) -> None:
    await store.put(name, parts(LARGE))
    for start in range(border - 2, border + 2):
        for length in range(4):
            assert await store.read(name, start=start, length=length) == LARGE[start : start + length]


async def test_put_again_it_is_the_newer_one(twins: tuple[BlobStore, BlobStore], name: str) -> None:
    one, other = twins
    await one.put(name, parts(LARGE))
    await other.put(name, parts(b"newer"))
    assert await one.read(name) == b"newer"


async def test_whoever_reads_while_it_is_put_again_gets_one_or_the_other(store: BlobStore, name: str) -> None:
    versions = [letter * (3 * PLAIN_BYTES) for letter in (b"a", b"b")]
    await store.put(name, parts(versions[0]))

    async def put_again() -> None:
        for turn in range(20):
            await store.put(name, parts(versions[turn % 2]))

    putting = asyncio.create_task(put_again())
    while not putting.done():
        assert await store.read(name) in versions
        await asyncio.sleep(0)
    await putting


async def test_of_many_who_put_at_once_one_is_the_last(twins: tuple[BlobStore, BlobStore], name: str) -> None:
    versions = [bytes([number]) * (2 * PLAIN_BYTES) for number in range(6)]
    await asyncio.gather(*(twins[turn % 2].put(name, parts(version)) for turn, version in enumerate(versions)))
    content = await twins[0].read(name)
    assert content in versions
    assert await twins[1].read(name) == content


async def test_what_never_was_is_not_found_and_deleted_without_complaint(store: BlobStore, name: str) -> None:
    await store.delete(name)
    with pytest.raises(NotFound):
        await store.read(name)


async def test_deleted_it_is_gone_for_everybody(twins: tuple[BlobStore, BlobStore], name: str) -> None:
    one, other = twins
    await one.put(name, parts(LARGE))
    await asyncio.gather(*(store.delete(name) for store in (one, other, one)))
    assert await gone(one, name)
    assert await gone(other, name)


async def test_a_name_that_begins_like_another_is_another(store: BlobStore) -> None:
    """Deleting the one leaves the other."""
    job = f"jobs/{uuid4().hex}"
    await store.put(f"{job}/transcript-1", parts(b"one"))
    await store.put(f"{job}/transcript-10", parts(b"ten"))
    await store.delete(f"{job}/transcript-1")
    assert await store.read(f"{job}/transcript-10") == b"ten"


@pytest.mark.parametrize("size", [0, 10, len(LARGE)])
async def test_a_put_that_breaks_off_leaves_nothing(store: BlobStore, name: str, size: int) -> None:
    """Its own failure comes out, whatever it is."""
    with pytest.raises(FileNotFoundError, match="the upload ended"):
        await store.put(name, parts(LARGE[:size], breaks=FileNotFoundError("the upload ended")))
    assert await gone(store, name)


async def test_a_put_again_that_breaks_off_leaves_what_was_there(store: BlobStore, name: str) -> None:
    await store.put(name, parts(b"older"))
    with pytest.raises(ValueError, match="the upload ended"):
        await store.put(name, parts(LARGE, breaks=ValueError("the upload ended")))
    assert await store.read(name) == b"older"


async def test_a_put_whose_caller_leaves_leaves_nothing(store: BlobStore, name: str) -> None:
    """The caller's parts stop coming, and he is cancelled."""

    async def stalls() -> AsyncIterator[bytes]:
        yield LARGE
        await asyncio.sleep(60)

    putting = asyncio.create_task(store.put(name, stalls()))
    await asyncio.sleep(0.1)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(putting, timeout=5)
    assert await gone(store, name)
