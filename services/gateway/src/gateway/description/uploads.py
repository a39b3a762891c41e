"""`/v1/uploads` as the API's description tells it: the tus protocol, for which clients have libraries of their own.

What all descriptions share is the matter of `parts`.
"""

from typing import Any

from gateway.description.parts import ERRORS, HEADERS, errors
from gateway.description.schemas import Schema, text
from gateway.intake.forms import UploadLimits
from gateway.jobs.resumable_routes import CONTENT_TYPE, LONGEST_NUMBER, PATH, VERSION

ALWAYS = frozenset({401, 405, 412, 500, 503})

UPLOAD_ERRORS = ERRORS | {
    404: ("UploadNotFound", "There is no such upload; another caller's upload, or one whose time is over, is none."),
    409: ("UploadConflict", "The upload is at another offset; HEAD tells at which."),
    412: ("WrongTusVersion", "`Tus-Resumable` is not there, or another version."),
    415: ("NoPiece", f"The content type is not {CONTENT_TYPE}."),
}

_BYTES: Schema = {"type": "integer", "minimum": 0, "maximum": 10**LONGEST_NUMBER - 1}
_EXPIRES = {"upload-expires": {"description": "Until when the upload is kept.", "schema": {"type": "string"}}}
_OFFSET = {"upload-offset": {"description": "So many bytes are stored.", "schema": _BYTES}}
_LENGTH = {"upload-length": {"description": "Of the whole file.", "schema": _BYTES}}
_LOCATION = {"location": {"description": "Where the upload is.", "schema": {"type": "string"}}}
_KNOWN = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in (
        ("tus-version", "Of the protocol."),
        ("tus-extension", "What of it is there."),
        ("tus-max-size", "The longest file, in bytes."),
    )
}


def upload_paths(limits: UploadLimits) -> dict[str, Any]:
    one = [_parameter("upload_id", "path", text("The last part of an upload's Location."))]
    begin = [
        _header("Upload-Length", _BYTES | {"maximum": limits.body_bytes}),
        _header("Upload-Metadata", text("`secure dHJ1ZQ==` for a secure job; all else is ignored."), required=False),
    ]
    send = _operation("sendPiece", "Send the next bytes", 204, _EXPIRES | _OFFSET, also={400, 404, 409, 413, 429, 504})
    send["parameters"] += [*one, _header("Upload-Offset", _BYTES)]
    send["requestBody"] = {"required": True, "content": {CONTENT_TYPE: {"schema": text(format="binary")}}}
    send["responses"] |= errors({415}, table=UPLOAD_ERRORS)
    create = _operation(
        "createUpload", "Begin an upload that may break off", 201, _EXPIRES | _LOCATION, also={400, 413, 429}
    )
    create["parameters"] += begin
    look = _operation("lookAtUpload", "How much has arrived", 200, _EXPIRES | _OFFSET | _LENGTH)
    # Answers to HEAD have no body.
    look["responses"] |= {str(status): {"description": UPLOAD_ERRORS[status][1]} for status in ALWAYS | {404}}
    look["parameters"] += one
    delete = _operation("deleteUpload", "Delete an upload", 204, {}, also={404, 409})
    delete["parameters"] += one
    return {
        PATH: {"options": _options("describeUploads"), "post": create},
        f"{PATH}/{{upload_id}}": {
            "options": _options("describeUpload") | {"parameters": one},
            "head": look,
            "patch": send,
            "delete": delete,
        },
    }


def _operation(
    name: str, summary: str, status: int, headers: dict[str, Any], *, also: set[int] | None = None
) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Uploads"],
        "summary": summary,
        "description": f"As the tus protocol has it, version {VERSION}.",
        "parameters": [_header("Tus-Resumable", text(enum=[VERSION]))],
        "responses": {str(status): {"description": "Done.", "headers": HEADERS | headers}}
        | errors(ALWAYS | (also or set()), table=UPLOAD_ERRORS),
    }


def _options(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Uploads"],
        "summary": "What is known here of the tus protocol",
        "responses": {"204": {"description": "In the headers.", "headers": HEADERS | _KNOWN}}
        | errors({401, 405, 500, 503}, table=UPLOAD_ERRORS),
    }


def _header(name: str, schema: Schema, *, required: bool = True) -> dict[str, Any]:
    return _parameter(name, "header", schema) | {"required": required}


def _parameter(name: str, place: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": schema}
