"""A blob as media that is never in memory as a whole: its decoder asks for what it reads, block by block.

The decoder's end of the socket is `files`; where the blob is stored is its reader's matter.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from speechkit.adapters.media import refusals, wire
from speechkit.adapters.media.spool import spooled
from speechkit.domain.errors import Internal
from speechkit.ports import ReadBlob, SeekableMedia

SMALL_BYTES = 4 * wire.BLOCK_BYTES
"""What is no larger costs less memory as a whole than in blocks."""


@asynccontextmanager
async def blob_media(read: ReadBlob, size_bytes: int) -> AsyncIterator[SeekableMedia]:
    """For one decoder."""
    opening = spooled if size_bytes <= SMALL_BYTES else ranged
    async with opening(read, size_bytes) as media:
        yield media


@asynccontextmanager
async def ranged(read: ReadBlob, size_bytes: int) -> AsyncIterator[SeekableMedia]:
    """For one decoder. What fails while the blob is read comes out at the end, whatever came of it before."""
    if not size_bytes:
        raise refusals.empty_file()
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        answering = asyncio.create_task(_Answers(read, size_bytes, ours).give())
        answering.add_done_callback(lambda _: ours.close())  # and the decoder ends
        try:
            yield theirs
        except Exception as consequence:
            if cause := _failure(answering):
                raise cause from consequence
            raise
        finally:
            answering.cancel()
            await asyncio.wait([answering])
        if cause := _failure(answering):
            raise cause


class _Answers:
    """To what a decoder asks for, one after another; while it decodes a block, the next one is read."""

    def __init__(self, read: ReadBlob, size_bytes: int, asked_through: socket.socket) -> None:
        self._read = read
        self._size = size_bytes
        self._socket = asked_through
        self._next = 0
        self._ahead: asyncio.Task[bytes] | None = None

    async def give(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                start, length = await self._question()
                if start == wire.HOW_LARGE:
                    await loop.sock_sendall(self._socket, wire.READ.pack(start, self._size))
                else:
                    block = await self._block(start, length)
                    await loop.sock_sendall(self._socket, wire.READ.pack(start, length) + block)
        finally:
            self._forget()

    async def _question(self) -> tuple[int, int]:
        question = b""
        while len(question) < wire.READ.size:
            part = await asyncio.get_running_loop().sock_recv(self._socket, wire.READ.size - len(question))
            if not part:
                raise refusals.crashed()
            question += part
        start, length = wire.READ.unpack(question)
        return start, length

    async def _block(self, start: int, length: int) -> bytes:
        if not 0 < length <= wire.BLOCK_BYTES or start + length > self._size:
            raise refusals.crashed()
        goes_on = start == self._next
        if not goes_on:
            self._forget()
        block = await (self._ahead or self._stretch(start, length))
        if len(block) != length:
            raise refusals.crashed()
        self._next, self._ahead = start + length, None
        if goes_on and self._next < self._size:
            following = min(wire.BLOCK_BYTES, self._size - self._next)
            self._ahead = asyncio.create_task(self._stretch(self._next, following))
        return block

    async def _stretch(self, start: int, length: int) -> bytes:
        stretch = await self._read(start, length)
        if len(stretch) < length:
            raise Internal("The stored audio is shorter than it was when it came. Send it again.")
        return stretch

    def _forget(self) -> None:
        if self._ahead:
            self._ahead.cancel()
            # One that has failed unasked for has not failed anybody.
            self._ahead.add_done_callback(lambda read: read.cancelled() or read.exception())
        self._ahead = None


def _failure(task: "asyncio.Task[None]") -> BaseException | None:
    return task.exception() if task.done() and not task.cancelled() else None
