"""What goes over the wire, as schemas of the API's description: forms, answers, events and the error envelope.

Which path takes and gives which is the matter of `api_description`. OpenAPI 3.0, which all generators read.
"""

from enum import StrEnum
from typing import Any

from gateway.chunking import AUTO, SERVER_VAD
from gateway.transcription_form import Include
from speechkit.domain.options import Task
from speechkit.formats import Granularity, ResponseFormat

Schema = dict[str, Any]


def _object(properties: dict[str, Schema], *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {}) | more


def _array(items: Schema, description: str = "", **more: Any) -> Schema:
    return {"type": "array", "items": items} | ({"description": description} if description else {}) | more


def _text(description: str = "", **more: Any) -> Schema:
    return {"type": "string"} | ({"description": description} if description else {}) | more


def _number(description: str = "", **more: Any) -> Schema:
    return {"type": "number", "format": "double"} | ({"description": description} if description else {}) | more


def _choice(kind: type[StrEnum], description: str) -> Schema:
    return _text(description, enum=[each.value for each in kind])


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


INTEGER: Schema = {"type": "integer"}

FORM_FIELDS: dict[str, Schema] = {
    "file": _text(
        "Any container that FFmpeg reads and that has sound; its content decides, not its name.", format="binary"
    ),
    "model": _text("One of the ids that GET /v1/models lists, such as `whisper-1`."),
    "language": _text("The spoken language in ISO 639-1; left out, it is detected."),
    "prompt": _text("Text before the audio, which guides spelling and style.", maxLength=4000),
    "response_format": ref("ResponseFormat"),
    "temperature": _number(
        "0 lets the model sample hotter by itself where a guess looks wrong; another value is the only one tried. "
        "Left out, it is 0 or what this server has set for the model.",
        minimum=0,
        maximum=1,
    ),
    "timestamp_granularities[]": _array(
        ref("Granularity"),
        "With verbose_json: which times to give. `word` alone leaves the segments out; left out, there are segments.",
    ),
    "include[]": _array(ref("Include"), "With json: what else to give."),
    "stream": {
        "type": "boolean",
        "description": "Server-sent events while the file is still being heard: see StreamEvent.",
    },
    "languages[]": _array(
        _text(), "Languages that may be spoken. One is the same as `language`; among several the model decides."
    ),
    "keywords[]": _array(_text(), "Words that are likely, names for example."),
    "chunking_strategy": _text(
        f'`{AUTO}`, or JSON: {{"type":"{SERVER_VAD}","threshold":0.5,"prefix_padding_ms":300,'
        '"silence_duration_ms":200}. Its members may also come as fields, `chunking_strategy[type]` and so on.'
    ),
}
"""Without `default`: generated clients would send it, and overrule what the server has set for a model."""

VERBOSE: dict[str, Schema] = {
    "task": ref("Task"),
    "language": _text("The English name of the language of the text, in lower case."),
    "duration": _number("Seconds of sound."),
    "text": _text(),
    "segments": _array(ref("Segment"), "Left out when only words were asked for."),
    "words": _array(ref("Word"), "When asked for by timestamp_granularities[]."),
}

LANGUAGES = _array(
    ref("TranscriptionLanguage"), "From `gpt-transcribe`, in json: the language that was heard; empty where none was."
)

SCHEMAS: dict[str, Schema] = {
    "AudioForm": _object(FORM_FIELDS, optional=tuple(FORM_FIELDS.keys() - {"file", "model"})),
    "ResponseFormat": _choice(
        ResponseFormat, "`json` and `verbose_json` are JSON, the others plain text. Left out, it is `json`."
    ),
    "Task": _choice(Task, "Which of the two paths was asked."),
    "Granularity": _choice(Granularity, "What has times of its own."),
    "Include": _choice(Include, "`logprobs`: the log probability of each token."),
    "AnyTranscription": {
        "description": "A VerboseTranscription where response_format is verbose_json, else a Transcription.",
        # Not oneOf: whatever has all members of the first has those of the second.
        "anyOf": [ref("VerboseTranscription"), ref("Transcription")],
    },
    "Transcription": _object(
        {
            "text": _text(),
            "logprobs": _array(ref("TokenLogprob"), "When asked for by include[]."),
            "languages": LANGUAGES,
            "usage": ref("UsageDuration"),
        },
        optional=("logprobs", "languages", "usage"),
        description="`usage` is left out of translations.",
    ),
    "VerboseTranscription": _object(
        VERBOSE | {"usage": ref("UsageDuration")},
        optional=("segments", "words", "usage"),
        description="`usage` is left out of translations.",
    ),
    "Segment": _object(
        {
            "id": INTEGER,
            "seek": {"type": "integer", "description": "Where its window begins, in hundredths of a second."},
            "start": _number("Seconds from the start of the file."),
            "end": _number(),
            "text": _text(),
            "tokens": _array(INTEGER),
            "temperature": _number(),
            "avg_logprob": _number(),
            "compression_ratio": _number(),
            "no_speech_prob": _number(
                "Where an engine has none (TensorRT-LLM), the voice detector's measured doubt stands here."
            ),
        }
    ),
    "Word": _object({"word": _text("Without the punctuation around it."), "start": _number(), "end": _number()}),
    "TokenLogprob": _object(
        {
            "token": _text("A part of a character is shown as U+FFFD; `bytes` is exact."),
            "logprob": _number(),
            "bytes": _array(INTEGER),
        }
    ),
    "TranscriptionLanguage": _object({"code": _text("ISO 639-1, such as `en`.")}),
    "UsageDuration": _object(
        {
            "type": _text(enum=["duration"]),
            "seconds": {"type": "integer", "description": "Begun seconds of sound."},
        }
    ),
    "StreamEvent": {
        "description": "The JSON after `data: `; a last line `data: [DONE]` ends the stream, and lines that begin "
        "with a colon are comments. A failure in mid-stream is an ErrorEnvelope.",
        "oneOf": [ref("TextDelta"), ref("TextDone"), ref("ErrorEnvelope")],
    },
    "TextDelta": _object(
        {
            "type": _text(enum=["transcript.text.delta"]),
            "delta": _text("All of them joined are the text of the last event."),
            "logprobs": _array(ref("TokenLogprob")),
        },
        optional=("logprobs",),
    ),
    "TextDone": _object(
        {
            "type": _text(enum=["transcript.text.done"]),
            "text": _text(),
            "logprobs": _array(ref("TokenLogprob")),
            "languages": LANGUAGES,
        }
        | VERBOSE,
        optional=("logprobs", "languages", *(VERBOSE.keys() - {"text"})),
        description="With verbose_json it has what a VerboseTranscription has beside the usage.",
    ),
    "Model": _object(
        {
            "id": _text(),
            "object": _text(enum=["model"]),
            "created": {
                "type": "integer",
                "description": "Unix time at which Whisper was published; the same for all.",
            },
            "owned_by": _text(),
        }
    ),
    "ModelList": _object({"object": _text(enum=["list"]), "data": _array(ref("Model"))}),
    "Error": _object(
        {
            "message": _text("What went wrong and what to do next."),
            "type": _text(),
            "param": _text("The field that it is about.", nullable=True),
            "code": _text("Never changes its meaning.", nullable=True),
        }
    ),
    "ErrorEnvelope": _object({"error": ref("Error"), "usage": ref("UsageDuration")}, optional=("usage",)),
}
