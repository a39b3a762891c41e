"""A job's upload on its way to where the job's audio lies: the gateway holds a few parts of it, however long it is.

What the form around it says is the matter of `form`; where the audio lies, of JobBlobs.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from gateway.edge.http.disconnects import unless_client_leaves
from gateway.intake.forms import UploadLimits, received_form
from gateway.intake.json_form import is_json, received_json
from gateway.intake.multipart import MAX_FIELD_BYTES, AnyForm
from gateway.jobs.audio_url import JobUrls, asked_url, url_digest
from gateway.jobs.desk import StoredAudio
from gateway.speech.form import require_file
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.jobs import MAX_SECURE_BYTES
from speechkit.runtime.job_blobs import JobBlobs

PARTS_WAITING = 4
"""Chunks of a connection, 64 KiB each, that may wait for the store before the client has to."""

MAX_BESIDE_FILE_BYTES = 2 * MAX_FIELD_BYTES
"""Of a form: its fields, and what is between them."""

ReadSecure = Callable[[AnyForm], bool | None]
"""Whether the fields ask for a secure job; None where they don't say and fields after the file may."""


@dataclass(frozen=True, kw_only=True)
class StoredUpload:
    form: AnyForm
    secure: bool
    audio: StoredAudio


@asynccontextmanager
async def stored_upload(
    request: Request,
    blobs: JobBlobs,
    *,
    job_id: str,
    read_secure: ReadSecure,
    limits: UploadLimits,
    urls: JobUrls | None = None,
    in_pieces: bool = False,
) -> AsyncIterator[StoredUpload]:
    """The form, with its file stored as the job's audio; a context that ends with an error leaves nothing behind.

    With `urls` the form may name the file's URL instead, and be JSON then; `in_pieces`, an upload that lies here
    already, and is left to the caller.
    """
    file = _Arriving(blobs, job_id)
    too_large_for_secure = int(request.headers.get("content-length", "0")) > MAX_SECURE_BYTES + MAX_BESIDE_FILE_BYTES

    def file_begins(before: AnyForm) -> None:
        """While it is not known where the audio may lie, it must be where nothing stays."""
        asked = read_secure(before)
        file.start(secure=not too_large_for_secure if asked is None else asked)

    try:
        receiving: AbstractAsyncContextManager[AnyForm]
        if urls and is_json(request):
            receiving = received_json(request, limits=limits)
        else:
            receiving = received_form(
                request, limits=limits, open_spool=lambda: file, file_begins=file_begins, taken=file.taken
            )
        async with receiving as form:
            if in_pieces and form.text("upload"):
                yield StoredUpload(form=form, secure=read_secure(form) or False, audio=_elsewhere(form))
                return
            url = asked_url(form) if urls else None
            if urls and url:
                file.start(secure=read_secure(form) or False)
                await unless_client_leaves(request.receive, urls.fetch(url, take=file.take))
            else:
                require_file(form)
            size_bytes = await file.stored()
            secure = read_secure(form) or False
            _require_kept_secret(file, secure=secure)
            if file.secure and not secure:
                await blobs.settle_audio(job_id)
            audio = StoredAudio(size_bytes=size_bytes, digest=url_digest(url) if url else file.digest)
            yield StoredUpload(form=form, secure=secure, audio=audio)
    except BaseException:
        await file.abandon()
        raise


class _Arriving:
    """The spool of the form's parser, which writes without waiting; `taken` is where the connection waits instead."""

    def __init__(self, blobs: JobBlobs, job_id: str) -> None:
        self._blobs = blobs
        self._job_id = job_id
        self._written: list[bytes] = []
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(PARTS_WAITING)
        self._hash = hashlib.sha256()
        self._storing: asyncio.Task[int] | None = None
        self.secure = False

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def start(self, *, secure: bool) -> None:
        self.secure = secure
        self._storing = asyncio.create_task(self._blobs.put_audio(self._job_id, self._parts(), secure=secure))

    def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._written.append(bytes(chunk))

    def close(self) -> None:
        self._written.clear()

    async def take(self, part: bytes) -> None:
        self.write(part)
        await self.taken()

    async def taken(self) -> None:
        for part in self._written:
            await self._put(part)
        self._written.clear()

    async def stored(self) -> int:
        await self._put(None)
        assert self._storing
        return await self._storing

    async def abandon(self) -> None:
        if self._storing:
            self._storing.cancel()
            await asyncio.gather(self._storing, return_exceptions=True)
            for secure in {self.secure, False}:
                await self._blobs.delete_audio(self._job_id, secure=secure)

    async def _parts(self) -> AsyncIterator[bytes]:
        while (part := await self._queue.get()) is not None:
            yield part

    async def _put(self, part: bytes | None) -> None:
        """A store that gave up takes nothing any more, and its failure is the request's."""
        assert self._storing
        putting = asyncio.create_task(self._queue.put(part))
        await asyncio.wait({putting, self._storing}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            await self._storing


def _elsewhere(form: AnyForm) -> StoredAudio:
    if form.file or form.text("url"):
        raise InvalidRequest("The form has an upload and a file or a URL; send one of them.", param="upload")
    return StoredAudio(size_bytes=0, digest=b"")


def _require_kept_secret(file: _Arriving, *, secure: bool) -> None:
    if secure and not file.secure:
        raise InvalidRequest("Whether a job is secure must stand before the file. Send that field first.")
