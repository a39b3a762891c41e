"""A job's audio as one sequence of bytes, whether it came as one blob or in pieces.

How it came, and where its blobs are kept, is the matter of others.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from speechkit.domain.errors import NotFound
from speechkit.domain.jobs import audio_blob
from speechkit.domain.uploads import Piece, pieces_blob
from speechkit.ports import BlobStore, EphemeralBlobs


class JobAudio:
    def __init__(self, store: BlobStore | EphemeralBlobs, job_id: str) -> None:
        self._store = store
        self._job_id = job_id
        self._pieces: Sequence[Piece] = ()

    async def read(self, start: int, length: int) -> bytes:
        """Raises NotFound where it is gone."""
        if not self._pieces:
            try:
                return await self._store.read(audio_blob(self._job_id), start=start, length=length)
            except NotFound:
                self._pieces = await pieces_of(self._store, self._job_id)
                if not self._pieces:
                    raise
        stretches = _stretches(self._pieces, start, start + length)
        return b"".join([await self._store.read(name, start=at, length=most) for name, at, most in stretches])


async def pieces_of(store: BlobStore | EphemeralBlobs, job_id: str) -> tuple[Piece, ...]:
    """None where the job's audio is one blob, or gone."""
    try:
        written = await store.read(pieces_blob(job_id))
    except NotFound:
        return ()
    return tuple(Piece(name=name, size_bytes=size_bytes) for name, size_bytes in json.loads(written))


def write_pieces(pieces: Sequence[Piece]) -> bytes:
    return json.dumps([[piece.name, piece.size_bytes] for piece in pieces]).encode()


def _stretches(pieces: Sequence[Piece], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """From which blobs a stretch comes: where it begins in each, and how much of it is there."""
    ends = list(accumulate(piece.size_bytes for piece in pieces))
    for index in range(bisect_right(ends, start), len(pieces)):
        begins = ends[index] - pieces[index].size_bytes
        if begins >= end:
            return
        at = max(start, begins)
        yield pieces[index].name, at - begins, min(end, ends[index]) - at
