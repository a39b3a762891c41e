"""Uploads whose time is over go, with all that is theirs and nothing that is a job's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.domain.uploads import Piece, Upload, job_id_of, piece_blob
from speechkit.runtime.job_blobs import JobBlobs
from tests.doors.waiting import until
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.made_jobs import made_job
from tests.fakes.upload_store import FakeUploadStore
from worker.expired_uploads import sweep_uploads


class Shelf:
    """Uploads with a piece each, and a sweep over them."""

    def __init__(self) -> None:
        self.uploads, self.jobs, self.lasting = FakeUploadStore(), FakeJobStore(), FakeBlobStore()
        self.blobs = JobBlobs(lasting=self.lasting, fleeting=MemoryBlobs(room_bytes=1000))

    async def put(self, upload_id: str, *, expires_at: datetime) -> Piece:
        upload = Upload(id=upload_id, tenant="a", size_bytes=5, secure=False, expires_at=expires_at)
        await self.uploads.add(upload)
        begun = await self.uploads.begin(upload)
        assert begun
        name = piece_blob(begun)
        piece = Piece(name=name, size_bytes=await self.blobs.put_piece(name, _sound(), secure=False))
        assert await self.uploads.extend(begun, piece=piece, expires_at=expires_at)
        return piece

    async def swept(self, *left: str) -> None:
        """Until no other uploads are left than these."""
        sweeping = asyncio.create_task(sweep_uploads(self.uploads, self.jobs, self.blobs, every_seconds=0.01))
        await until(lambda: sorted(self.uploads.rows) == sorted(left))
        sweeping.cancel()


def now() -> datetime:
    """Of the test, and not of the minutes before it in which others ran."""
    return datetime.now(UTC)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def test_an_upload_whose_time_is_over_is_deleted_with_its_pieces_and_no_other(shelf: Shelf) -> None:
    await shelf.put("upload_1", expires_at=now() - timedelta(minutes=2))
    kept = [
        await shelf.put("upload_2", expires_at=now() + timedelta(minutes=2)),
        await shelf.put("upload_3", expires_at=now()),  # somebody may have found it just now
    ]
    await shelf.swept("upload_2", "upload_3")
    assert shelf.lasting.names() == sorted(piece.name for piece in kept)


async def test_pieces_that_are_a_job_s_stay_with_it(shelf: Shelf) -> None:
    """As a gateway leaves them that was killed between the job and the end of the upload."""
    piece = await shelf.put("upload_1", expires_at=now() - timedelta(minutes=2))
    job = made_job(id=job_id_of("upload_1"), audio_bytes=5)
    await shelf.blobs.adopt(job.id, [piece], secure=False)
    await shelf.jobs.add(job)
    await shelf.swept()
    assert await shelf.blobs.reader(job)(0, 5) == b"sound"


async def test_a_refused_job_s_leftovers_go_with_the_upload(shelf: Shelf) -> None:
    piece = await shelf.put("upload_1", expires_at=now() - timedelta(minutes=2))
    await shelf.blobs.adopt(job_id_of("upload_1"), [piece], secure=False)
    await shelf.swept()
    assert shelf.lasting.names() == []


async def test_audio_in_pieces_reads_like_audio_in_one_wherever_a_stretch_begins_and_ends(shelf: Shelf) -> None:
    content, pieces, at = bytes(range(100)), [], 0
    for number, size_bytes in enumerate((1, 40, 2, 57)):
        name = f"uploads/u/{number}"
        shelf.lasting.blobs[name] = content[at : at + size_bytes]
        pieces.append(Piece(name=name, size_bytes=size_bytes))
        at += size_bytes
    job = made_job(audio_bytes=100)
    await shelf.blobs.adopt(job.id, pieces, secure=False)
    read = shelf.blobs.reader(job)
    for start in range(102):
        for length in (1, 2, 41, 99, 200):
            assert await read(start, length) == content[start : start + length]
    await shelf.blobs.delete(job)
    assert shelf.lasting.names() == []


async def _sound() -> AsyncIterator[bytes]:
    yield b"sound"
