"""What tells the HiSpeech-style API from the others on the wire: its paths, its header for keys, its errors.

What its routes do is the matter of `hispeech.routes`.
"""

from typing import Any

from starlette.datastructures import Headers

from speechkit.domain.errors import Reason
from speechkit.runtime.error_tables import HTTP_ERRORS

PATHS = "/api/v1/transcriptions"
AUTH_TOKEN = "x-auth-token"  # noqa: S105 - the name of a header

NO_KEY = (
    "You didn't provide an API key. Send it in a header, as `x-auth-token: YOUR_KEY`; whoever runs this server makes "
    "keys with `earshot keys create`."
)


def speaks_hispeech(path: str) -> bool:
    return path == PATHS or path.startswith(f"{PATHS}/")


def authorization(headers: Headers, *, path: str) -> str | None:
    """The key as an Authorization header has it, wherever it stands."""
    token = headers.get(AUTH_TOKEN)
    return f"Bearer {token}" if token and speaks_hispeech(path) else headers.get("authorization")


def error_body(reason: Reason, message: str, *, job_id: str | None = None) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "error": NO_KEY if reason is Reason.MISSING_API_KEY else message,
        "success": False,
        "status": HTTP_ERRORS[reason].status,
    }
