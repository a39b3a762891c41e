"""What belongs to a job and is no matter for its row: its audio, its hints and its transcript.

Where each of them lies: a standard job's in the blob store until they are deleted, a secure job's in memory until it
was heard, or read once. How they are stored is the matter of the two ports.
"""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from speechkit.domain.errors import JobNotFound, NotFound
from speechkit.domain.jobs import (
    LONGEST_TTL_SECONDS,
    MAX_SECURE_BYTES,
    Job,
    audio_blob,
    hints_blob,
    transcript_blob,
)
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.uploads import Piece, pieces_blob
from speechkit.ports import BlobStore, EphemeralBlobs, ReadBlob
from speechkit.runtime.pieced_audio import JobAudio, pieces_of, write_pieces

AUDIO_WAITS_SECONDS = LONGEST_TTL_SECONDS
"""How long a secure job may wait for its worker."""

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class JobBlobs:
    lasting: BlobStore
    fleeting: EphemeralBlobs

    async def put_audio(self, job_id: str, parts: AsyncIterator[bytes], *, secure: bool) -> int:
        return await self._put(audio_blob(job_id), parts, ttl_seconds=AUDIO_WAITS_SECONDS if secure else None)

    async def settle_audio(self, job_id: str) -> None:
        """For an upload that might have turned out to be a secure job's, and has not."""
        name = audio_blob(job_id)
        await self.lasting.put(name, _parts_of(self.fleeting, name))
        await self.fleeting.delete(name)

    async def put_piece(self, name: str, parts: AsyncIterator[bytes], *, secure: bool) -> int:
        """Of an upload that comes in pieces."""
        return await self._put(name, parts, ttl_seconds=AUDIO_WAITS_SECONDS if secure else None)

    async def delete_pieces(self, pieces: Iterable[Piece], *, secure: bool) -> None:
        store = self.fleeting if secure else self.lasting
        for piece in pieces:
            await store.delete(piece.name)

    async def adopt(self, job_id: str, pieces: Sequence[Piece], *, secure: bool) -> None:
        """From now on they are the job's audio, and go with it."""
        ttl_seconds = AUDIO_WAITS_SECONDS if secure else None
        await self._put(pieces_blob(job_id), _once(write_pieces(pieces)), ttl_seconds=ttl_seconds)

    async def put_hints(self, job_id: str, options: TranscriptionOptions, *, secure: bool) -> bool:
        """Whether there were any."""
        if options.hints:
            written = json.dumps(options.hints).encode()
            await self._put(hints_blob(job_id), _once(written), ttl_seconds=AUDIO_WAITS_SECONDS if secure else None)
        return bool(options.hints)

    async def options(self, job: Job) -> TranscriptionOptions:
        """All that was asked, hints included."""
        if not job.has_hints:
            return job.options
        try:
            return replace(job.options, **json.loads(await self._store(job).read(hints_blob(job.id))))
        except NotFound:
            raise _lost(job) from None

    def reader(self, job: Job) -> ReadBlob:
        """Of the job's audio."""
        return partial(self._read_audio, job, JobAudio(self._store(job), job.id))

    async def put_transcript(self, job: Job, kept: bytes) -> None:
        await self._put(transcript_blob(job), _once(kept), ttl_seconds=job.ttl_seconds)

    async def transcript(self, job: Job) -> bytes:
        """Of a secure job this is the one read: with it the transcript is gone."""
        if not job.secure:
            return await self.lasting.read(transcript_blob(job))
        try:
            return await self.fleeting.take(transcript_blob(job))
        except NotFound:
            raise JobNotFound(
                f"The transcript of this secure job is gone for good: it was read once, or told by a webhook, "
                f"or not read within {job.ttl_seconds} seconds."
            ) from None

    async def told_transcript(self, job: Job) -> bytes:
        """For a receiver that may fail to take it: a secure job's too stays until `delete_transcript`.

        Raises NotFound where there is none, or no more.
        """
        return await self._store(job).read(transcript_blob(job))

    async def delete_transcript(self, job: Job) -> None:
        await self._store(job).delete(transcript_blob(job))

    async def delete_audio(self, job_id: str, *, secure: bool) -> None:
        """And the hints that came with it."""
        store = self.fleeting if secure else self.lasting
        if pieces := await pieces_of(store, job_id):
            await self.delete_pieces(pieces, secure=secure)
            await store.delete(pieces_blob(job_id))
        for name in (audio_blob(job_id), hints_blob(job_id)):
            await store.delete(name)

    async def delete(self, job: Job) -> None:
        await self.delete_audio(job.id, secure=job.secure)
        await self.delete_transcript(job)

    def _store(self, job: Job) -> BlobStore | EphemeralBlobs:
        return self.fleeting if job.secure else self.lasting

    async def _put(self, name: str, parts: AsyncIterator[bytes], *, ttl_seconds: float | None) -> int:
        if ttl_seconds is None:
            return await self.lasting.put(name, parts)
        return await self.fleeting.put(name, parts, ttl_seconds=ttl_seconds, limit_bytes=MAX_SECURE_BYTES)

    async def _read_audio(self, job: Job, audio: JobAudio, start: int, length: int) -> bytes:
        try:
            return await audio.read(start, length)
        except NotFound:
            raise _lost(job) from None


def _lost(job: Job) -> NotFound:
    where = "this secure job was in memory alone, and" if job.secure else "this job"
    return NotFound(f"The audio of {where} is gone. Send it again.")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _parts_of(store: EphemeralBlobs, name: str) -> AsyncIterator[bytes]:
    start = 0
    while part := await store.read(name, start=start, length=READ_BYTES):
        yield part
        start += len(part)
