"""The caller's side of a Transcribe call: the config, then the audio, in this order and within limits.

Nothing is read ahead: a part that nobody takes stays in HTTP/2's window, and its caller waits.
"""

import asyncio
from collections.abc import AsyncIterator

from google.protobuf.message import DecodeError

from earshot.speech.v1 import speech_pb2 as proto
from gateway.multipart import Spool
from gateway.uploads import UploadLimits, check_size
from speechkit.domain.errors import DeadlineExceeded, InvalidRequest
from speechkit.runtime import metrics


class ArrivingAudio:
    def __init__(self, requests: AsyncIterator[proto.TranscribeRequest], *, limits: UploadLimits) -> None:
        self._requests = requests
        self._limits = limits

    async def config(self) -> proto.TranscriptionConfig:
        request = await self._next()
        if request is None or request.WhichOneof("part") != "config":
            raise InvalidRequest("The first message of a call must hold the config; send it before the audio.")
        return request.config

    async def parts(self) -> AsyncIterator[bytes]:
        while (request := await self._next()) is not None:
            if request.WhichOneof("part") != "audio":
                raise InvalidRequest("Every message after the first must hold audio; the config is sent once.")
            metrics.UPLOAD_BYTES.inc(len(request.audio))
            yield request.audio

    async def spool_into(self, spool: Spool) -> None:
        received_bytes = 0
        async for part in self.parts():
            received_bytes += len(part)
            check_size(received_bytes, self._limits)
            spool.write(part)

    async def _next(self) -> proto.TranscribeRequest | None:
        try:
            async with asyncio.timeout(self._limits.idle_seconds):
                return await anext(self._requests, None)
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"No audio came for {self._limits.idle_seconds:g} seconds; "
                "close the sending side when all of it is sent, or send it again over a better connection."
            ) from error
        except DecodeError as error:
            raise InvalidRequest("A message could not be read; send what speech.proto describes.") from error
