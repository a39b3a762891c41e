"""How a Reason looks from outside: its HTTP status, OpenAI's words for it, its gRPC code, and whether to try again.

What a Reason means stands in `speechkit.domain.errors`; `proto/earshot/errors/v1` carries it over gRPC.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import grpc

from speechkit.domain.errors import Reason

BAD_REQUEST = "invalid_request_error"
SERVER_ERROR = "server_error"

CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a client that left; nobody reads it but logs and metrics."""


@dataclass(frozen=True)
class HttpError:
    status: int
    type: str
    code: str | None


@dataclass(frozen=True)
class Retry:
    """Every retry uploads and transcribes again, so it is only advised where another try may end differently."""

    worthwhile: bool
    after_seconds: int | None = None
    """At most 60: OpenAI's Node client ignores more."""


HTTP_ERRORS: Mapping[Reason, HttpError] = {
    Reason.INVALID_REQUEST: HttpError(400, BAD_REQUEST, None),
    Reason.UNSUPPORTED_MEDIA: HttpError(400, BAD_REQUEST, "invalid_value"),
    Reason.AUDIO_TOO_SHORT: HttpError(400, BAD_REQUEST, "audio_too_short"),
    Reason.AUDIO_TOO_LONG: HttpError(400, BAD_REQUEST, "invalid_value"),
    Reason.UPLOAD_TOO_LARGE: HttpError(413, SERVER_ERROR, None),
    Reason.UNKNOWN_LANGUAGE: HttpError(400, BAD_REQUEST, "invalid_language_format"),
    Reason.UNSUPPORTED_OPTION: HttpError(400, BAD_REQUEST, "unsupported_value"),
    Reason.MODEL_NOT_FOUND: HttpError(404, BAD_REQUEST, "model_not_found"),
    Reason.NOT_FOUND: HttpError(404, BAD_REQUEST, "unknown_url"),
    Reason.METHOD_NOT_ALLOWED: HttpError(405, BAD_REQUEST, "method_not_supported"),
    Reason.MISSING_API_KEY: HttpError(401, BAD_REQUEST, None),
    Reason.INVALID_API_KEY: HttpError(401, BAD_REQUEST, "invalid_api_key"),
    Reason.RATE_LIMITED: HttpError(429, "requests", "rate_limit_exceeded"),
    Reason.QUOTA_EXCEEDED: HttpError(429, "insufficient_quota", "insufficient_quota"),
    Reason.JOB_NOT_FOUND: HttpError(404, BAD_REQUEST, "job_not_found"),
    Reason.JOB_NOT_COMPLETED: HttpError(409, BAD_REQUEST, "job_not_completed"),
    Reason.IDEMPOTENCY_CONFLICT: HttpError(409, BAD_REQUEST, "idempotency_key_reused"),
    Reason.UPLOAD_NOT_FOUND: HttpError(404, BAD_REQUEST, "upload_not_found"),
    Reason.UPLOAD_CONFLICT: HttpError(409, BAD_REQUEST, "upload_conflict"),
    Reason.MODE_NOT_FOUND: HttpError(404, BAD_REQUEST, "mode_not_found"),
    Reason.ENDPOINT_NOT_FOUND: HttpError(404, BAD_REQUEST, "endpoint_not_found"),
    Reason.NAME_TAKEN: HttpError(409, BAD_REQUEST, "name_taken"),
    Reason.REFINEMENT_FAILED: HttpError(502, SERVER_ERROR, "refinement_failed"),
    Reason.REFINER_UNAVAILABLE: HttpError(503, SERVER_ERROR, "refiner_unavailable"),
    Reason.OVERLOADED: HttpError(429, SERVER_ERROR, "overloaded"),
    Reason.RECOGNIZER_UNAVAILABLE: HttpError(503, SERVER_ERROR, "recognizer_unavailable"),
    Reason.STORE_UNAVAILABLE: HttpError(503, SERVER_ERROR, "store_unavailable"),
    Reason.DEADLINE_EXCEEDED: HttpError(504, SERVER_ERROR, "deadline_exceeded"),
    Reason.CANCELLED: HttpError(CLIENT_CLOSED_REQUEST, BAD_REQUEST, "cancelled"),
    Reason.INTERNAL: HttpError(500, SERVER_ERROR, None),
}

