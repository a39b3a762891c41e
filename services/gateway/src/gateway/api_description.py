"""`/openapi.json`: what the API takes and answers, complete enough to generate clients from.

Written by hand, since FastAPI can't see into forms that are parsed as they arrive; the schemas are in `api_schemas`.
"""

from typing import Any

from gateway.api_schemas import SCHEMAS, ref
from gateway.uploads import UploadLimits

VERSION = "1.0.0"
"""Of the API, which is OpenAI's `v1`."""

ERRORS = {
    400: ("InvalidRequest", "The request can't be done as it is; `param` names the field."),
    401: ("Unauthorized", "No API key, or one that does not work here."),
    404: ("ModelNotFound", "There is no such model."),
    405: ("MethodNotAllowed", "Another method is needed; `allow` says which."),
    413: ("BodyTooLarge", "The body is larger than the server takes."),
    429: ("TooManyRequests", "Too much at once, or a limit of the key; `retry-after` says when to come back."),
    500: ("InternalError", "A failure that nobody foresaw; report its x-request-id."),
    503: ("Unavailable", "A part of the server is away; it usually comes back within seconds."),
    504: ("DeadlineExceeded", "It took longer than a request may."),
}
OF_AUDIO = frozenset(ERRORS)
ALWAYS = frozenset({401, 405, 500, 503})

HEADERS: dict[str, Any] = {
    "x-request-id": {"description": "Names this request in the server's log.", "schema": {"type": "string"}},
    "openai-processing-ms": {"description": "How long it took, in milliseconds.", "schema": {"type": "integer"}},
}
RETRY_HEADERS: dict[str, Any] = HEADERS | {
    "x-should-retry": {"description": "Whether another try may end differently.", "schema": {"type": "boolean"}},
    "retry-after": {"description": "Seconds until a try is worthwhile.", "schema": {"type": "integer"}},
}


def describe_api(*, limits: UploadLimits, keys_required: bool) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Earshot",
            "version": VERSION,
            "description": "Speech to text behind OpenAI's audio API: its clients work with another base URL.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"apiKey": []}] if keys_required else [{}, {"apiKey": []}],
        "paths": {
            "/v1/audio/transcriptions": {"post": _audio("createTranscription", "Speech into its own text", limits)},
            "/v1/audio/translations": {"post": _audio("createTranslation", "Speech into English text", limits)},
            "/v1/models": {"get": _listing()},
            "/v1/models/{model}": {"get": _model()},
        },
        "components": {
            "schemas": SCHEMAS,
            "responses": {
                name: _json(meaning, "ErrorEnvelope") | {"headers": RETRY_HEADERS} for name, meaning in ERRORS.values()
            },
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed as soon as the server listens beyond its own machine.",
                }
            },
        },
    }


def _audio(operation: str, summary: str, limits: UploadLimits) -> dict[str, Any]:
    answer = {
        "description": "JSON or text, as response_format says; events when `stream` is true.",
        "headers": HEADERS,
        "content": {
            "application/json": {"schema": ref("AnyTranscription")},
            "text/plain": {"schema": {"type": "string"}},
            "text/event-stream": {"schema": ref("StreamEvent")},
        },
    }
    return {
        "operationId": operation,
        "tags": ["Audio"],
        "summary": summary,
        "description": f"The whole body may have {limits.body_bytes} bytes. Unknown fields are ignored.",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": ref("AudioForm")}}},
        "responses": {"200": answer} | _errors(OF_AUDIO),
    }


def _listing() -> dict[str, Any]:
    return {
        "operationId": "listModels",
        "tags": ["Models"],
        "summary": "The models that this server has for the caller",
        "responses": {"200": _json("The models.", "ModelList")} | _errors(ALWAYS),
    }


def _model() -> dict[str, Any]:
    name = {
        "name": "model",
        "in": "path",
        "required": True,
        "description": "Its id; a slash in it may be written as it is or as %2F.",
        "schema": {"type": "string"},
    }
    return {
        "operationId": "retrieveModel",
        "tags": ["Models"],
        "summary": "One model",
        "parameters": [name],
        "responses": {"200": _json("The model.", "Model")} | _errors(ALWAYS | {404}),
    }


def _json(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": HEADERS,
        "content": {"application/json": {"schema": ref(schema)}},
    }


def _errors(statuses: frozenset[int]) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/{ERRORS[status][0]}"} for status in sorted(statuses)}
