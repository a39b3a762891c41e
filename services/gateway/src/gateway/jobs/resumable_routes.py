"""`/v1/uploads`: the tus protocol, version 1.0, by which a file is uploaded in pieces and goes on after a break.

What becomes of the pieces is the matter of `resumable_desk`.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.access import Access
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.envelopes import error_envelope
from gateway.intake.arriving_pieces import ArrivingPieces, longer_than_said
from gateway.intake.forms import UploadLimits, check_size
from gateway.jobs.resumable_desk import UploadDesk
from speechkit.domain.errors import InvalidRequest, UploadConflict
from speechkit.domain.uploads import Upload

PATH = "/v1/uploads"
VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
LONGEST_NUMBER = 15
"""Digits: more than any disk holds, and few enough for every database."""

Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class ResumableUploads:
    desk: UploadDesk
    access: Access
    limits: UploadLimits

    def routes(self) -> list[Route]:
        return [
            Route(PATH, _Tus(OPTIONS=self.tell, POST=self.create)),
            Route(
                f"{PATH}/{{upload_id}}",
                _Tus(OPTIONS=self.tell, HEAD=self.look, PATCH=self.receive, DELETE=self.delete),
            ),
        ]

    async def tell(self, _: Request) -> Response:
        """What this server knows of the protocol."""
        said = {"tus-version": VERSION, "tus-extension": EXTENSIONS, "tus-max-size": str(self.limits.body_bytes)}
        return Response(status_code=204, headers=said)

    async def create(self, request: Request) -> Response:
        size_bytes = _number(request, "Upload-Length")
        check_size(size_bytes, self.limits)
        async with admitted(request, self.access):
            upload = await self.desk.create(
                size_bytes=size_bytes, secure=_asked_secure(request), caller=caller_of(request)
            )
        return Response(status_code=201, headers=_expires(upload) | {"location": f"{PATH}/{upload.id}"})

    async def look(self, request: Request) -> Response:
        upload = await self.desk.get(_upload_id(request), caller=caller_of(request))
        metadata = {"upload-metadata": f"secure {base64.b64encode(b'true').decode()}"} if upload.secure else {}
        return Response(
            headers=_offset(upload) | metadata | {"upload-length": str(upload.size_bytes), "cache-control": "no-store"},
        )

    async def receive(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
            return _refused(415, f"The content type must be {CONTENT_TYPE}.")
        offset = _number(request, "Upload-Offset")
        async with admitted(request, self.access):
            upload = await self.desk.get(_upload_id(request), caller=caller_of(request))
            if offset != upload.offset:
                raise UploadConflict(f"The upload has {upload.offset} bytes: go on from there, not from {offset}.")
            room_bytes = upload.size_bytes - offset
            if int(request.headers.get("content-length", "0")) > room_bytes:
                raise longer_than_said()
            body = ArrivingPieces(request, room_bytes=room_bytes, limits=self.limits)
            return Response(status_code=204, headers=_offset(await self.desk.receive(upload, body)))

    async def delete(self, request: Request) -> Response:
        await self.desk.delete(_upload_id(request), caller=caller_of(request))
        return Response(status_code=204)


class _Tus:
    """Every answer names the protocol's version, and every request must."""

    def __init__(self, **answers: Answer) -> None:
        self._answers = answers
        self._app = request_response(self._answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["tus-resumable"] = VERSION
            await send(message)

        await self._app(scope, receive, send_with_version)

    async def _answer(self, request: Request) -> Response:
        # For clients behind proxies that let only GET and POST through.
        method = request.headers.get("x-http-method-override", request.method)
        if method not in self._answers:
            raise HTTPException(405, headers={"allow": ", ".join(self._answers)})
        if method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
            message = f"Send `Tus-Resumable: {VERSION}`: the version of the tus protocol that is spoken here."
            return _refused(412, message, **{"tus-version": VERSION})
        return await self._answers[method](request)


def _refused(status: int, message: str, **headers: str) -> Response:
    return JSONResponse(error_envelope(InvalidRequest(message)), status_code=status, headers=headers)


def _number(request: Request, header: str) -> int:
    said = request.headers.get(header, "")
    if not said.isascii() or not said.isdigit() or len(said) > LONGEST_NUMBER:
        raise InvalidRequest(f"{header} must be there, as a whole number of bytes.", param=header)
    return int(said)


def _asked_secure(request: Request) -> bool:
    """The one thing of an upload's metadata that matters here; what else clients say of their files is not kept."""
    for pair in request.headers.get("upload-metadata", "").split(","):
        name, _, encoded = pair.strip().partition(" ")
        if name == "secure":
            return _flag(encoded)
    return False


def _flag(encoded: str) -> bool:
    try:
        flag = base64.b64decode(encoded, validate=True).decode("ascii").strip().lower()
    except (binascii.Error, ValueError):
        flag = ""
    if flag not in {"true", "false"}:
        raise InvalidRequest(
            "`secure` in Upload-Metadata must be `true` or `false`, in Base64: dHJ1ZQ== or ZmFsc2U=.",
            param="Upload-Metadata",
        )
    return flag == "true"


def _offset(upload: Upload) -> dict[str, str]:
    return _expires(upload) | {"upload-offset": str(upload.offset)}


def _expires(upload: Upload) -> dict[str, str]:
    return {"upload-expires": format_datetime(upload.expires_at, usegmt=True)}


def _upload_id(request: Request) -> str:
    return str(request.path_params["upload_id"])
