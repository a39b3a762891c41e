"""Every failure as OpenAI's error envelope, with all four keys, and the headers that steer its clients' retries.

Below the paths of `edge.hispeech_wire` the body is that API's own. Which status and words belong to a Reason stands in
`speechkit.runtime.error_tables`.
"""

import math
from typing import Any

import structlog
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from gateway.edge.hispeech_wire import error_body, speaks_hispeech
from speechkit.domain.errors import EarshotError, Internal, InvalidRequest, MethodNotAllowed, NotFound, Reason
from speechkit.runtime.error_tables import HTTP_ERRORS, RETRIES

log = structlog.get_logger(__name__)

AUDIO_PATHS = ("/v1/audio/", "/api/v1/audio/")
NOTHING_USED = {"type": "duration", "seconds": 0}
"""OpenAI's audio endpoints say so in every refusal."""

LONGEST_RETRY_SECONDS = 60
"""OpenAI's Node client takes no notice of a longer wait and comes back at once."""


def error_response(error: EarshotError, *, path: str) -> JSONResponse:
    return JSONResponse(_body(error, path), status_code=HTTP_ERRORS[error.reason].status, headers=_retry_headers(error))


def error_envelope(error: EarshotError) -> dict[str, Any]:
    http = HTTP_ERRORS[error.reason]
    # What decodes media does not know which field of a form it came in.
    param = "file" if error.reason is Reason.UNSUPPORTED_MEDIA else error.param
    return {"error": {"message": error.message, "type": http.type, "param": param, "code": http.code}}


def _retry_headers(error: EarshotError) -> dict[str, str]:
    """The wait is the honest one; where it is longer than OpenAI's clients wait, they are told not to come back."""
    retry, after_seconds = RETRIES[error.reason], RETRIES[error.reason].after_seconds
    if error.retry_after_seconds is not None:
        after_seconds = max(1, math.ceil(error.retry_after_seconds))
    worthwhile = retry.worthwhile and (after_seconds or 0) <= LONGEST_RETRY_SECONDS
    headers = {"x-should-retry": "true" if worthwhile else "false"}
    if after_seconds is not None:
        headers["retry-after"] = str(after_seconds)
    return headers


def _body(error: EarshotError, path: str) -> dict[str, Any]:
    if speaks_hispeech(path):
        return error_body(error.reason, error.message)
    return error_envelope(error) | ({"usage": NOTHING_USED} if path.startswith(AUDIO_PATHS) else {})


def internal_error_response(*, path: str) -> JSONResponse:
    return error_response(internal_error(), path=path)


def internal_error() -> Internal:
    """For a failure that nobody foresaw: what it was stands in the log, under the id in `x-request-id`."""
    return Internal(
        "The server had an error while processing your request. Try again, or report the x-request-id header."
    )


def install_error_handlers(app: FastAPI) -> None:
    """FastAPI's own `{"detail": …}` never leaves the gateway."""

    @app.exception_handler(EarshotError)
    async def known(request: Request, error: EarshotError) -> JSONResponse:
        # Without the message, which may quote the caller.
        log.info("request_refused", reason=error.reason.value, param=error.param)
        return error_response(error, path=request.url.path)

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> JSONResponse:
        path = request.url.path
        if error.status_code == 404:
            return error_response(NotFound(f"Invalid URL ({request.method} {path})"), path=path)
        if error.status_code == 405:
            response = error_response(
                MethodNotAllowed(
                    f"Not allowed to {request.method} on {path}. (HINT: Perhaps you meant to use a different HTTP "
                    "method?)"
                ),
                path=path,
            )
            response.headers.update(error.headers or {})
            return response
        if error.status_code < 500:
            return error_response(InvalidRequest(str(error.detail)), path=path)
        return internal_error_response(path=path)
