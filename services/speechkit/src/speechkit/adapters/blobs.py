"""Blobs in a folder or a bucket, sealed: the bytes in an object store, their key in a database.

How they are sealed stands in `sealed_chunks`, where the keys are in `blob_keys`, which stores there are in
`object_stores`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import obstore
import structlog
from obstore.exceptions import BaseError

from speechkit.adapters.blob_keys import BlobKey, BlobKeys, new_data_key
from speechkit.adapters.object_stores import open_object_store
from speechkit.adapters.sealed_chunks import ChunkCipher, sealed_range, sealed_size
from speechkit.adapters.sealing import MasterKeys, altered
from speechkit.adapters.sql.database import Database
from speechkit.domain.errors import NotFound, StoreUnavailable

log = structlog.get_logger(__name__)

PART_BYTES = 8 * 1024 * 1024
"""Of an upload: S3 takes 10,000 of them, each at least 5 MiB."""
PARTS_AT_ONCE = 2


class SealedBlobStore:
    def __init__(self, where: str, *, database: Database, keys: MasterKeys) -> None:
        """`where` is a URL or a folder's path; raises BadBlobStoreUrl."""
        self._store = open_object_store(where)
        self._keys = BlobKeys(database, keys)

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> int:
        blob = BlobKey(name=name, key=new_data_key(), size_bytes=0)
        size_bytes = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size_bytes
            async for part in parts:
                size_bytes += len(part)
                yield part

        await self._upload(blob.place, ChunkCipher(blob.key, about=name).seal(counted()))
        await self._keep(replace(blob, size_bytes=size_bytes))
        return size_bytes

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        for _ in range(2):  # one that is put again meanwhile has left its place
            blob = await self._keys.find(name)
            if blob is None:
                break
            end = blob.size_bytes if length is None else min(start + length, blob.size_bytes)
            if start >= end:
                return b""
            stretch = await self._stretch(blob, start=start, length=end - start)
            if stretch is not None:
                return stretch
            log.warning("blob_object_missing", name=name)
        raise NotFound(f"There is no blob '{name}' in the store.")

    async def delete(self, name: str) -> None:
        await self._keys.remove(name)
        # Whatever is there: also what a process left that was killed while it put this, or deleted it.
        with _reachable():
            async for found in obstore.list(self._store, prefix=name):
                for entry in found:
                    with suppress(FileNotFoundError):  # somebody else deletes it too
                        await obstore.delete_async(self._store, entry["path"])

    async def _stretch(self, blob: BlobKey, *, start: int, length: int) -> bytes | None:
        """None where its object is not there."""
        wanted, whole = sealed_range(start=start, length=length), sealed_size(blob.size_bytes)
        with _reachable():
            try:
                size, sealed = await self._fetch(blob.place, wanted.start, min(wanted.start + wanted.length, whole))
            except FileNotFoundError:
                return None
            except BaseError:
                # A range past the end of what is left of an object fails like any other request.
                size, sealed = (await obstore.head_async(self._store, blob.place))["size"], b""
                if size == whole:
                    raise
        if size != whole:
            raise altered(blob.name)
        cipher = ChunkCipher(blob.key, about=blob.name)
        plain = cipher.unseal(sealed, first_chunk=wanted.first_chunk, plain_bytes=blob.size_bytes)
        return plain[wanted.skip : wanted.skip + length]

    async def _fetch(self, place: str, start: int, end: int) -> tuple[int, bytes]:
        """The size of the whole object, and a range of it."""
        found = await obstore.get_async(self._store, place, options={"range": (start, end)})
        return found.meta["size"], bytes(await found.bytes_async())

    async def _keep(self, blob: BlobKey) -> None:
        try:
            replaced = await self._keys.keep(blob)
        except StoreUnavailable:
            await self._discard(blob)
            raise
        except asyncio.CancelledError:  # it is kept by now
            await self.delete(blob.name)
            raise
        if replaced:
            await self._discard(replaced)

    async def _upload(self, place: str, sealed: AsyncIterator[bytes]) -> None:
        """The parts are taken in the caller's task and not in obstore's, which nobody could cancel."""
        handed: asyncio.Queue[bytes | None] = asyncio.Queue()
        room = asyncio.Semaphore(1)
        whole = False

        async def taken() -> AsyncIterator[bytes]:
            while part := await handed.get():
                room.release()
                yield part
            if not whole:
                raise _BrokenOffError  # and obstore takes back what it has stored

        uploading = asyncio.ensure_future(
            obstore.put_async(self._store, place, taken(), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        )
        uploading.add_done_callback(lambda _: room.release())
        try:
            async for part in sealed:
                await room.acquire()
                if uploading.done():
                    break
                handed.put_nowait(part)
            whole = True
        finally:
            handed.put_nowait(None)
            await asyncio.wait([uploading])
            failure = uploading.exception()
        if failure:
            with _reachable():
                raise failure

    async def _discard(self, blob: BlobKey) -> None:
        """What nobody can read any more; what can't be had now goes when its name is deleted."""
        with suppress(StoreUnavailable), _reachable():
            await obstore.delete_async(self._store, blob.place)


class _BrokenOffError(Exception):
    """Whoever puts has stopped before the end."""


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        # Its first line; what follows repeats it for programmers.
        log.warning("blob_store_unavailable", error=str(error).partition("\n")[0])
        raise StoreUnavailable(
            "The store of audio and transcripts can't be reached just now. Try again in a few seconds; the server's "
            "administrator finds the reason in its log."
        ) from error
