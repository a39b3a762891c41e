"""The error tree: every failure that a caller can see has a Reason that never changes its meaning.

How a Reason looks over HTTP or gRPC, and whether it is worth a retry, stands in `speechkit.runtime.error_tables`.
"""

from enum import StrEnum


class Reason(StrEnum):
    INVALID_REQUEST = "invalid_request"
    UNSUPPORTED_MEDIA = "unsupported_media"
    AUDIO_TOO_SHORT = "audio_too_short"
    AUDIO_TOO_LONG = "audio_too_long"
    UPLOAD_TOO_LARGE = "upload_too_large"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNSUPPORTED_OPTION = "unsupported_option"
    MODEL_NOT_FOUND = "model_not_found"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    MISSING_API_KEY = "missing_api_key"
    INVALID_API_KEY = "invalid_api_key"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    JOB_NOT_FOUND = "job_not_found"
    JOB_NOT_COMPLETED = "job_not_completed"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    UPLOAD_NOT_FOUND = "upload_not_found"
    UPLOAD_CONFLICT = "upload_conflict"
    MODE_NOT_FOUND = "mode_not_found"
    ENDPOINT_NOT_FOUND = "endpoint_not_found"
    NAME_TAKEN = "name_taken"
    REFINEMENT_FAILED = "refinement_failed"
    REFINER_UNAVAILABLE = "refiner_unavailable"
    OVERLOADED = "overloaded"
    RECOGNIZER_UNAVAILABLE = "recognizer_unavailable"
    STORE_UNAVAILABLE = "store_unavailable"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


class EarshotError(Exception):
    """A failure with a Reason, a message that says what to do next, and the parameter it is about, if one.

    `retry_after_seconds` is there when this very failure knows when another try may go better.
    """

    reason = Reason.INTERNAL

    def __init__(self, message: str, *, param: str | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after_seconds = retry_after_seconds


class InvalidRequest(EarshotError):
    reason = Reason.INVALID_REQUEST


class UnsupportedMedia(EarshotError):
    reason = Reason.UNSUPPORTED_MEDIA


class AudioTooShort(EarshotError):
    reason = Reason.AUDIO_TOO_SHORT


class AudioTooLong(EarshotError):
    reason = Reason.AUDIO_TOO_LONG


class UploadTooLarge(EarshotError):
    reason = Reason.UPLOAD_TOO_LARGE


class UnknownLanguage(EarshotError):
    reason = Reason.UNKNOWN_LANGUAGE


class UnsupportedOption(EarshotError):
    """The request is well formed, but this model or engine can't do what it asks."""

    reason = Reason.UNSUPPORTED_OPTION


class ModelNotFound(EarshotError):
    reason = Reason.MODEL_NOT_FOUND


class NotFound(EarshotError):
    reason = Reason.NOT_FOUND


class MethodNotAllowed(EarshotError):
    reason = Reason.METHOD_NOT_ALLOWED


class MissingApiKey(EarshotError):
    reason = Reason.MISSING_API_KEY


class InvalidApiKey(EarshotError):
    """A key that was never made here, or has been revoked."""

    reason = Reason.INVALID_API_KEY


class RateLimited(EarshotError):
    """The key's requests a minute, or its requests at once, are used up."""

    reason = Reason.RATE_LIMITED


class QuotaExceeded(EarshotError):
    """The key's audio for today is used up."""

    reason = Reason.QUOTA_EXCEEDED


class JobNotFound(EarshotError):
    reason = Reason.JOB_NOT_FOUND


class JobNotCompleted(EarshotError):
    """The job has no transcript, yet or at all."""

    reason = Reason.JOB_NOT_COMPLETED


class IdempotencyConflict(EarshotError):
    """The key came before, with another request."""

    reason = Reason.IDEMPOTENCY_CONFLICT


class UploadNotFound(EarshotError):
    reason = Reason.UPLOAD_NOT_FOUND


class UploadConflict(EarshotError):
    """The upload is not where the request takes it to be: at another offset, not whole, or a job already."""

    reason = Reason.UPLOAD_CONFLICT


class ModeNotFound(EarshotError):
    reason = Reason.MODE_NOT_FOUND


class EndpointNotFound(EarshotError):
    reason = Reason.ENDPOINT_NOT_FOUND


class NameTaken(EarshotError):
    """Another of the tenant's has the name already."""

    reason = Reason.NAME_TAKEN


class RefinementFailed(EarshotError):
    """The caller wants the refined text or none, and there is none."""

    reason = Reason.REFINEMENT_FAILED


class RefinerUnavailable(EarshotError):
    """The post-processing service can't be reached."""

    reason = Reason.REFINER_UNAVAILABLE


class Overloaded(EarshotError):
    """The recognizer's queue is full, or a window waited in it for longer than it may."""

    reason = Reason.OVERLOADED


class RecognizerUnavailable(EarshotError):
    reason = Reason.RECOGNIZER_UNAVAILABLE


class StoreUnavailable(EarshotError):
    """Keys or limits can't be looked up."""

    reason = Reason.STORE_UNAVAILABLE


class DeadlineExceeded(EarshotError):
    reason = Reason.DEADLINE_EXCEEDED


class Cancelled(EarshotError):
    reason = Reason.CANCELLED


class Internal(EarshotError):
    reason = Reason.INTERNAL
