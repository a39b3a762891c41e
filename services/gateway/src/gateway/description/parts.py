"""What the descriptions of all paths have in common: headers, answers in JSON, and errors."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from gateway.description.schemas import ref

ERRORS = {
    400: ("InvalidRequest", "The request can't be done as it is; `param` names the field."),
    401: ("Unauthorized", "No API key, or one that does not work here."),
    404: ("ModelNotFound", "There is no such model."),
    405: ("MethodNotAllowed", "Another method is needed; `allow` says which."),
    413: ("BodyTooLarge", "The body is larger than the server takes."),
    429: ("TooManyRequests", "Too much at once, or a limit of the key; `retry-after` says when to come back."),
    500: ("InternalError", "A failure that nobody foresaw; report its x-request-id."),
    502: ("RefinementFailed", "The text could not be refined, and on_refine_error=fail asked for an error then."),
    503: ("Unavailable", "A part of the server is away; it usually comes back within seconds."),
    504: ("DeadlineExceeded", "It took longer than a request may."),
}

HEADERS: dict[str, Any] = {
    "x-request-id": {"description": "Names this request in the server's log.", "schema": {"type": "string"}},
    "openai-processing-ms": {"description": "How long it took, in milliseconds.", "schema": {"type": "integer"}},
}
RETRY_HEADERS: dict[str, Any] = HEADERS | {
    "x-should-retry": {"description": "Whether another try may end differently.", "schema": {"type": "boolean"}},
    "retry-after": {"description": "Seconds until a try is worthwhile.", "schema": {"type": "integer"}},
}

MODE_HEADER: dict[str, Any] = {
    "name": "x-earshot-mode",
    "in": "header",
    "required": False,
    "description": "The mode, for programs that can't send a field of that name; the field goes first.",
    "schema": {"type": "string"},
}


def json_answer(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": HEADERS,
        "content": {"application/json": {"schema": ref(schema)}},
    }


def errors(statuses: AbstractSet[int], *, table: Mapping[int, tuple[str, str]] = ERRORS) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/{table[status][0]}"} for status in sorted(statuses)}
