"""A web of a few files, for whoever fetches by URL; what guards the real one is tested with real servers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from speechkit.domain.errors import InvalidRequest, UploadTooLarge
from speechkit.ports import HttpAnswer, HttpReply

URL = "https://media.example/talk.wav"


@dataclass
class FakeWeb:
    files: dict[str, bytes]
    """By their URLs."""
    broken: bool = False
    """After the first part of any file."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        raise AssertionError("nothing is posted here")

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, most_bytes: int, total_seconds: float
    ) -> AbstractAsyncContextManager[HttpReply]:
        raise AssertionError("nothing is asked here")

    @asynccontextmanager
    async def fetch(self, url: str, *, most_bytes: int) -> AsyncIterator[AsyncIterator[bytes]]:
        if url not in self.files:
            raise InvalidRequest("The host of url can't be reached from here.", param="url")
        yield self._parts(self.files[url], most_bytes)

    async def _parts(self, content: bytes, most_bytes: int) -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]
            if start + 1000 > most_bytes:
                raise UploadTooLarge("too large", param="url")
            if self.broken:
                raise InvalidRequest("The server of url broke off.", param="url")
