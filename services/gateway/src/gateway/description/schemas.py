"""What goes over the wire, as schemas of the API's description: forms, answers, events and the error envelope.

Which path takes and gives which is the matter of `document`. OpenAPI 3.0, which all generators read.
"""

from enum import StrEnum
from typing import Any

from gateway.speech.chunking import AUTO, SERVER_VAD
from gateway.speech.form import Include
from speechkit.domain.guards import Guard
from speechkit.domain.options import Task
from speechkit.formats import Granularity, ResponseFormat

Schema = dict[str, Any]


def object_of(properties: dict[str, Schema], *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {}) | more


def array(items: Schema, description: str = "", **more: Any) -> Schema:
    return {"type": "array", "items": items} | ({"description": description} if description else {}) | more


def text(description: str = "", **more: Any) -> Schema:
    return {"type": "string"} | ({"description": description} if description else {}) | more


def number(description: str = "", **more: Any) -> Schema:
    return {"type": "number", "format": "double"} | ({"description": description} if description else {}) | more


def choice(kind: type[StrEnum], description: str) -> Schema:
    return text(description, enum=[each.value for each in kind])


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


INTEGER: Schema = {"type": "integer"}

FORM_FIELDS: dict[str, Schema] = {
    "file": text(
        "Any container that FFmpeg reads and that has sound; its content decides, not its name.", format="binary"
    ),
    "model": text("One of the ids that GET /v1/models lists, such as `whisper-1`."),
    "language": text("The spoken language in ISO 639-1; left out, it is detected."),
    "prompt": text("Text before the audio, which guides spelling and style.", maxLength=4000),
    "response_format": ref("ResponseFormat"),
    "temperature": number(
        "0 lets the model sample hotter by itself where a guess looks wrong; another value is the only one tried. "
        "Left out, it is 0 or what this server has set for the model.",
        minimum=0,
        maximum=1,
    ),
    "timestamp_granularities[]": array(
        ref("Granularity"),
        "With verbose_json: which times to give. `word` alone leaves the segments out; left out, there are segments.",
    ),
    "include[]": array(ref("Include"), "What else to give: `logprobs` with json, `discarded` with verbose_json."),
    "stream": {
        "type": "boolean",
        "description": "Server-sent events while the file is still being heard: see StreamEvent.",
    },
    "languages[]": array(
        text(), "Languages that may be spoken. One is the same as `language`; among several the model decides."
    ),
    "keywords[]": array(text(), "Words that are likely, names for example."),
    "mode": text(
        "Refine the text by this mode: one of those that GET /v1/modes lists. The answer has both texts. Programs that "
        "can't send the field may name it in the header `x-earshot-mode`."
    ),
    "on_refine_error": ref("OnRefineError"),
    "chunking_strategy": text(
        f'`{AUTO}`, or JSON: {{"type":"{SERVER_VAD}","threshold":0.5,"prefix_padding_ms":300,'
        '"silence_duration_ms":200}. Its members may also come as fields, `chunking_strategy[type]` and so on.'
    ),
}
"""Without `default`: generated clients would send it, and overrule what the server has set for a model."""

REFINEMENT: dict[str, Schema] = {
    "raw_text": text("Where a mode refined the text: what was heard."),
    "warnings": array(ref("RefineWarning"), "Why the text, or a part of it, is raw although a mode was to refine it."),
}

VERBOSE: dict[str, Schema] = {
    "task": ref("Task"),
    "language": text("The English name of the language of the text, in lower case."),
    "duration": number("Seconds of sound."),
    "text": text(),
    **REFINEMENT,
    "segments": array(ref("Segment"), "Left out when only words were asked for."),
    "words": array(ref("Word"), "When asked for by timestamp_granularities[]."),
    "discarded": array(ref("Discarded"), "When asked for by include[]: what the model wrote and no guard believed."),
}

LANGUAGES = array(
    ref("TranscriptionLanguage"), "From `gpt-transcribe`, in json: the language that was heard; empty where none was."
)

