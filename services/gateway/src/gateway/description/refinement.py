"""`/v1/endpoints`, `/v1/modes` and `/v1/refine` as the API's description tells them: paths, and schemas of their own.

What all descriptions share is the matter of `parts`; how they are put together, of `document`.
"""

from typing import Any

from gateway.description.parts import ERRORS, HEADERS, MODE_HEADER, errors, json_answer
from gateway.description.schemas import INTEGER, Schema, array, choice, number, object_of, ref, text
from gateway.refinement.bodies import MOST_SEGMENTS, UINT32_MOST
from gateway.refinement.choice import OnRefineError
from speechkit.domain.endpoints import Provider
from speechkit.domain.modes import ModeLimits

ALWAYS = frozenset({401, 405, 500, 503, 504})
OF_BODIES = frozenset({400, 413})
OF_ASKING = frozenset({429})

REFINEMENT_ERRORS = ERRORS | {
    404: ("NoEndpointOrMode", "There is no such endpoint or mode; another caller's is none."),
    409: ("NameTaken", "Another of the caller's has this name."),
}

_COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": UINT32_MOST}
_YES_OR_NO: Schema = {"type": "boolean"}
_URL = "Left out, the provider's: `http://localhost:1234/v1`, `http://localhost:11434` and so on; `custom` has none."
_PATH = "The URL is taken as it is. Otherwise `/chat/completions` is appended where it is missing."
_KEY = "Sent as `Authorization: Bearer`. Kept sealed and never given back."
_CONTEXT = "How many tokens the model reads and writes together; 0: what the server says, or else 4096."
_TEMPERATURE = number(minimum=0, maximum=2)
_KEYWORDS = array(text(), "Names and terms that an answer must keep.")

_ENDPOINT_MEMBERS: dict[str, Schema] = {
    "name": text("Unique among the caller's; at most 100 characters."),
    "provider": ref("Provider"),
    "base_url": text(_URL),
    "verbatim_url": {"type": "boolean", "description": _PATH},
    "model": text("As the server names it."),
    "api_key": text(_KEY),
    "context_tokens": _COUNT | {"description": _CONTEXT},
}
_PATCHED_ENDPOINT = _ENDPOINT_MEMBERS | {
    "api_key": text("Empty: the key is removed. Left out: it stays."),
    "is_default": {"type": "boolean", "description": "Modes that name no endpoint ask this one."},
}
_MODE_MEMBERS: dict[str, Schema] = {
    "name": text("Unique among the caller's: at most 64 of a-z, 0-9, `-` and `_`."),
    "description": text(),
    "instructions": text("What the model is told to do with a transcript."),
    "limits": ref("ModeLimits"),
    "endpoint_id": text("Empty: the caller's default endpoint."),
    "fallback_endpoint_id": text("Asked where the other fails; empty: none."),
    "temperature": _TEMPERATURE,
    "max_tokens": _COUNT | {"description": "Of one answer; 0: as the length of the transcript asks for."},
    "keywords": _KEYWORDS,
    "target_language": text("ISO 639-1: the language of the answer; empty: that of the speech."),
}

