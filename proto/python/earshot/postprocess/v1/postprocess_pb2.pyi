import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Provider(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROVIDER_UNSPECIFIED: _ClassVar[Provider]
    PROVIDER_CUSTOM: _ClassVar[Provider]
    PROVIDER_LMSTUDIO: _ClassVar[Provider]
    PROVIDER_OLLAMA: _ClassVar[Provider]
    PROVIDER_OPENROUTER: _ClassVar[Provider]
    PROVIDER_TOGETHER: _ClassVar[Provider]
    PROVIDER_GROQ: _ClassVar[Provider]

class Limits(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMITS_UNSPECIFIED: _ClassVar[Limits]
    LIMITS_FAITHFUL: _ClassVar[Limits]
    LIMITS_REWRITING: _ClassVar[Limits]
    LIMITS_SHORTENING: _ClassVar[Limits]
    LIMITS_TRANSLATING: _ClassVar[Limits]
    LIMITS_SUBTITLES: _ClassVar[Limits]
PROVIDER_UNSPECIFIED: Provider
PROVIDER_CUSTOM: Provider
PROVIDER_LMSTUDIO: Provider
PROVIDER_OLLAMA: Provider
PROVIDER_OPENROUTER: Provider
PROVIDER_TOGETHER: Provider
PROVIDER_GROQ: Provider
LIMITS_UNSPECIFIED: Limits
LIMITS_FAITHFUL: Limits
LIMITS_REWRITING: Limits
LIMITS_SHORTENING: Limits
LIMITS_TRANSLATING: Limits
LIMITS_SUBTITLES: Limits

class EndpointDraft(_message.Message):
    __slots__ = ("name", "provider", "base_url", "verbatim_url", "model", "api_key", "context_tokens")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    VERBATIM_URL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    name: str
    provider: Provider
    base_url: str
    verbatim_url: bool
    model: str
    api_key: str
    context_tokens: int
    def __init__(self, name: _Optional[str] = ..., provider: _Optional[_Union[Provider, str]] = ..., base_url: _Optional[str] = ..., verbatim_url: _Optional[bool] = ..., model: _Optional[str] = ..., api_key: _Optional[str] = ..., context_tokens: _Optional[int] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ("id", "name", "provider", "base_url", "verbatim_url", "model", "context_tokens", "has_api_key", "chat_url", "is_default", "last_test", "created_at")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    VERBATIM_URL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    HAS_API_KEY_FIELD_NUMBER: _ClassVar[int]
    CHAT_URL_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    LAST_TEST_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    provider: Provider
    base_url: str
    verbatim_url: bool
    model: str
    context_tokens: int
    has_api_key: bool
    chat_url: str
    is_default: bool
    last_test: EndpointTest
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., provider: _Optional[_Union[Provider, str]] = ..., base_url: _Optional[str] = ..., verbatim_url: _Optional[bool] = ..., model: _Optional[str] = ..., context_tokens: _Optional[int] = ..., has_api_key: _Optional[bool] = ..., chat_url: _Optional[str] = ..., is_default: _Optional[bool] = ..., last_test: _Optional[_Union[EndpointTest, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EndpointTest(_message.Message):
    __slots__ = ("passed", "reply", "error", "tested_at")
    PASSED_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    TESTED_AT_FIELD_NUMBER: _ClassVar[int]
    passed: bool
    reply: str
    error: str
    tested_at: _timestamp_pb2.Timestamp
    def __init__(self, passed: _Optional[bool] = ..., reply: _Optional[str] = ..., error: _Optional[str] = ..., tested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateEndpointRequest(_message.Message):
    __slots__ = ("tenant", "draft")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    draft: EndpointDraft
    def __init__(self, tenant: _Optional[str] = ..., draft: _Optional[_Union[EndpointDraft, _Mapping]] = ...) -> None: ...

class CreateEndpointResponse(_message.Message):
    __slots__ = ("endpoint",)
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ...) -> None: ...

class GetEndpointRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ...) -> None: ...

class GetEndpointResponse(_message.Message):
    __slots__ = ("endpoint",)
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ...) -> None: ...

class ListEndpointsRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class ListEndpointsResponse(_message.Message):
    __slots__ = ("endpoints",)
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    endpoints: _containers.RepeatedCompositeFieldContainer[Endpoint]
    def __init__(self, endpoints: _Optional[_Iterable[_Union[Endpoint, _Mapping]]] = ...) -> None: ...

class UpdateEndpointRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id", "name", "provider", "base_url", "verbatim_url", "model", "api_key", "context_tokens", "is_default")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BASE_URL_FIELD_NUMBER: _ClassVar[int]
    VERBATIM_URL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    name: str
    provider: Provider
    base_url: str
    verbatim_url: bool
    model: str
    api_key: str
    context_tokens: int
    is_default: bool
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., name: _Optional[str] = ..., provider: _Optional[_Union[Provider, str]] = ..., base_url: _Optional[str] = ..., verbatim_url: _Optional[bool] = ..., model: _Optional[str] = ..., api_key: _Optional[str] = ..., context_tokens: _Optional[int] = ..., is_default: _Optional[bool] = ...) -> None: ...

class UpdateEndpointResponse(_message.Message):
    __slots__ = ("endpoint",)
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ...) -> None: ...

class DuplicateEndpointRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id", "name")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    name: str
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DuplicateEndpointResponse(_message.Message):
    __slots__ = ("endpoint",)
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    endpoint: Endpoint
    def __init__(self, endpoint: _Optional[_Union[Endpoint, _Mapping]] = ...) -> None: ...

class DeleteEndpointRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ...) -> None: ...

