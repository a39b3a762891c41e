"""A job's audio by its URL: fetched from hosts that an administrator has listed, in place of an uploaded file.

Which addresses are spoken to at all is the matter of the GuardedHttp port.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from gateway.intake.multipart import AnyForm
from speechkit.domain.errors import InvalidRequest
from speechkit.ports import GuardedHttp

Take = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class JobUrls:
    web: GuardedHttp | None
    """None where no host is listed."""
    most_bytes: int

    async def fetch(self, url: str, *, take: Take) -> None:
        """Every part of the file, each taken before the next is asked for."""
        async with self.parts(url) as parts:
            async for part in parts:
                await take(part)

    def parts(self, url: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        if self.web is None:
            raise InvalidRequest(
                "This server fetches no audio. Send the file itself, or have the server's administrator list the "
                "hosts in EARSHOT_JOB_URL_HOSTS.",
                param="url",
            )
        return self.web.fetch(url, most_bytes=self.most_bytes)


def asked_url(form: AnyForm) -> str | None:
    url = form.text("url").strip()
    if url and form.file is not None:
        raise InvalidRequest("Send a file or a url, not both.", param="url")
    return url or None


def url_digest(url: str) -> bytes:
    """Stands for the audio in a repeated request, which means the same audio by the same URL."""
    return hashlib.sha256(b"url:" + url.encode()).digest()
