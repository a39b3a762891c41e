"""A job's upload on its way into the blob store: memory holds a few parts of it, however long it is.

What the form around it says is the matter of `job_form`; sealing and storing, of the BlobStore.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from gateway.multipart import AnyForm
from gateway.transcription_form import require_file
from gateway.uploads import UploadLimits, received_form
from speechkit.ports import BlobStore

PARTS_WAITING = 4
"""Chunks of a connection, 64 KiB each, that may wait for the store before the client has to."""


@dataclass(frozen=True, kw_only=True)
class StoredUpload:
    form: AnyForm
    size_bytes: int
    digest: str
    """Of the form's fields and the file: the same request has the same."""


@asynccontextmanager
async def stored_upload(
    request: Request, blobs: BlobStore, *, name: str, limits: UploadLimits
) -> AsyncIterator[StoredUpload]:
    """The form, with its file in the blob of this name; a context that ends with an error leaves no blob behind."""
    file = _FileInParts()
    storing = asyncio.create_task(blobs.put(name, file.parts()))
    try:
        async with received_form(
            request, limits=limits, open_spool=lambda: file, taken=lambda: file.taken(storing)
        ) as form:
            require_file(form)
            await file.end(storing)
            yield StoredUpload(form=form, size_bytes=await storing, digest=_digest(form, file.digest))
    except BaseException:
        storing.cancel()
        await asyncio.gather(storing, return_exceptions=True)
        await blobs.delete(name)
        raise


class _FileInParts:
    """The spool of the form's parser, which writes without waiting; `taken` is where the connection waits instead."""

    def __init__(self) -> None:
        self._written: list[bytes] = []
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(PARTS_WAITING)
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._written.append(bytes(chunk))

    def close(self) -> None:
        self._written.clear()

    async def taken(self, storing: "asyncio.Task[int]") -> None:
        for part in self._written:
            await self._put(part, storing)
        self._written.clear()

    async def end(self, storing: "asyncio.Task[int]") -> None:
        await self._put(None, storing)

    async def parts(self) -> AsyncIterator[bytes]:
        while (part := await self._queue.get()) is not None:
            yield part

    async def _put(self, part: bytes | None, storing: "asyncio.Task[int]") -> None:
        """A store that gave up takes nothing any more, and its failure is the request's."""
        putting = asyncio.create_task(self._queue.put(part))
        await asyncio.wait({putting, storing}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            await storing


def _digest(form: AnyForm, file: bytes) -> str:
    fields = "\0".join(f"{name}={value}" for name, value in sorted(form.fields))
    return hashlib.sha256(fields.encode() + file).hexdigest()
