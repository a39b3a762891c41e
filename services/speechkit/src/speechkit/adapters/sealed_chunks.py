"""A long sequence of bytes as sealed chunks, each readable by itself (AES-256-GCM, the STREAM construction).

A chunk's nonce is its number and whether it is the last, under a key that seals this one sequence and nothing else: a
chunk that was altered, moved, left out or cut off does not open. Where keys and chunks are kept is others' matter.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from speechkit.adapters.sealing import NONCE_BYTES, TAG_BYTES, altered

PLAIN_BYTES = 64 * 1024
SEALED_BYTES = PLAIN_BYTES + TAG_BYTES

BATCH_CHUNKS = 16
"""Sealed at a time: a megabyte, which takes under a millisecond."""


@dataclass(frozen=True, kw_only=True)
class SealedRange:
    """Which bytes of a sealed sequence must be had for a stretch of the plain one."""

    start: int
    length: int
    first_chunk: int
    skip: int
    """Plain bytes before the stretch, in its first chunk."""


def sealed_size(plain_bytes: int) -> int:
    return plain_bytes + (_last_chunk(plain_bytes) + 1) * TAG_BYTES


def sealed_range(*, start: int, length: int) -> SealedRange:
    """`length` is not 0, and the stretch is inside the sequence."""
    first, last = start // PLAIN_BYTES, (start + length - 1) // PLAIN_BYTES
    return SealedRange(
        start=first * SEALED_BYTES,
        length=(last + 1 - first) * SEALED_BYTES,
        first_chunk=first,
        skip=start - first * PLAIN_BYTES,
    )


@dataclass(frozen=True)
class ChunkCipher:
    """Of one sequence."""

    key: bytes
    about: str

    async def seal(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Some chunks at a time; nothing at all is one empty chunk."""
        cipher, waiting, number = AESGCM(self.key), bytearray(), 0
        async for part in parts:
            waiting += part
            # One chunk is held back, since only the end tells which is the last.
            while len(waiting) > BATCH_CHUNKS * PLAIN_BYTES:
                yield self._seal(cipher, waiting[: BATCH_CHUNKS * PLAIN_BYTES], number, ends=False)
                del waiting[: BATCH_CHUNKS * PLAIN_BYTES]
                number += BATCH_CHUNKS
        yield self._seal(cipher, waiting, number, ends=True)

    def unseal(self, sealed: bytes, *, first_chunk: int, plain_bytes: int) -> bytes:
        """Chunks in a row, of a sequence of so many bytes; raises Internal for anything but those."""
        cipher, last = AESGCM(self.key), _last_chunk(plain_bytes)
        plain = bytearray()
        try:
            for offset in range(0, len(sealed), SEALED_BYTES):
                number = first_chunk + offset // SEALED_BYTES
                nonce = _nonce(number, last=number == last)
                plain += cipher.decrypt(nonce, sealed[offset : offset + SEALED_BYTES], self.about.encode())
        except InvalidTag:
            raise altered(self.about) from None
        return bytes(plain)

    def _seal(self, cipher: AESGCM, plain: bytearray, first_number: int, *, ends: bool) -> bytes:
        last = _last_chunk(len(plain))
        sealed = bytearray()
        for index in range(last + 1):
            chunk = bytes(plain[index * PLAIN_BYTES : (index + 1) * PLAIN_BYTES])
            nonce = _nonce(first_number + index, last=ends and index == last)
            sealed += cipher.encrypt(nonce, chunk, self.about.encode())
        return bytes(sealed)


def _last_chunk(plain_bytes: int) -> int:
    return max(plain_bytes - 1, 0) // PLAIN_BYTES


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])
