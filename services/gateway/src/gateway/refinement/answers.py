"""Endpoints, modes and refined texts as JSON; an endpoint's key is never among it.

What they are stands in `speechkit.domain`.
"""

from collections.abc import Sequence
from typing import Any

from speechkit.domain.endpoints import Endpoint, EndpointTest, ListedModels
from speechkit.domain.modes import Mode
from speechkit.domain.refined import warnings_of
from speechkit.domain.refinement import Refined
from speechkit.domain.transcript import Transcript
from speechkit.formats.job_json import unix
from speechkit.formats.json_bodies import warnings_json

WARNINGS_HEADER = "x-earshot-warnings"


def endpoint_json(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "object": "endpoint",
        "name": endpoint.name,
        "provider": endpoint.provider.value,
        "base_url": endpoint.base_url,
        "verbatim_url": endpoint.verbatim_url,
        "chat_url": endpoint.chat_url,
        "model": endpoint.model,
        "context_tokens": endpoint.context_tokens,
        "has_api_key": endpoint.has_api_key,
        "is_default": endpoint.is_default,
        "last_test": endpoint.last_test and test_json(endpoint.last_test),
        "created_at": unix(endpoint.created_at),
    }


def test_json(test: EndpointTest) -> dict[str, Any]:
    return {
        "object": "endpoint.test",
        "passed": test.passed,
        "reply": test.reply or None,
        "error": test.error or None,
        "tested_at": unix(test.tested_at),
    }


def deleted_endpoint_json(endpoint_id: str, modes: Sequence[str]) -> dict[str, Any]:
    return {"id": endpoint_id, "object": "endpoint", "deleted": True, "modes_needing_endpoint": list(modes)}


def models_json(listed: ListedModels) -> dict[str, Any]:
    return list_json([{"id": name, "object": "model"} for name in listed.models]) | {"error": listed.error or None}


def mode_json(mode: Mode) -> dict[str, Any]:
    return {
        "name": mode.name,
        "object": "mode",
        "description": mode.description,
        "instructions": mode.instructions,
        "limits": mode.limits.value,
        "endpoint_id": mode.endpoint_id or None,
        "fallback_endpoint_id": mode.fallback_endpoint_id or None,
        "temperature": mode.temperature,
        "max_tokens": mode.max_tokens,
        "keywords": list(mode.keywords),
        "target_language": mode.target_language or None,
        "built_in": mode.built_in,
        "changed": mode.changed,
        "needs_endpoint": mode.needs_endpoint,
        "keeps_segments": mode.keeps_segments,
    }


def list_json(data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"object": "list", "data": list(data)}


def warning_headers(transcript: Transcript) -> dict[str, str]:
    """For formats whose bodies have no room for warnings."""
    checks = ", ".join(dict.fromkeys(warning.check for warning in warnings_of(transcript)))
    return {WARNINGS_HEADER: checks} if checks else {}


def refined_json(refined: Refined) -> dict[str, Any]:
    body: dict[str, Any] = {"text": refined.text, "raw_text": refined.raw_text}
    if refined.passages:
        body["segments"] = [
            {"id": passage.id, "start": passage.start, "end": passage.end, "text": passage.text}
            for passage in refined.passages
        ]
    return body | {
        "refined": refined.refined,
        "warnings": warnings_json(refined.warnings),
        "endpoint_id": refined.endpoint_id or None,
        "model": refined.model or None,
    }
