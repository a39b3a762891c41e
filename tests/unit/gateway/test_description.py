"""/openapi.json says what the gateway does, and /docs shows it without fetching anything."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.speech.form import GRANULARITIES, INCLUDE, LANGUAGES
from speechkit.domain.errors import Reason
from speechkit.runtime.error_tables import HTTP_ERRORS
from tests.doors.events import DONE, read_events
from tests.doors.forms import wav
from tests.doors.keyed_gateway import KeyedGateway

Schema = dict[str, Any]
NOT_OF_AUDIO = {
    Reason.CANCELLED,
    Reason.IDEMPOTENCY_CONFLICT,
    Reason.JOB_NOT_COMPLETED,
    Reason.JOB_NOT_FOUND,
    Reason.NAME_TAKEN,
    Reason.UPLOAD_CONFLICT,
    Reason.UPLOAD_NOT_FOUND,
}
"""Nobody is there to read the first, and only jobs, uploads, endpoints and modes have the others."""

AUDIO_PATHS = ("/v1/audio/transcriptions", "/v1/audio/translations")


@pytest.fixture
async def description(client: httpx.AsyncClient) -> Schema:
    response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    body: Schema = response.json()
    return body


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def check(value: Any, schema: Schema, description: Schema) -> None:
    """The value has what the schema requires, of the right types, and nothing that it does not know."""
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    match schema["type"]:
        case "object":
            assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
            for name, member in value.items():
                check(member, schema["properties"][name], description)
        case "array":
            for item in value:
                check(item, schema["items"], description)
        case kind:
            types: dict[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float)}
            assert isinstance(value, types[kind]) or (value is None and schema.get("nullable"))
            assert value in schema.get("enum", [value])


async def test_every_reference_leads_somewhere(description: Schema) -> None:
    components = description["components"]
    there = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
    assert set(references(description)) == there, "each is there, and each is used"


async def test_a_key_is_demanded_exactly_where_the_server_asks_for_keys(description: Schema) -> None:
    """So that whoever generates a client is told, and a client of a server without keys can do without."""
    assert description["security"] == [{}, {"apiKey": []}]
    async with KeyedGateway().client() as client:
        assert (await client.get("/openapi.json")).json()["security"] == [{"apiKey": []}]


@pytest.mark.parametrize("path", AUDIO_PATHS)
async def test_every_status_that_a_failure_can_have_is_documented(description: Schema, path: str) -> None:
    documented = {int(status) for status in description["paths"][path]["post"]["responses"]}
    assert documented == {200} | {http.status for reason, http in HTTP_ERRORS.items() if reason not in NOT_OF_AUDIO}


async def test_fields_are_those_that_the_form_reads(description: Schema) -> None:
    fields = description["components"]["schemas"]["AudioForm"]["properties"]
    assert {GRANULARITIES, INCLUDE, LANGUAGES, "keywords[]", "chunking_strategy", "stream"} < set(fields)


@pytest.mark.parametrize("path", AUDIO_PATHS)
@pytest.mark.parametrize(
    ("fields", "schema"),
    [
        ({}, "Transcription"),
        ({"include[]": "logprobs"}, "Transcription"),
        ({"response_format": "verbose_json"}, "VerboseTranscription"),
        ({"response_format": "verbose_json", GRANULARITIES: ["word", "segment"]}, "VerboseTranscription"),
        ({"language": "klingon"}, "ErrorEnvelope"),
        ({"model": "nobody"}, "ErrorEnvelope"),
    ],
)
async def test_answers_are_what_the_description_says(
    client: httpx.AsyncClient, description: Schema, path: str, fields: dict[str, str | list[str]], schema: str
) -> None:
    data = {"model": "whisper-1"} | fields
    response = await client.post(path, data=data, files={"file": ("speech.wav", wav(1))})
    check(response.json(), {"$ref": schema}, description)
    assert str(response.status_code) in description["paths"][path]["post"]["responses"]


async def test_events_are_what_the_description_says(client: httpx.AsyncClient, description: Schema) -> None:
    data = {"model": "whisper-1", "stream": "true", "include[]": "logprobs"}
    response = await client.post(AUDIO_PATHS[0], data=data, files={"file": ("speech.wav", wav(1))})
    delta, done, end = read_events(response.content)
    check(delta, {"$ref": "TextDelta"}, description)
    check(done, {"$ref": "TextDone"}, description)
    assert end == DONE


async def test_last_event_of_verbose_json_is_what_the_description_says(
    client: httpx.AsyncClient, description: Schema
) -> None:
    data = {"model": "whisper-1", "stream": "true", "response_format": "verbose_json", GRANULARITIES: ["word"]}
    response = await client.post(AUDIO_PATHS[0], data=data, files={"file": ("speech.wav", wav(1))})
    *_, done, end = read_events(response.content)
    check(done, {"$ref": "TextDone"}, description)
    assert {"text", "words", "duration"} <= set(done)
    assert end == DONE


async def test_models_are_what_the_description_says(client: httpx.AsyncClient, description: Schema) -> None:
    check((await client.get("/v1/models")).json(), {"$ref": "ModelList"}, description)
    check((await client.get("/v1/models/whisper-1")).json(), {"$ref": "Model"}, description)
    check((await client.get("/v1/models/nobody")).json(), {"$ref": "ErrorEnvelope"}, description)


async def test_the_page_for_people_has_every_field_and_loads_nothing(
    client: httpx.AsyncClient, description: Schema
) -> None:
    page = (await client.get("/docs")).text
    for path in description["paths"]:
        assert path in page
    for field in description["components"]["schemas"]["AudioForm"]["properties"]:
        assert f"<code>{field}</code>" in page
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
