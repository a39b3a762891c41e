"""Parts of any size, cut into chunks that a store finds again by their number; and what every such store refuses."""

from collections.abc import AsyncIterator

from speechkit.domain.errors import NotFound, Overloaded, UploadTooLarge

CHUNK_BYTES = 1024 * 1024


async def chunks_of(parts: AsyncIterator[bytes], *, limit_bytes: int) -> AsyncIterator[bytes]:
    """Of CHUNK_BYTES each, but for the last. Raises UploadTooLarge past the limit."""
    waiting, taken = bytearray(), 0
    async for part in parts:
        taken += len(part)
        if taken > limit_bytes:
            raise UploadTooLarge(
                f"At most {limit_bytes} bytes can be held in memory. Send less, for example compressed audio."
            )
        waiting += part
        while len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting[:CHUNK_BYTES])
            del waiting[:CHUNK_BYTES]
    if waiting:
        yield bytes(waiting)


def chunk_range(start: int, length: int | None) -> tuple[int, int | None]:
    """The first chunk that a read needs and the last; None is all that follow."""
    return start // CHUNK_BYTES, None if length is None else (start + length) // CHUNK_BYTES


def stretch(chunks: list[bytes], start: int, length: int | None) -> bytes:
    """What a read asked for, of the chunks that it needs."""
    begin = start % CHUNK_BYTES
    return b"".join(chunks)[begin : None if length is None else begin + length]


def nothing_there() -> NotFound:
    return NotFound("It is not in memory: it never was, it was taken, or its time has ended.")


def no_room() -> Overloaded:
    return Overloaded(
        "The memory for secure jobs is full. Try again when some of them are done, or send a standard job."
    )