REFINEMENT_SCHEMAS: dict[str, Schema] = {
    "Provider": choice(Provider, "Whose manner of URLs and of lists of models an endpoint has. Left out, `custom`."),
    "ModeLimits": choice(
        ModeLimits,
        "What an answer may do to the words, which is checked. `faithful`: fillers and false starts may go. "
        "`rewriting`: other words, all that was said. `shortening`: less, and nothing else. `translating`: another "
        "language. `subtitles`: as faithful, cue by cue.",
    ),
    "EndpointBody": object_of(_ENDPOINT_MEMBERS, optional=tuple(_ENDPOINT_MEMBERS), additionalProperties=False),
    "EndpointPatch": object_of(_PATCHED_ENDPOINT, optional=tuple(_PATCHED_ENDPOINT), additionalProperties=False),
    "EndpointDuplicate": object_of(
        {"name": text("Left out, that of the first with `copy` behind it.")},
        optional=("name",),
        additionalProperties=False,
    ),
    "Endpoint": object_of(
        {
            "id": text(),
            "object": text(enum=["endpoint"]),
            "name": text(),
            "provider": ref("Provider"),
            "base_url": text(),
            "verbatim_url": _YES_OR_NO,
            "chat_url": text("Where transcripts are posted to."),
            "model": text(),
            "context_tokens": INTEGER,
            "has_api_key": _YES_OR_NO,
            "is_default": _YES_OR_NO,
            "last_test": {
                "nullable": True,
                "description": "Null until it was tested, and after its URL has changed.",
                "allOf": [ref("EndpointTest")],
            },
            "created_at": INTEGER,
        }
    ),
    "EndpointList": object_of({"object": text(enum=["list"]), "data": array(ref("Endpoint"), "By name.")}),
    "EndpointTest": object_of(
        {
            "object": text(enum=["endpoint.test"]),
            "passed": _YES_OR_NO,
            "reply": text("What the model said.", nullable=True),
            "error": text("Why it did not pass, and what to do about it.", nullable=True),
            "tested_at": INTEGER,
        }
    ),
    "EndpointDeleted": object_of(
        {
            "id": text(),
            "object": text(enum=["endpoint"]),
            "deleted": _YES_OR_NO,
            "modes_needing_endpoint": array(text(), "Modes that used it, and need another one now."),
        }
    ),
    "EndpointModels": object_of(
        {
            "object": text(enum=["list"]),
            "data": array(object_of({"id": text(), "object": text(enum=["model"])}), "Names to pick from."),
            "error": text("Why there is none; any name can be used all the same.", nullable=True),
        }
    ),
    "ModeBody": object_of(_MODE_MEMBERS, optional=tuple(_MODE_MEMBERS.keys() - {"name"}), additionalProperties=False),
    "ModePatch": object_of(
        {name: schema for name, schema in _MODE_MEMBERS.items() if name != "name"},
        optional=tuple(_MODE_MEMBERS),
        additionalProperties=False,
    ),
    "Mode": object_of(
        _MODE_MEMBERS
        | {
            "object": text(enum=["mode"]),
            "endpoint_id": text("Null: the caller's default endpoint.", nullable=True),
            "fallback_endpoint_id": text("Asked where the other fails.", nullable=True),
            "target_language": text("ISO 639-1; null: that of the speech.", nullable=True),
            "max_tokens": INTEGER,
            "temperature": number(),
            "built_in": _YES_OR_NO,
            "changed": {"type": "boolean", "description": "A built-in mode is another for this caller."},
            "needs_endpoint": {"type": "boolean", "description": "There is no endpoint for it."},
            "keeps_segments": {
                "type": "boolean",
                "description": "Subtitles and segments can be refined with it, in their times.",
            },
        }
    ),
    "ModeList": object_of(
        {"object": text(enum=["list"]), "data": array(ref("Mode"), "The built-in ones, then the caller's by name.")}
    ),
    "ModeDeleted": object_of(
        {"name": text(), "object": text(enum=["mode"]), "deleted": _YES_OR_NO},
        description="A built-in mode is from then on as it was at first.",
    ),
    "RefineSegment": object_of(
        {
            "id": _COUNT | {"description": "Unique among the segments."},
            "start": number("In seconds.", minimum=0),
            "end": number(minimum=0),
            "text": text(),
        },
        optional=("start", "end"),
        additionalProperties=False,
    ),
    "RefineBody": object_of(
        {
            "mode": text("One of those that GET /v1/modes lists; the header may name it instead."),
            "text": text("What is to be refined."),
            "segments": array(
                ref("RefineSegment"), "In place of `text`: each is refined in its place.", maxItems=MOST_SEGMENTS
            ),
            "language": text("Of the text in ISO 639-1, if known."),
            "keywords": _KEYWORDS,
            "target_language": text("Of the answer; left out, as the mode has it."),
            "on_refine_error": ref("OnRefineError"),
        },
        optional=("mode", "text", "segments", "language", "keywords", "target_language", "on_refine_error"),
        additionalProperties=False,
    ),
    "Refined": object_of(
        {
            "text": text(),
            "raw_text": text("As it came in."),
            "segments": array(ref("RefineSegment"), "Where segments came in: all of them, in order."),
            "refined": {"type": "boolean", "description": "The text is, in part at least, an endpoint's."},
            "warnings": array(ref("RefineWarning"), "Why the text, or a part of it, is raw."),
            "endpoint_id": text("Of the endpoint that answered.", nullable=True),
            "model": text("That answered.", nullable=True),
        },
        optional=("segments",),
    ),
    "OnRefineError": choice(OnRefineError, "`raw`, if left out: the raw text with a warning. `fail`: an error."),
    "RefineWarning": object_of(
        {"check": text("Never changes its meaning."), "message": text("In words; none of the transcript's.")}
    ),
}


