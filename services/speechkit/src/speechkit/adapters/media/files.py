"""A file as its decoding process has it: a descriptor to read from, or a socket over which it asks for what it reads.

Nothing here needs more than reading and writing those two. The service's end of the socket is `ranged`.
"""

import io
import os
import stat
from collections import OrderedDict

from speechkit.adapters.media import wire

KEPT_BLOCKS = 4
"""A container's index and its sound lie apart, and are read by turns."""


class PositionedFile(io.RawIOBase):
    """A file with a position of its own: a descriptor's is shared with other processes."""

    def __init__(self, descriptor: int, size_bytes: int) -> None:
        self._descriptor = descriptor
        self._size = size_bytes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._read_at(self._position, max(size, 0))
        self._position += len(chunk)
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(start + offset, 0)
        return self._position

    def tell(self) -> int:
        return self._position

    def _read_at(self, position: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, position)


class AskedForFile(PositionedFile):
    """Read in blocks, from whoever has them; without them there is nothing left to do for this process."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, 0)
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._size = self._ask(wire.HOW_LARGE, 0)

    def _read_at(self, position: int, size: int) -> bytes:
        if position >= self._size:
            return b""
        start = position - position % wire.BLOCK_BYTES
        skip = position - start
        return self._block(start)[skip : skip + size]

    def _block(self, start: int) -> bytes:
        if start not in self._blocks:
            self._blocks[start] = self._receive(self._ask(start, min(wire.BLOCK_BYTES, self._size - start)))
            if len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(start)
        return self._blocks[start]

    def _ask(self, start: int, length: int) -> int:
        number: int
        try:
            os.write(self._descriptor, wire.READ.pack(start, length))
        except OSError:
            os._exit(wire.EXIT_MEDIA_LOST)
        answered, number = wire.READ.unpack(self._receive(wire.READ.size))
        if answered != start:
            os._exit(wire.EXIT_MEDIA_LOST)
        return number

    def _receive(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            part = os.read(self._descriptor, size - len(received))
            if not part:
                # An exception would pass for damaged bytes, which are left out, and the rest for the whole.
                os._exit(wire.EXIT_MEDIA_LOST)
            received += part
        return bytes(received)


def opened(descriptor: int) -> PositionedFile:
    """Before the process is confined, which may not ask for a file's size afterwards."""
    status = os.fstat(descriptor)
    return AskedForFile(descriptor) if stat.S_ISSOCK(status.st_mode) else PositionedFile(descriptor, status.st_size)
