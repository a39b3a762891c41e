"""The caller's side of a call that brings audio: the config, then the audio, in this order and within limits.

Nothing is read ahead: a part that nobody takes stays in HTTP/2's window, and its caller waits.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast

import grpc
from google.protobuf.message import DecodeError

from earshot.jobs.v1.jobs_pb2 import CreateJobRequest
from earshot.speech.v1.speech_pb2 import TranscribeRequest
from gateway.edge.grpc.calls import Context
from gateway.intake.forms import UploadLimits, check_size
from gateway.intake.multipart import Spool
from speechkit.domain.errors import DeadlineExceeded, InvalidRequest
from speechkit.runtime import metrics

DISCARD_SECONDS = 2.0
"""Enough for what callers have under way, short enough for those who would go on for ever."""


END = cast(Any, grpc.aio).EOF
"""Which its stubs leave out."""


C = TypeVar("C")


Request = TranscribeRequest | CreateJobRequest
"""Whose `part` is either a config or audio."""


class ArrivingAudio(Generic[C]):
    def __init__(self, context: Context, *, limits: UploadLimits) -> None:
        self._context = context
        self._limits = limits
        self._reading: asyncio.Task[object] | None = None

    async def config(self) -> C:
        request = await self._next()
        if request is None or request.WhichOneof("part") != "config":
            raise InvalidRequest("The first message of a call must hold the config; send it before the audio.")
        return cast(C, request.config)

    async def parts(self) -> AsyncIterator[bytes]:
        """As many as there are: whoever keeps them takes `file_parts`."""
        while (request := await self._next()) is not None:
            if request.WhichOneof("part") != "audio":
                raise InvalidRequest("Every message after the first must hold audio; the config is sent once.")
            metrics.UPLOAD_BYTES.inc(len(request.audio))
            yield request.audio

    async def file_parts(self) -> AsyncIterator[bytes]:
        """Within the limit on uploads."""
        received_bytes = 0
        async for part in self.parts():
            received_bytes += len(part)
            check_size(received_bytes, self._limits)
            yield part

    async def spool_into(self, spool: Spool) -> None:
        async for part in self.file_parts():
            spool.write(part)

    async def discard_rest(self) -> None:
        """Before a refusal: grpc.aio's clients report a broken call, and not its status, to those still sending."""
        with suppress(TimeoutError, DeadlineExceeded):
            async with asyncio.timeout(DISCARD_SECONDS):
                await self._read_to_the_end()

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _read_to_the_end(self) -> None:
        while True:
            with suppress(InvalidRequest):
                if await self._next() is None:
                    return

    async def _next(self) -> Request | None:
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                message = await self._read()
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"No audio came for {self._limits.idle_seconds:g} seconds; "
                "close the sending side when all of it is sent, or send it again over a better connection."
            ) from error
        except DecodeError as error:
            raise InvalidRequest("A message could not be read; send what the .proto file describes.") from error
        return None if message is END else cast(Request, message)

    async def _read(self) -> object:
        """A read that has begun goes on when its reader is cancelled: gRPC can neither take it back nor begin two."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._context.read())
        reading = self._reading
        try:
            return await asyncio.shield(reading)
        finally:
            if reading.done():
                self._reading = None
