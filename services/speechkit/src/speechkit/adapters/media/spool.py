"""Where an upload waits for its decoder: in memory, behind a descriptor that can be sought in and handed on.

How much may be written is the caller's matter.
"""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from speechkit.ports import ReadBlob

READ_BYTES = 1024 * 1024


class MemorySpool:
    """A SeekableMedia to write into: a memfd, which never touches a disk and ends with its last descriptor.

    Its pages count as memory of the container, not of any process. macOS has no memfd; there it is a temporary file
    without a name.
    """

    def __init__(self) -> None:
        self._descriptor = _anonymous_file()
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        unwritten = memoryview(chunk)
        while unwritten:
            written = os.write(self._descriptor, unwritten)
            unwritten = unwritten[written:]
            self.size_bytes += written

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@asynccontextmanager
async def spooled(read: ReadBlob, size_bytes: int) -> AsyncIterator[MemorySpool]:
    """A whole blob in memory."""
    with MemorySpool() as spool:
        for start in range(0, size_bytes, READ_BYTES):
            spool.write(await read(start, READ_BYTES))
        yield spool


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("upload", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
