"""The HiSpeech-style API as the API's description tells it: its paths, and the schemas that only they use.

What all descriptions share is the matter of `parts`; how they are put together, of `document`.
"""

from typing import Any

from gateway.description.parts import ERRORS, MODE_HEADER, RETRY_HEADERS, json_answer
from gateway.description.schemas import FORM_FIELDS, REFINEMENT, Schema, array, object_of, ref, text
from gateway.edge.hispeech_wire import AUTH_TOKEN, PATHS
from gateway.intake.forms import UploadLimits
from gateway.models.served import CONVERSATIONAL, FORMAL
from speechkit.domain.jobs import DEFAULT_TTL_SECONDS, LONGEST_TTL_SECONDS

MEANINGS = {status: meaning for status, (_, meaning) in ERRORS.items()} | {
    404: "There is no such job or model, or the transcript of a secure job is gone; the message says which.",
    409: "The job was cancelled before it had a transcript.",
}
OF_UPLOADS = (400, 401, 404, 405, 409, 413, 429, 500, 502, 503, 504)
OF_STATUS = (401, 404, 405, 429, 500, 503)
OF_DELETION = (400, 401, 404, 405, 500, 503)

SECURITY_SCHEMES: dict[str, Schema] = {
    "authToken": {
        "type": "apiKey",
        "in": "header",
        "name": AUTH_TOKEN,
        "description": f"The same keys, as programs written for the HiSpeech API send them below {PATHS}.",
    }
}

UPLOAD_FIELDS: dict[str, Schema] = {
    "wait_for_result": {
        "type": "boolean",
        "description": "Whether the answer is the transcript, for short audio; else it is the id of a job.",
    },
    "secure_mode": {
        "type": "boolean",
        "description": "Nothing is stored: audio and transcript are in memory alone, and the transcript is read once. "
        "Best sent before the file.",
    },
    "ttl": {
        "type": "integer",
        "minimum": 1,
        "maximum": LONGEST_TTL_SECONDS,
        "description": "In secure mode: seconds that an unread transcript is there, "
        f"{DEFAULT_TTL_SECONDS} if left out. Ignored otherwise.",
    },
    "return_word_timestamps": {"type": "boolean", "description": "Whether to give each word's times."},
    "mode": FORM_FIELDS["mode"],
    "on_refine_error": FORM_FIELDS["on_refine_error"],
    "file": FORM_FIELDS["file"],
}

_JOB_ID = text("Of the job.")
_SECONDS: Schema = {"type": "integer", "description": "Begun seconds of sound."}
_YES_OR_NO: Schema = {"type": "boolean"}
_REFINEMENT: dict[str, Schema] = {
    "raw_transcription": REFINEMENT["raw_text"],
    "warnings": REFINEMENT["warnings"],
}
_WORDS = array(ref("Word"), "When asked for by return_word_timestamps.")

HISPEECH_SCHEMAS: dict[str, Schema] = {
    "HiSpeechUpload": object_of(UPLOAD_FIELDS, optional=tuple(UPLOAD_FIELDS.keys() - {"file"})),
    "HiSpeechAccepted": object_of(
        {
            "job_id": _JOB_ID,
            "error": text(nullable=True),
            "success": _YES_OR_NO,
            "secure_mode": _YES_OR_NO,
            "return_word_timestamps": _YES_OR_NO,
            "status": {"type": "integer", "description": "200."},
            "transcription": text("When waited for."),
            "audio_duration": _SECONDS,
            "words": _WORDS,
            **_REFINEMENT,
            "ttl": {"type": "integer", "description": "In secure mode."},
        },
        optional=("transcription", "audio_duration", "words", "ttl", *_REFINEMENT),
    ),
    "HiSpeechStatus": object_of(
        {
            "job_id": _JOB_ID,
            "status": text(enum=["processing", "completed", "failed"]),
            "audio_duration": _SECONDS,
            "title": text("The first sentence."),
            "transcription": text("Once completed; in secure mode this is its one read."),
            "words": _WORDS,
            **_REFINEMENT,
            "error": text("Why it failed."),
            "secure_mode": _YES_OR_NO,
        },
        optional=("audio_duration", "title", "transcription", "words", "error", *_REFINEMENT),
    ),
    "HiSpeechDeletion": object_of({"transcription_id": text("The id of the job.", minLength=1)}),
    "HiSpeechDeleted": object_of({"success": _YES_OR_NO, "message": text()}),
    "HiSpeechError": object_of(
        {
            "job_id": text("Of a job that was waited for in vain.", nullable=True),
            "error": text("What went wrong and what to do next."),
            "success": _YES_OR_NO,
            "status": {"type": "integer", "description": "The same as that of HTTP."},
        }
    ),
    "HiSpeechAudioForm": object_of(FORM_FIELDS, optional=tuple(FORM_FIELDS.keys() - {"file"})),
}


def hispeech_paths(limits: UploadLimits, *, keys_required: bool) -> dict[str, Any]:
    keys: list[dict[str, list[str]]] = [{"authToken": []}, {"apiKey": []}]
    security = keys if keys_required else [{}, *keys]
    return {
        f"{PATHS}/upload": {"post": _upload(limits) | {"security": security}},
        f"{PATHS}/transcription-status/{{job_id}}": {"get": _status() | {"security": security}},
        PATHS: {"delete": _deletion() | {"security": security}},
    }


def _upload(limits: UploadLimits) -> dict[str, Any]:
    meaning = f"The model, by its served name: `{FORMAL}` (formal, the default) or `{CONVERSATIONAL}` (conversational)."
    return {
        "operationId": "uploadTranscription",
        "tags": ["HiSpeech"],
        "summary": "Speech into text, now or later",
        "description": f"The whole body may have {limits.body_bytes} bytes. Unknown fields are ignored.",
        "parameters": [
            {"name": "stt_model", "in": "query", "required": False, "schema": text(meaning)},
            MODE_HEADER,
        ],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": ref("HiSpeechUpload")}}},
        "responses": {"200": json_answer("The job, or its transcript.", "HiSpeechAccepted")} | _refusals(OF_UPLOADS),
    }


def _status() -> dict[str, Any]:
    return {
        "operationId": "transcriptionStatus",
        "tags": ["HiSpeech"],
        "summary": "How far a job is, and its transcript",
        "description": "Ask about once a minute: there is a limit for each hour.",
        "parameters": [{"name": "job_id", "in": "path", "required": True, "schema": _JOB_ID}],
        "responses": {"200": json_answer("The job.", "HiSpeechStatus")} | _refusals(OF_STATUS),
    }


def _deletion() -> dict[str, Any]:
    return {
        "operationId": "deleteTranscription",
        "tags": ["HiSpeech"],
        "summary": "Delete a job with its audio and its transcript",
        "requestBody": {"required": True, "content": {"application/json": {"schema": ref("HiSpeechDeletion")}}},
        "responses": {"200": json_answer("It is gone.", "HiSpeechDeleted")} | _refusals(OF_DELETION),
    }


def _refusals(statuses: tuple[int, ...]) -> dict[str, Any]:
    return {
        str(status): json_answer(MEANINGS[status], "HiSpeechError") | {"headers": RETRY_HEADERS} for status in statuses
    }
