"""The blob store in memory; a test may have it fail."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from speechkit.domain.errors import NotFound, StoreUnavailable


@dataclass(kw_only=True)
class FakeBlobStore:
    blobs: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False
    reads_fail: bool = False

    def names(self) -> list[str]:
        return sorted(self.blobs)

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> int:
        if self.fails:
            raise StoreUnavailable("The blob store can't be reached just now. Try again in a few seconds.")
        content = b"".join([part async for part in parts])
        self.blobs[name] = content
        return len(content)

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        if self.reads_fail:
            raise StoreUnavailable("The blob store can't be reached just now. Try again in a few seconds.")
        if name not in self.blobs:
            raise NotFound(f"There is no blob '{name}'.")
        return self.blobs[name][start : None if length is None else start + length]

    async def delete(self, name: str) -> None:
        self.blobs.pop(name, None)
