"""What a decoding process sends, as blocks of samples, and in the end as the error that it means.

The process has read a file that may be hostile, and so nothing that it sends is believed unchecked; what callers get
to read is in `refusals`.
"""

from typing import Protocol, Self

import numpy as np

from speechkit.adapters.media import refusals, wire
from speechkit.domain.audio import Block, Samples, samples
from speechkit.domain.errors import EarshotError

FULL_SCALE = 32_768


class DecodingChild(Protocol):
    async def read(self, size: int) -> bytes:
        """Exactly so many bytes; raises EOFError when the child ended before."""
        ...

    async def exit_code(self) -> int | None:
        """Negative for a signal, None when nobody knows."""
        ...


class Blocks:
    """The frames of one child as blocks, and at the end the error that the last frame or the exit code means."""

    def __init__(self, child: DecodingChild, *, max_audio_seconds: float) -> None:
        self._child = child
        self._max_audio_seconds = max_audio_seconds
        self._offset_samples = 0
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Block:
        if self._ended:
            raise StopAsyncIteration
        try:
            return await self._next_block()
        except (StopAsyncIteration, EarshotError):
            self._ended = True
            raise

    async def _next_block(self) -> Block:
        kind, payload = await self._frame()
        if kind == wire.Frame.END:
            raise StopAsyncIteration
        if kind == wire.Frame.FAILED:
            raise refusals.failed(payload)
        block = Block(offset_samples=self._offset_samples, samples=_floats(payload))
        if block.end_samples > samples(self._max_audio_seconds):
            raise refusals.too_long(self._max_audio_seconds)
        self._offset_samples = block.end_samples
        return block

    async def _frame(self) -> tuple[wire.Frame, bytes]:
        try:
            kind, size = wire.FRAME.unpack(await self._child.read(wire.FRAME.size))
            if size > wire.MAX_PAYLOAD_BYTES:
                raise refusals.crashed()
            return wire.Frame(kind), await self._child.read(size)
        except EOFError:
            raise refusals.exited(await self._child.exit_code()) from None
        except ValueError:
            raise refusals.crashed() from None


def _floats(payload: bytes) -> Samples:
    if not payload or len(payload) % wire.SAMPLE_BYTES:
        raise refusals.crashed()
    integers = np.frombuffer(payload, dtype=np.int16)
    return np.multiply(integers, 1 / FULL_SCALE, dtype=np.float32)
