from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_INVALID_REQUEST: _ClassVar[Reason]
    REASON_UNSUPPORTED_MEDIA: _ClassVar[Reason]
    REASON_AUDIO_TOO_SHORT: _ClassVar[Reason]
    REASON_AUDIO_TOO_LONG: _ClassVar[Reason]
    REASON_UPLOAD_TOO_LARGE: _ClassVar[Reason]
    REASON_UNKNOWN_LANGUAGE: _ClassVar[Reason]
    REASON_UNSUPPORTED_OPTION: _ClassVar[Reason]
    REASON_MODEL_NOT_FOUND: _ClassVar[Reason]
    REASON_NOT_FOUND: _ClassVar[Reason]
    REASON_METHOD_NOT_ALLOWED: _ClassVar[Reason]
    REASON_OVERLOADED: _ClassVar[Reason]
    REASON_RECOGNIZER_UNAVAILABLE: _ClassVar[Reason]
    REASON_DEADLINE_EXCEEDED: _ClassVar[Reason]
    REASON_CANCELLED: _ClassVar[Reason]
    REASON_INTERNAL: _ClassVar[Reason]
    REASON_MISSING_API_KEY: _ClassVar[Reason]
    REASON_INVALID_API_KEY: _ClassVar[Reason]
    REASON_RATE_LIMITED: _ClassVar[Reason]
    REASON_QUOTA_EXCEEDED: _ClassVar[Reason]
    REASON_STORE_UNAVAILABLE: _ClassVar[Reason]
    REASON_IDEMPOTENCY_CONFLICT: _ClassVar[Reason]
    REASON_JOB_NOT_FOUND: _ClassVar[Reason]
    REASON_JOB_NOT_COMPLETED: _ClassVar[Reason]
    REASON_UPLOAD_NOT_FOUND: _ClassVar[Reason]
    REASON_UPLOAD_CONFLICT: _ClassVar[Reason]
REASON_UNSPECIFIED: Reason
REASON_INVALID_REQUEST: Reason
REASON_UNSUPPORTED_MEDIA: Reason
REASON_AUDIO_TOO_SHORT: Reason
REASON_AUDIO_TOO_LONG: Reason
REASON_UPLOAD_TOO_LARGE: Reason
REASON_UNKNOWN_LANGUAGE: Reason
REASON_UNSUPPORTED_OPTION: Reason
REASON_MODEL_NOT_FOUND: Reason
REASON_NOT_FOUND: Reason
REASON_METHOD_NOT_ALLOWED: Reason
REASON_OVERLOADED: Reason
REASON_RECOGNIZER_UNAVAILABLE: Reason
REASON_DEADLINE_EXCEEDED: Reason
REASON_CANCELLED: Reason
REASON_INTERNAL: Reason
REASON_MISSING_API_KEY: Reason
REASON_INVALID_API_KEY: Reason
REASON_RATE_LIMITED: Reason
REASON_QUOTA_EXCEEDED: Reason
REASON_STORE_UNAVAILABLE: Reason
REASON_IDEMPOTENCY_CONFLICT: Reason
REASON_JOB_NOT_FOUND: Reason
REASON_JOB_NOT_COMPLETED: Reason
REASON_UPLOAD_NOT_FOUND: Reason
REASON_UPLOAD_CONFLICT: Reason