class DeleteEndpointResponse(_message.Message):
    __slots__ = ("modes",)
    MODES_FIELD_NUMBER: _ClassVar[int]
    modes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, modes: _Optional[_Iterable[str]] = ...) -> None: ...

class TestEndpointRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id", "draft")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    draft: EndpointDraft
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., draft: _Optional[_Union[EndpointDraft, _Mapping]] = ...) -> None: ...

class TestEndpointResponse(_message.Message):
    __slots__ = ("test",)
    TEST_FIELD_NUMBER: _ClassVar[int]
    test: EndpointTest
    def __init__(self, test: _Optional[_Union[EndpointTest, _Mapping]] = ...) -> None: ...

class ListEndpointModelsRequest(_message.Message):
    __slots__ = ("tenant", "endpoint_id", "draft")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    endpoint_id: str
    draft: EndpointDraft
    def __init__(self, tenant: _Optional[str] = ..., endpoint_id: _Optional[str] = ..., draft: _Optional[_Union[EndpointDraft, _Mapping]] = ...) -> None: ...

class ListEndpointModelsResponse(_message.Message):
    __slots__ = ("models", "error")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedScalarFieldContainer[str]
    error: str
    def __init__(self, models: _Optional[_Iterable[str]] = ..., error: _Optional[str] = ...) -> None: ...

class Mode(_message.Message):
    __slots__ = ("name", "description", "instructions", "limits", "endpoint_id", "fallback_endpoint_id", "temperature", "max_tokens", "keywords", "target_language", "built_in", "changed", "needs_endpoint", "keeps_segments")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    BUILT_IN_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    NEEDS_ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    KEEPS_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    instructions: str
    limits: Limits
    endpoint_id: str
    fallback_endpoint_id: str
    temperature: float
    max_tokens: int
    keywords: _containers.RepeatedScalarFieldContainer[str]
    target_language: str
    built_in: bool
    changed: bool
    needs_endpoint: bool
    keeps_segments: bool
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., instructions: _Optional[str] = ..., limits: _Optional[_Union[Limits, str]] = ..., endpoint_id: _Optional[str] = ..., fallback_endpoint_id: _Optional[str] = ..., temperature: _Optional[float] = ..., max_tokens: _Optional[int] = ..., keywords: _Optional[_Iterable[str]] = ..., target_language: _Optional[str] = ..., built_in: _Optional[bool] = ..., changed: _Optional[bool] = ..., needs_endpoint: _Optional[bool] = ..., keeps_segments: _Optional[bool] = ...) -> None: ...

class ModeDraft(_message.Message):
    __slots__ = ("name", "description", "instructions", "limits", "endpoint_id", "fallback_endpoint_id", "temperature", "max_tokens", "keywords", "target_language")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    instructions: str
    limits: Limits
    endpoint_id: str
    fallback_endpoint_id: str
    temperature: float
    max_tokens: int
    keywords: _containers.RepeatedScalarFieldContainer[str]
    target_language: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., instructions: _Optional[str] = ..., limits: _Optional[_Union[Limits, str]] = ..., endpoint_id: _Optional[str] = ..., fallback_endpoint_id: _Optional[str] = ..., temperature: _Optional[float] = ..., max_tokens: _Optional[int] = ..., keywords: _Optional[_Iterable[str]] = ..., target_language: _Optional[str] = ...) -> None: ...

