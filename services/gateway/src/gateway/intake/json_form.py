"""A form without a file, written as JSON: the same fields under the same names.

What the fields mean is the matter of those who read them.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request

from gateway.intake.forms import UploadLimits, check_size, next_chunk
from gateway.intake.multipart import AnyForm, Form
from speechkit.domain.errors import InvalidRequest

MAX_JSON_BYTES = 1024 * 1024


def is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


@asynccontextmanager
async def received_json(request: Request, *, limits: UploadLimits) -> AsyncIterator[AnyForm]:
    body, more, fewer = b"", True, UploadLimits(body_bytes=MAX_JSON_BYTES, idle_seconds=limits.idle_seconds)
    while more:
        chunk, more = await next_chunk(request, fewer)
        body += chunk
        check_size(len(body), fewer)
    yield Form(fields=tuple(_fields(body)), file=None)


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()  # no half characters, which nobody could store
    except (ValueError, RecursionError):
        raise InvalidRequest("The body is no JSON in UTF-8. Send an object with the form's fields.") from None
    if not isinstance(said, dict):
        raise InvalidRequest("The body must be a JSON object with the form's fields.")
    return [
        (name, _written(each))
        for name, value in said.items()
        for each in (value if isinstance(value, list) else [value])
        if each is not None
    ]


def _written(value: Any) -> str:
    """As a form's field has it: but for texts, in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