def refinement_paths() -> dict[str, Any]:
    endpoint = [_parameter("endpoint_id", text("As POST /v1/endpoints gave it."))]
    mode = [_parameter("mode", text("Its name."))]
    draft, patch = _body("EndpointBody"), _body("EndpointPatch")
    deleted, models = json_answer("It is gone.", "EndpointDeleted"), json_answer("Its models.", "EndpointModels")
    test = json_answer("What became of it.", "EndpointTest")
    return {
        "/v1/endpoints": {
            "post": _operation(
                "createEndpoint", "Save a chat endpoint", ok=_made("Endpoint"), body=draft, also={409}, status=201
            ),
            "get": _operation("listEndpoints", "The caller's endpoints", ok=json_answer("All.", "EndpointList")),
        },
        "/v1/endpoints/test": {
            "post": _operation(
                "testEndpointDraft", "Test an endpoint before it is saved", ok=test, body=draft, asks=True
            )
        },
        "/v1/endpoints/models": {
            "post": _operation(
                "listDraftModels", "Models of a server before it is saved", ok=models, body=draft, asks=True
            )
        },
        "/v1/endpoints/{endpoint_id}": {
            "get": _operation("retrieveEndpoint", "One endpoint", endpoint, ok=json_answer("It.", "Endpoint")),
            "patch": _operation(
                "updateEndpoint",
                "Change what is named of an endpoint",
                endpoint,
                ok=json_answer("As it is now.", "Endpoint"),
                body=patch,
                also={409},
            ),
            "delete": _operation("deleteEndpoint", "Delete an endpoint and its key", endpoint, ok=deleted),
        },
        "/v1/endpoints/{endpoint_id}/duplicate": {
            "post": _operation(
                "duplicateEndpoint",
                "The same endpoint, key and test included, under another name",
                endpoint,
                ok=_made("Endpoint"),
                body=_body("EndpointDuplicate", required=False),
                also={409},
                status=201,
            )
        },
        "/v1/endpoints/{endpoint_id}/test": {
            "post": _operation("testEndpoint", "Have an endpoint say hello", endpoint, ok=test, asks=True)
        },
        "/v1/endpoints/{endpoint_id}/models": {
            "get": _operation(
                "listEndpointModels", "The models of an endpoint's server", endpoint, ok=models, asks=True
            )
        },
        "/v1/modes": {
            "post": _operation(
                "createMode", "Save a mode", ok=_made("Mode"), body=_body("ModeBody"), also={404, 409}, status=201
            ),
            "get": _operation("listModes", "The modes that the caller can name", ok=json_answer("All.", "ModeList")),
        },
        "/v1/modes/{mode}": {
            "get": _operation("retrieveMode", "One mode", mode, ok=json_answer("It.", "Mode")),
            "patch": _operation(
                "updateMode",
                "Change what is named of a mode; a built-in one is changed for this caller alone",
                mode,
                ok=json_answer("As it is now.", "Mode"),
                body=_body("ModePatch"),
            ),
            "delete": _operation("deleteMode", "Delete a mode", mode, ok=json_answer("It is gone.", "ModeDeleted")),
        },
        "/v1/refine": {
            "post": _operation(
                "refine",
                "Text in, refined text out",
                [MODE_HEADER],
                ok=json_answer("Whatever went wrong: the raw text with a warning.", "Refined"),
                body=_body("RefineBody"),
                also={404, 502},
                asks=True,
            )
        },
    }


def _operation(
    name: str,
    summary: str,
    parameters: list[dict[str, Any]] | None = None,
    *,
    ok: dict[str, Any],
    body: dict[str, Any] | None = None,
    also: set[int] | None = None,
    asks: bool = False,
    status: int = 200,
) -> dict[str, Any]:
    """`asks` says that it speaks to an endpoint, and so counts against the key's limits."""
    statuses = ALWAYS | (also or set())
    if parameters:
        statuses |= {404}
    if body:
        statuses |= OF_BODIES
    if asks:
        statuses |= OF_ASKING
    operation: dict[str, Any] = {"operationId": name, "tags": ["Refinement"], "summary": summary}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = body
    return operation | {"responses": {str(status): ok} | errors(statuses, table=REFINEMENT_ERRORS)}


def _made(schema: str) -> dict[str, Any]:
    location = {"location": {"description": "Where it is.", "schema": {"type": "string"}}}
    return json_answer("It is saved.", schema) | {"headers": HEADERS | location}


def _body(schema: str, *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": ref(schema)}}}


def _parameter(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}
