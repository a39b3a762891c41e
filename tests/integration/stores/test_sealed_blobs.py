"""Sealed blobs as an attacker, a full disk and a store that is away meet them: in a folder, and in a real S3 server."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from speechkit.adapters.blobs import PART_BYTES, SealedBlobStore
from speechkit.adapters.master_keys import add_master_key
from speechkit.adapters.object_stores import BadBlobStoreUrl, open_object_store
from speechkit.adapters.sealed_chunks import PLAIN_BYTES, SEALED_BYTES
from speechkit.domain.errors import Internal, NotFound, StoreUnavailable
from tests.stack.ports import free_ports
from tests.stores.blobs import parts, sealed_store
from tests.stores.s3 import BUCKET, S3Server, new_s3

pytestmark = pytest.mark.timeout(60, func_only=True)

MEBIBYTE = 1024 * 1024
MARKER = b"what the patient told the doctor"
CONTENT = (MARKER + bytes(range(256))) * (3 * PLAIN_BYTES // 256)
"""Some chunks, the last of them not full."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SealedBlobStore]:
    async with sealed_store(str(tmp_path / "blobs"), data_dir=tmp_path) as opened:
        yield opened


def object_of(name: str, folder: Path) -> Path:
    (found,) = (folder / "blobs" / name).iterdir()
    return found


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def change_rows(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "earshot.db") as database:
        assert database.execute(statement).rowcount > 0
    database.close()


def flipped(position: int) -> Callable[[bytes], bytes]:
    return lambda sealed: (
        sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        if position >= 0
        else flipped(len(sealed) + position)(sealed)
    )


def swapped(sealed: bytes) -> bytes:
    first, second = sealed[:SEALED_BYTES], sealed[SEALED_BYTES : 2 * SEALED_BYTES]
    return second + first + sealed[2 * SEALED_BYTES :]


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param(flipped(0), id="first bit"),
        pytest.param(flipped(SEALED_BYTES - 1), id="tag of the first chunk"),
        pytest.param(flipped(SEALED_BYTES), id="second chunk"),
        pytest.param(flipped(-1), id="last tag"),
        pytest.param(lambda sealed: sealed[:-1], id="a byte cut off"),
        pytest.param(lambda sealed: sealed[: 2 * SEALED_BYTES], id="whole chunks cut off"),
        pytest.param(lambda _: b"", id="emptied"),
        pytest.param(lambda sealed: sealed + bytes(SEALED_BYTES), id="lengthened"),
        pytest.param(swapped, id="chunks swapped"),
        pytest.param(lambda sealed: sealed[:SEALED_BYTES] * 2 + sealed[2 * SEALED_BYTES :], id="a chunk repeated"),
    ],
)
async def test_an_altered_object_is_never_read(
    store: SealedBlobStore, tmp_path: Path, alter: Callable[[bytes], bytes]
) -> None:
    await store.put("jobs/1/audio", parts(CONTENT))
    place = object_of("jobs/1/audio", tmp_path)
    place.write_bytes(alter(place.read_bytes()))
    with pytest.raises(Internal, match="altered or damaged"):
        await store.read("jobs/1/audio")


@pytest.mark.parametrize("kept", [0, SEALED_BYTES, 2 * SEALED_BYTES])
async def test_a_stretch_past_the_cut_is_as_altered_as_one_before(
    store: SealedBlobStore, tmp_path: Path, kept: int
) -> None:
    """Not a store that is away: another try would not help."""
    await store.put("jobs/1/audio", parts(CONTENT))
    place = object_of("jobs/1/audio", tmp_path)
    place.write_bytes(place.read_bytes()[:kept])
    for start in (0, len(CONTENT) - 5):
        with pytest.raises(Internal, match="altered or damaged"):
            await store.read("jobs/1/audio", start=start, length=5)


