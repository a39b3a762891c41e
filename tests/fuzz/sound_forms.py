"""Hooks for Schemathesis: forms that the gateway has to accept, which takes more than the API's description can say.

Names of models and languages are the server's own, sound is more than bytes, and some fields go only with others.
"""

from typing import Any

import schemathesis
from hypothesis import strategies as st

from gateway.models.served import CONVERSATIONAL, FORMAL, OPENAI_ALIASES
from gateway.speech.form import GRANULARITIES, INCLUDE
from tests.doors.forms import wav
from tests.fakes.web import URL

MEANINGFUL = {
    "model": ["whisper-base", *OPENAI_ALIASES],
    "language": ["en", "DE", "yue", ""],
    "chunking_strategy": ["auto", '{"type":"server_vad","silence_duration_ms":500}', ""],
    "callback_url": ["https://hooks.example/jobs?of=Łódź", ""],
    "url": [URL],
}

EVENT = {
    "type": "object",
    "properties": {
        "data": {
            "anyOf": [
                {"enum": ["[DONE]"]},
                {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": "#/components/schemas/StreamEvent"},
                },
            ]
        }
    },
}
"""An event as Schemathesis reads it; generators of clients know only what its data are."""

schemathesis.openapi.format("binary", st.sampled_from([wav(seconds) for seconds in (0.1, 0.5, 1.7)]))


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    schemas, paths = raw_schema["components"]["schemas"], raw_schema["paths"]
    for form in ("AudioForm", "JobForm", "JobByUrl", "HiSpeechAudioForm"):
        fields = schemas[form]["properties"]
        for name in MEANINGFUL.keys() & fields.keys():
            fields[name]["enum"] = MEANINGFUL[name]
        fields["languages[]"]["items"]["enum"] = MEANINGFUL["language"]
    schemas["HiSpeechAudioForm"]["required"].append("response_format")  # `map_body` can't see which is the default
    paths["/api/v1/transcriptions/upload"]["post"]["parameters"][0]["schema"]["enum"] = [FORMAL, CONVERSATIONAL, ""]
    for path in ("/v1/audio/transcriptions", "/v1/audio/translations"):
        for base in ("", "/api"):
            paths[f"{base}{path}"]["post"]["responses"]["200"]["content"]["text/event-stream"]["schema"] = EVENT


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    if isinstance(body, dict):
        asked = body.get("response_format", "json")
        goes = {"json": "logprobs", "verbose_json": "discarded"}.get(asked, "")
        included = body.get(INCLUDE)
        included = included if isinstance(included, list) else [included]
        fits = {
            INCLUDE: all(each == goes for each in included),
            GRANULARITIES: asked == "verbose_json",
            "callback_transcript": bool(body.get("callback_url")),
        }
        file_last = sorted(body.items(), key=lambda field: field[0] == "file")
        # Fields of its own making are ignored, but for these.
        arrays_without_brackets = {"languages", "keywords", "include", "timestamp_granularities"}
        return {name: value for name, value in file_last if fits.get(name, name not in arrays_without_brackets)}
    return body
