"""The media decoder on PyAV: each file is decoded by a confined process of its own, and arrives here as blocks.

How the processes live is the matter of `processes`, `zygote` and `sandbox`; what they send, of `blocks`.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from speechkit.adapters.media import refusals
from speechkit.adapters.media.blocks import Blocks
from speechkit.adapters.media.processes import Child, ZygoteLost, ZygoteProcess
from speechkit.domain.audio import Block
from speechkit.ports import SeekableMedia


@dataclass(frozen=True, kw_only=True)
class DecoderLimits:
    """What one file may cost."""

    max_audio_seconds: float = 4 * 3600
    """Refused when it has been reached, whatever the file's header says."""
    memory_bytes: int = 256 * 1024 * 1024
    """On top of what the libraries themselves take. Not enforced on macOS, which has no such limit."""
    cpu_seconds: int = 600
    """Ends files that keep a decoder busy without giving sound."""


class PyAvDecoder:
    """`start` takes the start of Python off the first request; `aclose` ends the processes."""

    def __init__(self, limits: DecoderLimits) -> None:
        self._limits = limits
        self._zygote: ZygoteProcess | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    async def start(self) -> None:
        try:
            await self._living_zygote()
        except (ZygoteLost, TimeoutError) as error:
            raise refusals.decoder_did_not_start() from error

    async def aclose(self) -> None:
        """For good: whoever asks later, a health check among them, starts no process that nobody would end."""
        async with self._starting:
            self._closed = True
            await self._end_zygote()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @asynccontextmanager
    async def decode(self, media: SeekableMedia) -> AsyncIterator[AsyncIterator[Block]]:
        descriptor = media.fileno()
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            raise refusals.empty_file()
        child = await self._fork(descriptor)
        try:
            yield Blocks(child, max_audio_seconds=self._limits.max_audio_seconds)
        finally:
            child.kill()

    async def _fork(self, descriptor: int) -> Child:
        lost: Exception | None = None
        # A zygote may die after it was found alive and before it has forked; the next one is a new one.
        for _ in range(2):
            try:
                zygote = await self._living_zygote()
                return await zygote.fork(descriptor)
            except (ZygoteLost, TimeoutError) as error:
                lost = error
        raise refusals.decoder_did_not_start() from lost

    async def _living_zygote(self) -> ZygoteProcess:
        async with self._starting:
            if self._closed:
                raise refusals.shutting_down()
            if self._zygote is None or self._zygote.lost:
                await self._end_zygote()
                self._zygote = await ZygoteProcess.start(
                    memory_bytes=self._limits.memory_bytes, cpu_seconds=self._limits.cpu_seconds
                )
            return self._zygote

    async def _end_zygote(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            await zygote.aclose()