async def test_an_object_in_the_place_of_another_is_never_read(store: SealedBlobStore, tmp_path: Path) -> None:
    for name in ("jobs/1/audio", "jobs/2/audio"):
        await store.put(name, parts(CONTENT))
    shutil.copy(object_of("jobs/2/audio", tmp_path), object_of("jobs/1/audio", tmp_path))
    with pytest.raises(Internal, match="altered or damaged"):
        await store.read("jobs/1/audio")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE blob_keys SET wrapped_key = (SELECT wrapped_key FROM blob_keys WHERE name = 'jobs/1/audio')",
        "UPDATE blob_keys SET size_bytes = 0",
        "UPDATE blob_keys SET size_bytes = size_bytes - 1",
        "UPDATE blob_keys SET wrapped_key = x''",
        "UPDATE blob_keys SET wrapped_key = x'ff'",
        "UPDATE blob_keys SET wrapped_key = substr(wrapped_key, 1, 20)",
    ],
)
async def test_an_altered_row_opens_nothing(store: SealedBlobStore, tmp_path: Path, statement: str) -> None:
    """Whoever writes in the database can neither swap blobs nor shorten one."""
    for name in ("jobs/1/audio", "jobs/2/audio"):
        await store.put(name, parts(CONTENT))
    change_rows(tmp_path, statement)
    with pytest.raises(Internal, match="altered or damaged"):
        await store.read("jobs/2/audio")


async def test_another_master_key_opens_nothing_and_deletes_all_the_same(tmp_path: Path) -> None:
    where = str(tmp_path / "blobs")
    async with sealed_store(where, data_dir=tmp_path) as store:
        await store.put("jobs/1/audio", parts(CONTENT))
    (tmp_path / "master.keys").unlink()
    async with sealed_store(where, data_dir=tmp_path) as store:
        with pytest.raises(Internal, match="master key that it was sealed with is missing"):
            await store.read("jobs/1/audio")
        await store.delete("jobs/1/audio")
    assert not list((tmp_path / "blobs").rglob("*audio*"))


async def test_what_was_put_is_on_no_disk(store: SealedBlobStore, tmp_path: Path) -> None:
    await store.put("jobs/1/audio", parts(CONTENT))
    assert MARKER in await store.read("jobs/1/audio")
    assert {"earshot.db", "master.keys"} <= {path.name for path in files_in(tmp_path)}
    assert not [path for path in files_in(tmp_path) if MARKER in path.read_bytes()]


async def test_deleted_it_is_unreadable_even_where_its_object_remains(tmp_path: Path) -> None:
    """A backup of the bucket does not bring it back, and its key is in no forgotten page of the database."""
    where = str(tmp_path / "blobs")
    async with sealed_store(where, data_dir=tmp_path) as store:
        await store.put("jobs/1/audio", parts(CONTENT))
        place = object_of("jobs/1/audio", tmp_path)
        backup = shutil.copy(place, tmp_path / "backup")
        with sqlite3.connect(tmp_path / "earshot.db") as database:
            ((wrapped_key,),) = database.execute("SELECT wrapped_key FROM blob_keys")
        database.close()
        await store.delete("jobs/1/audio")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(backup, place)
        with pytest.raises(NotFound):
            await store.read("jobs/1/audio")
    assert not [path for path in files_in(tmp_path) if wrapped_key in path.read_bytes()]


