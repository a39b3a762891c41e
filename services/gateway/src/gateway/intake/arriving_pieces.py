"""A request's body, taken in pieces that are stored one by one: what has arrived is kept, however the body ends.

Where the pieces go is the matter of `jobs.resumable_desk`.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from gateway.intake.forms import UploadLimits, next_chunk
from speechkit.domain.errors import EarshotError, UploadTooLarge
from speechkit.runtime import metrics

PIECE_BYTES = 7 * 1024 * 1024
"""Sealed, it still goes to an object store in one request."""

PIECE_SECONDS = 10.0
"""Over a slow link a piece is stored sooner: a gateway that is killed loses no more than this of an upload."""


class ArrivingPieces:
    def __init__(self, request: Request, *, room_bytes: int, limits: UploadLimits) -> None:
        """Of a body that may have `room_bytes` at most."""
        self._request = request
        self._room_bytes = room_bytes
        self._limits = limits
        self._chunk = b""
        self._ended = False
        self._failure: EarshotError | None = None

    async def more(self) -> bool:
        """Whether there is something for another piece; waits until that is known."""
        while not self._chunk and not self._ended:
            await self._receive()
        return bool(self._chunk)

    async def piece(self) -> AsyncIterator[bytes]:
        left, until = PIECE_BYTES, _now() + PIECE_SECONDS
        while left and _now() < until and await self.more():
            part, self._chunk = self._chunk[:left], self._chunk[left:]
            left -= len(part)
            yield part

    def require_whole(self) -> None:
        """Raises what the body ended with, if that was not its end."""
        if self._failure:
            raise self._failure

    async def _receive(self) -> None:
        try:
            chunk, more = await next_chunk(self._request, self._limits)
        except EarshotError as error:
            self._failure, self._ended = error, True
            return
        metrics.UPLOAD_BYTES.inc(len(chunk))
        self._room_bytes -= len(chunk)
        self._ended = not more
        if self._room_bytes < 0:
            self._failure, self._ended = longer_than_said(), True
            return
        self._chunk = chunk


def longer_than_said() -> UploadTooLarge:
    return UploadTooLarge(
        "More was sent than is left of the upload's Upload-Length. Send HEAD to learn what is missing."
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
