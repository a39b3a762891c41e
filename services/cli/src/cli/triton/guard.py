"""Ends what is left of tritonserver's process group once this process is gone, however it went.

The kernel's parent-death signal would reach tritonserver alone: its Python processes may wait for it for ever (seen
when it was killed under load), and shared memory stays. So a shell holds the read end of a pipe whose only write end
is ours; end of file means that we are gone.
"""

import asyncio
import os
from typing import Self

SCRIPT = 'read -r _; kill -s KILL -- "-$1"; rm -f "$2"*'


class Guard:
    def __init__(self, process: asyncio.subprocess.Process, *, write_end: int) -> None:
        self._process = process
        self._write_end = write_end

    @classmethod
    async def start(cls, *, process_group: int, files_prefix: str) -> Self:
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", SCRIPT, "earshot-guard", str(process_group), files_prefix),
                stdin=read_end,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # not killed along with our own group
            )
        finally:
            os.close(read_end)
        return cls(process, write_end=write_end)

    async def finish(self) -> None:
        """Lets the guard do its work now, so that a stop in order and a sudden end clean up the same way."""
        if self._write_end >= 0:
            os.close(self._write_end)
            self._write_end = -1
        await self._process.wait()
