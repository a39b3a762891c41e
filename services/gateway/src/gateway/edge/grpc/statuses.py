"""Every failure of a gRPC call as google.rpc.Status: the code, what to do, the Reason and, if it helps, when to retry.

Which code and which retry belong to a Reason stands in `speechkit.runtime.error_tables`.
"""

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from earshot.errors.v1.reason_pb2 import Reason as ProtoReason
from speechkit.domain.errors import EarshotError, Internal, Reason
from speechkit.runtime.error_tables import GRPC_CODES, RETRIES

DOMAIN = "earshot"

FIELDS = {
    "file": "audio",
    "hotwords": "keywords",
    "include[]": "logprobs",
    "timestamp_granularities[]": "word_timestamps",
}
"""Inside, a parameter has the name that it has in OpenAI's forms."""


def status_of(error: EarshotError) -> Status:
    code, _ = GRPC_CODES[error.reason].value
    details: list[Message] = [_error_info(error)]
    if (delay_seconds := _retry_delay_seconds(error)) is not None:
        details.append(RetryInfo(retry_delay=_duration(delay_seconds)))
    return Status(code=code, message=error.message, details=[_packed(detail) for detail in details])


def reason_name(reason: Reason) -> str:
    return ProtoReason.Name(ProtoReason.Value(f"REASON_{reason.name}"))


def internal_error() -> Internal:
    """For a failure that nobody foresaw: what it was stands in the log, under the id in `x-request-id`."""
    return Internal("The server had an error while processing your call. Try again, or report its x-request-id.")


def _error_info(error: EarshotError) -> ErrorInfo:
    field = {"field": FIELDS.get(error.param, error.param)} if error.param else {}
    return ErrorInfo(reason=reason_name(error.reason), domain=DOMAIN, metadata=field)


def _retry_delay_seconds(error: EarshotError) -> float | None:
    return RETRIES[error.reason].after_seconds if error.retry_after_seconds is None else error.retry_after_seconds


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
