"""Reads a request's body into a form, within limits that are counted while the bytes arrive.

How the bytes are parsed is the matter of `multipart`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from gateway.edge.http.disconnects import client_left
from gateway.intake.multipart import AnyForm, Form, FormParser, S
from speechkit.domain.errors import DeadlineExceeded, UploadTooLarge
from speechkit.runtime import metrics


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    body_bytes: int
    idle_seconds: float


async def at_once() -> None:
    """What is written into memory was taken when it was written."""


@asynccontextmanager
async def received_form(
    request: Request,
    *,
    limits: UploadLimits,
    open_spool: Callable[[], S],
    file_begins: Callable[[AnyForm], None] = lambda _: None,
    taken: Callable[[], Awaitable[None]] = at_once,
) -> AsyncIterator[Form[S]]:
    """The whole form; leaving the context frees the upload.

    `file_begins` is told the fields before the file. `taken` returns when the spool has room again: the client waits
    for it before it sends on.
    """
    content_type = request.headers.get("content-type", "")
    parser = FormParser(content_type=content_type, open_spool=open_spool, file_begins=file_begins)
    try:
        await _receive(request, parser, limits, taken)
        yield parser.finish()
    finally:
        parser.close()


def check_size(body_bytes: int, limits: UploadLimits) -> None:
    if body_bytes > limits.body_bytes:
        raise UploadTooLarge(f"Maximum content size limit ({limits.body_bytes}) exceeded ({body_bytes} bytes read)")


async def next_chunk(request: Request, limits: UploadLimits) -> tuple[bytes, bool]:
    try:
        async with asyncio.timeout(limits.idle_seconds):
            message = await request.receive()
    except TimeoutError as error:
        raise DeadlineExceeded(
            f"The upload stood still for {limits.idle_seconds:g} seconds; send it again over a better connection."
        ) from error
    if message["type"] == "http.disconnect":
        raise client_left()
    return message.get("body", b""), message.get("more_body", False)


async def _receive(
    request: Request, parser: FormParser[S], limits: UploadLimits, taken: Callable[[], Awaitable[None]]
) -> None:
    check_size(int(request.headers.get("content-length", "0")), limits)
    received_bytes, more = 0, True
    while more:
        chunk, more = await next_chunk(request, limits)
        received_bytes += len(chunk)
        metrics.UPLOAD_BYTES.inc(len(chunk))
        check_size(received_bytes, limits)
        parser.feed(chunk)
        await taken()
