"""What every upload store promises, held by the fake, SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.upload_store import SqlUploadStore
from speechkit.domain.uploads import Piece, Upload, piece_blob
from speechkit.ports import UploadStore
from tests.fakes.made_jobs import later
from tests.fakes.upload_store import FakeUploadStore
from tests.stores.marks import POSTGRES

BIG = 5 * 1024**3
UPLOAD = Upload(id="upload_1", tenant="a", size_bytes=BIG, secure=False, expires_at=later(100))


@pytest.fixture(params=["fake", "sqlite", POSTGRES])
async def twins(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[UploadStore, UploadStore]]:
    """Two stores on the same rows, as two gateways have them."""
    if request.param == "fake":
        fake = FakeUploadStore()
        yield fake, fake
        return
    where = database_url(
        None if request.param == "sqlite" else request.getfixturevalue("postgres").url, data_dir=tmp_path
    )
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(Database(where)) for _ in range(2)]
        async with one.session() as session:
            await session.execute(text("DELETE FROM uploads"))
        yield SqlUploadStore(one), SqlUploadStore(other)


@pytest.fixture
async def uploads(twins: tuple[UploadStore, UploadStore]) -> UploadStore:
    await twins[0].add(UPLOAD)
    return twins[0]


async def begun(uploads: UploadStore, upload: Upload = UPLOAD) -> Upload:
    found = await uploads.begin(upload)
    assert found
    return found


async def extended(uploads: UploadStore, upload: Upload, size_bytes: int) -> Upload | None:
    piece = Piece(name=piece_blob(upload), size_bytes=size_bytes)
    return await uploads.extend(upload, piece=piece, expires_at=later(200))


async def test_an_upload_is_found_as_it_was_added_and_by_its_tenant_alone(uploads: UploadStore) -> None:
    assert await uploads.get("upload_1", tenant="a") == UPLOAD
    assert await uploads.get("upload_1", tenant="b") is None
    assert await uploads.get("upload_2", tenant="a") is None


async def test_pieces_stand_in_their_order_and_move_the_offset_and_the_expiry(uploads: UploadStore) -> None:
    upload = await begun(uploads)
    for size_bytes in (BIG - 10, 7, 3):
        more = await extended(uploads, upload, size_bytes)
        assert more
        upload = more
    assert upload.whole
    assert upload.expires_at == later(200)
    assert await uploads.get("upload_1", tenant="a") == upload
    pieces = await uploads.pieces(upload)
    assert [piece.size_bytes for piece in pieces] == [BIG - 10, 7, 3]
    assert len({piece.name for piece in pieces}) == 3


async def test_nobody_begins_at_an_offset_that_is_not_the_upload_s(uploads: UploadStore) -> None:
    await extended(uploads, await begun(uploads), 10)
    assert await uploads.begin(UPLOAD) is None
    assert await uploads.begin(replace(UPLOAD, offset=11)) is None
    assert await uploads.begin(replace(UPLOAD, offset=10))


async def test_a_writer_whose_upload_has_become_another_s_adds_nothing(uploads: UploadStore) -> None:
    stale, newest = await begun(uploads), await begun(uploads)
    assert await extended(uploads, stale, 10) is None
    assert await extended(uploads, newest, 5)
    kept = await uploads.get("upload_1", tenant="a")
    assert kept
    assert kept.offset == 5
    assert [piece.name for piece in await uploads.pieces(kept)] == [piece_blob(newest)]


async def test_of_writers_at_once_one_alone_extends_the_upload(
    uploads: UploadStore, twins: tuple[UploadStore, UploadStore]
) -> None:
    async def write(number: int) -> Upload | None:
        store = twins[number % 2]
        upload = await store.begin(UPLOAD)
        return await extended(store, upload, 10) if upload else None

    written = [upload for upload in await asyncio.gather(*map(write, range(12))) if upload]
    assert len(written) <= 1
    kept = await uploads.get("upload_1", tenant="a")
    assert kept
    assert kept.offset == 10 * len(written)
    assert len(await uploads.pieces(kept)) == len(written)


async def test_a_deleted_upload_is_gone_with_its_pieces(uploads: UploadStore) -> None:
    upload = await begun(uploads)
    await extended(uploads, upload, 10)
    for _ in range(2):
        await uploads.delete(upload)
    assert await uploads.get("upload_1", tenant="a") is None
    assert await uploads.pieces(upload) == ()
    assert await uploads.begin(UPLOAD) is None
    assert await extended(uploads, upload, 10) is None


async def test_expired_uploads_are_found_the_oldest_first(uploads: UploadStore) -> None:
    await uploads.add(replace(UPLOAD, id="upload_0", tenant="b", expires_at=later(50)))
    await uploads.add(replace(UPLOAD, id="upload_2", expires_at=later(101)))
    assert [upload.id for upload in await uploads.expired(now=later(100), limit=5)] == ["upload_0", "upload_1"]
    assert [upload.id for upload in await uploads.expired(now=later(100), limit=1)] == ["upload_0"]