GRPC_CODES: Mapping[Reason, grpc.StatusCode] = {
    Reason.INVALID_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_MEDIA: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.AUDIO_TOO_SHORT: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.AUDIO_TOO_LONG: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UPLOAD_TOO_LARGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UNKNOWN_LANGUAGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.UNSUPPORTED_OPTION: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.MODEL_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.METHOD_NOT_ALLOWED: grpc.StatusCode.UNIMPLEMENTED,
    Reason.MISSING_API_KEY: grpc.StatusCode.UNAUTHENTICATED,
    Reason.INVALID_API_KEY: grpc.StatusCode.UNAUTHENTICATED,
    Reason.RATE_LIMITED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.QUOTA_EXCEEDED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.JOB_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.JOB_NOT_COMPLETED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.IDEMPOTENCY_CONFLICT: grpc.StatusCode.ALREADY_EXISTS,
    Reason.UPLOAD_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.UPLOAD_CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.MODE_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ENDPOINT_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.NAME_TAKEN: grpc.StatusCode.ALREADY_EXISTS,
    Reason.REFINEMENT_FAILED: grpc.StatusCode.ABORTED,
    Reason.REFINER_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.RECOGNIZER_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Reason.CANCELLED: grpc.StatusCode.CANCELLED,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
}

NEVER = Retry(worthwhile=False)

RETRIES: Mapping[Reason, Retry] = {
    Reason.INVALID_REQUEST: NEVER,
    Reason.UNSUPPORTED_MEDIA: NEVER,
    Reason.AUDIO_TOO_SHORT: NEVER,
    Reason.AUDIO_TOO_LONG: NEVER,
    Reason.UPLOAD_TOO_LARGE: NEVER,
    Reason.UNKNOWN_LANGUAGE: NEVER,
    Reason.UNSUPPORTED_OPTION: NEVER,
    Reason.MODEL_NOT_FOUND: NEVER,
    Reason.NOT_FOUND: NEVER,
    Reason.METHOD_NOT_ALLOWED: NEVER,
    Reason.MISSING_API_KEY: NEVER,
    Reason.INVALID_API_KEY: NEVER,
    Reason.JOB_NOT_FOUND: NEVER,
    Reason.JOB_NOT_COMPLETED: NEVER,
    Reason.IDEMPOTENCY_CONFLICT: NEVER,
    Reason.UPLOAD_NOT_FOUND: NEVER,
    Reason.UPLOAD_CONFLICT: NEVER,
    Reason.MODE_NOT_FOUND: NEVER,
    Reason.ENDPOINT_NOT_FOUND: NEVER,
    Reason.NAME_TAKEN: NEVER,
    # The endpoint was tried as often as was worth it, and another try would transcribe again.
    Reason.REFINEMENT_FAILED: NEVER,
    # The error itself knows the honest wait; these stand in for one that does not.
    Reason.RATE_LIMITED: Retry(worthwhile=True, after_seconds=5),
    Reason.QUOTA_EXCEEDED: Retry(worthwhile=True, after_seconds=60),
    # A full queue empties at the pace of windows, a restarted Triton is back in a few seconds.
    Reason.OVERLOADED: Retry(worthwhile=True, after_seconds=5),
    Reason.RECOGNIZER_UNAVAILABLE: Retry(worthwhile=True, after_seconds=5),
    Reason.REFINER_UNAVAILABLE: Retry(worthwhile=True, after_seconds=5),
    Reason.STORE_UNAVAILABLE: Retry(worthwhile=True, after_seconds=5),
    # The same long work would most likely run into the same deadline, minutes of computing later.
    Reason.DEADLINE_EXCEEDED: NEVER,
    Reason.CANCELLED: NEVER,
    Reason.INTERNAL: Retry(worthwhile=True, after_seconds=1),
}