class CreateModeRequest(_message.Message):
    __slots__ = ("tenant", "draft")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    draft: ModeDraft
    def __init__(self, tenant: _Optional[str] = ..., draft: _Optional[_Union[ModeDraft, _Mapping]] = ...) -> None: ...

class CreateModeResponse(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: Mode
    def __init__(self, mode: _Optional[_Union[Mode, _Mapping]] = ...) -> None: ...

class GetModeRequest(_message.Message):
    __slots__ = ("tenant", "name")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    name: str
    def __init__(self, tenant: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetModeResponse(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: Mode
    def __init__(self, mode: _Optional[_Union[Mode, _Mapping]] = ...) -> None: ...

class ListModesRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class ListModesResponse(_message.Message):
    __slots__ = ("modes",)
    MODES_FIELD_NUMBER: _ClassVar[int]
    modes: _containers.RepeatedCompositeFieldContainer[Mode]
    def __init__(self, modes: _Optional[_Iterable[_Union[Mode, _Mapping]]] = ...) -> None: ...

class UpdateModeRequest(_message.Message):
    __slots__ = ("tenant", "name", "description", "instructions", "limits", "endpoint_id", "fallback_endpoint_id", "temperature", "max_tokens", "keywords", "target_language")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    name: str
    description: str
    instructions: str
    limits: Limits
    endpoint_id: str
    fallback_endpoint_id: str
    temperature: float
    max_tokens: int
    keywords: Keywords
    target_language: str
    def __init__(self, tenant: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., instructions: _Optional[str] = ..., limits: _Optional[_Union[Limits, str]] = ..., endpoint_id: _Optional[str] = ..., fallback_endpoint_id: _Optional[str] = ..., temperature: _Optional[float] = ..., max_tokens: _Optional[int] = ..., keywords: _Optional[_Union[Keywords, _Mapping]] = ..., target_language: _Optional[str] = ...) -> None: ...

class Keywords(_message.Message):
    __slots__ = ("keywords",)
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    keywords: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, keywords: _Optional[_Iterable[str]] = ...) -> None: ...

class UpdateModeResponse(_message.Message):
    __slots__ = ("mode",)
    MODE_FIELD_NUMBER: _ClassVar[int]
    mode: Mode
    def __init__(self, mode: _Optional[_Union[Mode, _Mapping]] = ...) -> None: ...

class DeleteModeRequest(_message.Message):
    __slots__ = ("tenant", "name")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    name: str
    def __init__(self, tenant: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteModeResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RefineRequest(_message.Message):
    __slots__ = ("tenant", "mode", "text", "segments", "keep_segments", "language", "keywords", "target_language", "strict")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    KEEP_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KEYWORDS_FIELD_NUMBER: _ClassVar[int]
    TARGET_LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    mode: str
    text: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    keep_segments: bool
    language: str
    keywords: _containers.RepeatedScalarFieldContainer[str]
    target_language: str
    strict: bool
    def __init__(self, tenant: _Optional[str] = ..., mode: _Optional[str] = ..., text: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., keep_segments: _Optional[bool] = ..., language: _Optional[str] = ..., keywords: _Optional[_Iterable[str]] = ..., target_language: _Optional[str] = ..., strict: _Optional[bool] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("id", "start", "end", "text")
    ID_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    id: int
    start: float
    end: float
    text: str
    def __init__(self, id: _Optional[int] = ..., start: _Optional[float] = ..., end: _Optional[float] = ..., text: _Optional[str] = ...) -> None: ...

class RefineResponse(_message.Message):
    __slots__ = ("text", "raw_text", "segments", "warnings", "refined", "endpoint_id", "model")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RAW_TEXT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    REFINED_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    text: str
    raw_text: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    warnings: _containers.RepeatedCompositeFieldContainer[RefineWarning]
    refined: bool
    endpoint_id: str
    model: str
    def __init__(self, text: _Optional[str] = ..., raw_text: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[RefineWarning, _Mapping]]] = ..., refined: _Optional[bool] = ..., endpoint_id: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class RefineWarning(_message.Message):
    __slots__ = ("check", "message")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    check: str
    message: str
    def __init__(self, check: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...