async def test_a_put_that_breaks_off_leaves_no_byte(store: SealedBlobStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the upload ended"):
        await store.put("jobs/1/audio", parts(bytes(3 * PART_BYTES), breaks=ValueError("the upload ended")))
    assert not files_in(tmp_path / "blobs")


async def test_without_a_database_nothing_is_put_and_nothing_stays(tmp_path: Path) -> None:
    away = f"postgresql://earshot@127.0.0.1:{free_ports(1)[0]}/earshot"
    async with sealed_store(str(tmp_path / "blobs"), data_dir=tmp_path, database=away) as store:
        for call in (
            store.put("jobs/1/audio", parts(CONTENT)),
            store.read("jobs/1/audio"),
            store.delete("jobs/1/audio"),
        ):
            with pytest.raises(StoreUnavailable):
                await call
    assert not files_in(tmp_path / "blobs")


async def test_what_a_killed_process_left_goes_when_the_name_is_deleted(store: SealedBlobStore, tmp_path: Path) -> None:
    await store.put("jobs/1/audio", parts(CONTENT))
    left = object_of("jobs/1/audio", tmp_path).with_name("0123456789abcdef")
    left.write_bytes(b"sealed by somebody who did not come to write the row")
    await store.delete("jobs/1/audio")
    assert not left.exists()


async def test_memory_stays_flat_while_much_is_put_and_read(store: SealedBlobStore) -> None:
    size, most, process = 200 * MEBIBYTE, 0, psutil.Process()
    part = bytes(MEBIBYTE)

    async def much() -> AsyncIterator[bytes]:
        nonlocal most
        for _ in range(size // len(part)):
            most = max(most, process.memory_info().rss)
            yield part

    await store.put("warm-up", parts(bytes(4 * PART_BYTES)))
    before = process.memory_info().rss
    assert await store.put("jobs/1/audio", much()) == size
    for start in range(0, size, 16 * MEBIBYTE):
        assert await store.read("jobs/1/audio", start=start, length=MEBIBYTE) == part
        most = max(most, process.memory_info().rss)
    assert most - before < 6 * PART_BYTES


async def test_after_a_rotation_everything_is_read_by_whoever_ran_before(tmp_path: Path) -> None:
    """A process that knows only the older keys looks for newer ones when it meets what they sealed."""
    where = str(tmp_path / "blobs")
    async with sealed_store(where, data_dir=tmp_path) as before:
        await before.put("jobs/1/audio", parts(CONTENT))
        add_master_key(tmp_path / "master.keys")
        async with sealed_store(where, data_dir=tmp_path) as after:
            assert await after.read("jobs/1/audio") == CONTENT
            await after.put("jobs/2/audio", parts(MARKER))
        assert await before.read("jobs/2/audio") == MARKER


@pytest.mark.parametrize("url", ["nowhere://bucket", "http://127.0.0.1/files", "memory:///", "s3://"])
def test_a_url_that_is_no_object_store_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(BadBlobStoreUrl):
        open_object_store(url)


@pytest.fixture
def own_s3(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """One that a test starts and ends; `s3` is there for skipping where there is no program."""
    with new_s3() as server:
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        yield server


async def test_an_s3_server_that_is_away_is_told_soon_and_waited_for(own_s3: S3Server, tmp_path: Path) -> None:
    async with sealed_store(f"s3://{BUCKET}/blobs", data_dir=tmp_path) as store:
        with own_s3.served():
            await store.put("jobs/1/audio", parts(CONTENT))
        for call in (store.read("jobs/1/audio"), store.put("jobs/2/audio", parts(CONTENT)), store.delete("jobs/3")):
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable, match="Try again"):
                await call
            assert time.monotonic() - begun < 10
        with own_s3.served():
            assert await store.read("jobs/1/audio") == CONTENT
            with pytest.raises(NotFound):
                await store.read("jobs/2/audio")


async def test_an_s3_server_that_dies_amid_a_put_is_told(own_s3: S3Server, tmp_path: Path) -> None:
    async with sealed_store(f"s3://{BUCKET}/blobs", data_dir=tmp_path) as store:
        with own_s3.served() as process:

            async def dies() -> AsyncIterator[bytes]:
                for number in range(64):
                    if number == 40:
                        process.kill()
                    yield bytes(MEBIBYTE)

            with pytest.raises(StoreUnavailable):
                await store.put("jobs/1/audio", dies())
        with own_s3.served(), pytest.raises(NotFound):
            await store.read("jobs/1/audio")


async def test_a_bucket_that_is_missing_is_a_store_that_is_away(bucket: str, tmp_path: Path) -> None:
    async with sealed_store("s3://no-such-bucket/blobs", data_dir=tmp_path) as store:
        with pytest.raises(StoreUnavailable), capture_logs() as logs:
            await store.put("jobs/1/audio", parts(CONTENT))
    assert "no-such-bucket" in logs[-1]["error"]


async def test_a_put_to_s3_that_breaks_off_leaves_no_byte(bucket: str, s3: S3Server, tmp_path: Path) -> None:
    """Not even the parts that are there already, of an upload that nobody will complete."""

    def stored() -> list[Path]:
        ours = {bucket.rpartition("/")[2], "multipart"}
        return [path for path in files_in(s3.folder / "buckets") if not ours.isdisjoint(path.parts)]

    async def breaks_off() -> AsyncIterator[bytes]:
        yield bytes(4 * PART_BYTES)
        while len(stored()) < 3:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        raise ValueError("the upload ended")

    async with sealed_store(bucket, data_dir=tmp_path) as store:
        with pytest.raises(ValueError, match="the upload ended"):
            await store.put("jobs/1/audio", breaks_off())
    assert not stored()
