"""Blobs in this process's memory, for a server that is alone: they end with their time, or with the process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from speechkit.adapters.ephemeral.chunks import chunk_range, chunks_of, no_room, nothing_there, stretch


@dataclass(frozen=True, kw_only=True)
class _Held:
    ends: asyncio.TimerHandle
    chunks: list[bytes] = field(repr=False)
    size_bytes: int


class MemoryBlobs:
    def __init__(self, *, room_bytes: int) -> None:
        """`room_bytes` for all of them together, those included that are still being put."""
        self._room_bytes = room_bytes
        self._held: dict[str, _Held] = {}

    async def put(self, name: str, parts: AsyncIterator[bytes], *, ttl_seconds: float, limit_bytes: int) -> int:
        chunks: list[bytes] = []
        size_bytes = 0
        try:
            async for chunk in chunks_of(parts, limit_bytes=limit_bytes):
                self._reserve(len(chunk))
                chunks.append(chunk)
                size_bytes += len(chunk)
        except BaseException:
            self._room_bytes += size_bytes
            raise
        self._remove(name)
        ends = asyncio.get_running_loop().call_later(ttl_seconds, self._remove, name)
        self._held[name] = _Held(ends=ends, chunks=chunks, size_bytes=size_bytes)
        return size_bytes

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        first, last = chunk_range(start, length)
        chunks = _found(self._held.get(name)).chunks[first : None if last is None else last + 1]
        return stretch(chunks, start, length)

    async def take(self, name: str) -> bytes:
        return b"".join(_found(self._remove(name)).chunks)

    async def delete(self, name: str) -> None:
        self._remove(name)

    async def ready(self) -> bool:
        return True

    def _reserve(self, size_bytes: int) -> None:
        if size_bytes > self._room_bytes:
            raise no_room()
        self._room_bytes -= size_bytes

    def _remove(self, name: str) -> _Held | None:
        held = self._held.pop(name, None)
        if held:
            held.ends.cancel()
            self._room_bytes += held.size_bytes
        return held


def _found(held: _Held | None) -> _Held:
    if held is None:
        raise nothing_there()
    return held
