"""Hooks for Schemathesis: forms that the gateway has to accept, which takes more than the API's description can say.

Names of models and languages are the server's own, sound is more than bytes, and some fields go only with others.
"""

from typing import Any

import schemathesis
from hypothesis import strategies as st

from gateway.served_models import OPENAI_ALIASES
from gateway.transcription_form import GRANULARITIES, INCLUDE
from tests.doors.forms import wav

MEANINGFUL = {
    "model": ["whisper-base", *OPENAI_ALIASES],
    "language": ["en", "DE", "yue", ""],
    "chunking_strategy": ["auto", '{"type":"server_vad","silence_duration_ms":500}', ""],
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
    for form in ("AudioForm", "JobForm"):
        fields = raw_schema["components"]["schemas"][form]["properties"]
        for name in MEANINGFUL.keys() & fields.keys():
            fields[name]["enum"] = MEANINGFUL[name]
        fields["languages[]"]["items"]["enum"] = MEANINGFUL["language"]
    for path in ("/v1/audio/transcriptions", "/v1/audio/translations"):
        raw_schema["paths"][path]["post"]["responses"]["200"]["content"]["text/event-stream"]["schema"] = EVENT


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    if isinstance(body, dict):
        asked = body.get("response_format", "json")
        fits = {INCLUDE: asked == "json", GRANULARITIES: asked == "verbose_json"}
        file_last = sorted(body.items(), key=lambda field: field[0] == "file")
        return {name: value for name, value in file_last if fits.get(name, True)}
    return body