SCHEMAS: dict[str, Schema] = {
    "AudioForm": object_of(FORM_FIELDS, optional=tuple(FORM_FIELDS.keys() - {"file", "model"})),
    "ResponseFormat": choice(
        ResponseFormat, "`json` and `verbose_json` are JSON, the others plain text. Left out, it is `json`."
    ),
    "Task": choice(Task, "Which of the two paths was asked."),
    "Granularity": choice(Granularity, "What has times of its own."),
    "Include": choice(
        Include,
        "`logprobs`, with json: the log probability of each token. `discarded`, with verbose_json: what the guards "
        "against invented text took out.",
    ),
    "AnyTranscription": {
        "description": "A VerboseTranscription where response_format is verbose_json, else a Transcription.",
        # Not oneOf: whatever has all members of the first has those of the second.
        "anyOf": [ref("VerboseTranscription"), ref("Transcription")],
    },
    "Transcription": object_of(
        {
            "text": text(),
            **REFINEMENT,
            "logprobs": array(ref("TokenLogprob"), "When asked for by include[]."),
            "languages": LANGUAGES,
            "usage": ref("UsageDuration"),
        },
        optional=("logprobs", "languages", "usage", *REFINEMENT),
        description="`usage` is left out of translations.",
    ),
    "VerboseTranscription": object_of(
        VERBOSE | {"usage": ref("UsageDuration")},
        optional=("segments", "words", "discarded", "usage", *REFINEMENT),
        description="`usage` is left out of translations.",
    ),
    "Segment": object_of(
        {
            "id": INTEGER,
            "seek": {"type": "integer", "description": "Where its window begins, in hundredths of a second."},
            "start": number("Seconds from the start of the file."),
            "end": number(),
            "text": text(),
            "tokens": array(INTEGER),
            "temperature": number(),
            "avg_logprob": number("Null where an engine can't say: a text that TensorRT-LLM sampled.", nullable=True),
            "compression_ratio": number(),
            "no_speech_prob": number(
                "Where an engine has none (TensorRT-LLM), the voice detector's measured doubt stands here."
            ),
        }
    ),
    "Word": object_of({"word": text("Without the punctuation around it."), "start": number(), "end": number()}),
    "Discarded": object_of(
        {
            "start": number("Seconds from the start of the file."),
            "end": number(),
            "text": text(),
            "guard": choice(Guard, "What took it out."),
        }
    ),
    "TokenLogprob": object_of(
        {
            "token": text("A part of a character is shown as U+FFFD; `bytes` is exact."),
            "logprob": number(),
            "bytes": array(INTEGER),
        }
    ),
    "TranscriptionLanguage": object_of({"code": text("ISO 639-1, such as `en`.")}),
    "UsageDuration": object_of(
        {
            "type": text(enum=["duration"]),
            "seconds": {"type": "integer", "description": "Begun seconds of sound."},
        }
    ),
    "StreamEvent": {
        "description": "The JSON after `data: `; a last line `data: [DONE]` ends the stream, and lines that begin "
        "with a colon are comments. A failure in mid-stream is an ErrorEnvelope.",
        "oneOf": [ref("TextDelta"), ref("TextDone"), ref("ErrorEnvelope")],
    },
    "TextDelta": object_of(
        {
            "type": text(enum=["transcript.text.delta"]),
            "delta": text(
                "All of them joined are the text of the last event, or its raw_text where a mode refined that."
            ),
            "logprobs": array(ref("TokenLogprob")),
        },
        optional=("logprobs",),
    ),
    "TextDone": object_of(
        {
            "type": text(enum=["transcript.text.done"]),
            "text": text(),
            "logprobs": array(ref("TokenLogprob")),
            "languages": LANGUAGES,
        }
        | VERBOSE,
        optional=("logprobs", "languages", *(VERBOSE.keys() - {"text"})),
        description="With verbose_json it has what a VerboseTranscription has beside the usage.",
    ),
    "Model": object_of(
        {
            "id": text(),
            "object": text(enum=["model"]),
            "created": {
                "type": "integer",
                "description": "Unix time at which Whisper was published; the same for all.",
            },
            "owned_by": text(),
        }
    ),
    "ModelList": object_of({"object": text(enum=["list"]), "data": array(ref("Model"))}),
    "Error": object_of(
        {
            "message": text("What went wrong and what to do next."),
            "type": text(),
            "param": text("The field that it is about.", nullable=True),
            "code": text("Never changes its meaning.", nullable=True),
        }
    ),
    "ErrorEnvelope": object_of({"error": ref("Error"), "usage": ref("UsageDuration")}, optional=("usage",)),
}
