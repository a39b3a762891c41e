"""Failures of gRPC calls between Earshot's own services: written as google.rpc.Status, and read back as they were.

Which code and which retry belong to a Reason stands in `error_tables`.
"""

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from earshot.errors.v1.reason_pb2 import Reason as ProtoReason
from speechkit.domain.errors import EarshotError, Reason
from speechkit.runtime.error_tables import GRPC_CODES, RETRIES

DOMAIN = "earshot"

_KINDS: Mapping[str, type[EarshotError]] = {
    f"REASON_{kind.reason.name}": kind for kind in EarshotError.__subclasses__()
}


def status_of(error: EarshotError, *, fields: Mapping[str, str] | None = None) -> Status:
    """`fields` are the proto's names for parameters that have another one inside."""
    code, _ = GRPC_CODES[error.reason].value
    details: list[Message] = [_error_info(error, fields or {})]
    if (delay_seconds := _retry_delay_seconds(error)) is not None:
        details.append(RetryInfo(retry_delay=_duration(delay_seconds)))
    return Status(code=code, message=error.message, details=[_packed(detail) for detail in details])


def error_of(failed: grpc.aio.AioRpcError) -> EarshotError | None:
    """The error that the other side raised; None where nobody there did, as when it can't be reached."""
    status = rpc_status.from_call(failed)  # type: ignore[arg-type] # an AioRpcError has what it reads of a call
    for detail in status.details if status else ():
        info = ErrorInfo()
        if detail.Unpack(info) and info.reason in _KINDS:
            param = info.metadata.get("field")
            return _KINDS[info.reason](status.message, param=param, retry_after_seconds=_told_delay(status))
    return None


def reason_name(reason: Reason) -> str:
    return ProtoReason.Name(ProtoReason.Value(f"REASON_{reason.name}"))


def _error_info(error: EarshotError, fields: Mapping[str, str]) -> ErrorInfo:
    field = {"field": fields.get(error.param, error.param)} if error.param else {}
    return ErrorInfo(reason=reason_name(error.reason), domain=DOMAIN, metadata=field)


def _retry_delay_seconds(error: EarshotError) -> float | None:
    return RETRIES[error.reason].after_seconds if error.retry_after_seconds is None else error.retry_after_seconds


def _told_delay(status: Status) -> float | None:
    for detail in status.details:
        retry = RetryInfo()
        if detail.Unpack(retry):
            return float(retry.retry_delay.ToTimedelta().total_seconds())
    return None


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(round(seconds * 1e9))
    return duration


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
