"""`/openapi.json`: what the API takes and answers, complete enough to generate clients from.

Written by hand, since FastAPI can't see into forms that are parsed as they arrive; the schemas are in `schemas`.
"""

from typing import Any

from gateway.description.hispeech import HISPEECH_SCHEMAS, SECURITY_SCHEMES, hispeech_paths
from gateway.description.jobs import JOB_ERRORS, JOB_SCHEMAS, job_paths
from gateway.description.parts import ERRORS, HEADERS, RETRY_HEADERS, errors, json_answer
from gateway.description.refinement import REFINEMENT_ERRORS, REFINEMENT_SCHEMAS, refinement_paths
from gateway.description.schemas import SCHEMAS, ref
from gateway.description.uploads import UPLOAD_ERRORS, upload_paths
from gateway.intake.forms import UploadLimits
from gateway.models.served import FORMAL

VERSION = "1.0.0"
"""Of the API, which is OpenAI's `v1`."""

OF_AUDIO = frozenset(ERRORS)
ALWAYS = frozenset({401, 405, 500, 503})


def describe_api(*, limits: UploadLimits, job_limits: UploadLimits, keys_required: bool) -> dict[str, Any]:
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
            **job_paths(job_limits),
            **upload_paths(job_limits),
            **refinement_paths(),
            "/v1/models": {"get": _listing("listModels")},
            "/v1/models/{model}": {"get": _model("retrieveModel")},
            **hispeech_paths(job_limits, keys_required=keys_required),
            "/api/v1/audio/transcriptions": {"post": _verbose_audio("createVerboseTranscription", "own text", limits)},
            "/api/v1/audio/translations": {"post": _verbose_audio("createVerboseTranslation", "English text", limits)},
            "/api/v1/models": {"get": _listing("listModelsForHiSpeech")},
            "/api/v1/models/{model}": {"get": _model("retrieveModelForHiSpeech")},
        },
        "components": {
            "schemas": SCHEMAS | JOB_SCHEMAS | HISPEECH_SCHEMAS | REFINEMENT_SCHEMAS,
            "responses": {
                name: json_answer(meaning, "ErrorEnvelope") | {"headers": RETRY_HEADERS}
                for table in (ERRORS, JOB_ERRORS, UPLOAD_ERRORS, REFINEMENT_ERRORS)
                for name, meaning in table.values()
            },
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Needed as soon as the server listens beyond its own machine.",
                }
            }
            | SECURITY_SCHEMES,
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
        # The header x-earshot-mode is only told of: as a parameter it would change the signatures of generated clients.
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": ref("AudioForm")}}},
        "responses": {"200": answer} | errors(OF_AUDIO),
    }


def _verbose_audio(operation: str, into: str, limits: UploadLimits) -> dict[str, Any]:
    """The same with other defaults."""
    described = _audio(operation, f"Speech into {into}, for programs written for the HiSpeech API", limits)
    described["description"] += f" Left out, model is `{FORMAL}` and response_format `verbose_json`."
    described["requestBody"]["content"]["multipart/form-data"]["schema"] = ref("HiSpeechAudioForm")
    return described


def _listing(operation: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "tags": ["Models"],
        "summary": "The models that this server has for the caller",
        "responses": {"200": json_answer("The models.", "ModelList")} | errors(ALWAYS),
    }


def _model(operation: str) -> dict[str, Any]:
    name = {
        "name": "model",
        "in": "path",
        "required": True,
        "description": "Its id; a slash in it may be written as it is or as %2F.",
        "schema": {"type": "string"},
    }
    return {
        "operationId": operation,
        "tags": ["Models"],
        "summary": "One model",
        "parameters": [name],
        "responses": {"200": json_answer("The model.", "Model")} | errors(ALWAYS | {404}),
    }
