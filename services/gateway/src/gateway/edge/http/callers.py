"""Callers and their limits over HTTP: who asks, and OpenAI's rate limit headers on whatever answer they get.

Who may do what is decided by `edge.access`, and who asks is found out by `key_gate`.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from starlette.requests import Request

from gateway.edge.access import Access, Admission, Caller
from speechkit.domain.limits import KeyLimits, Verdict

CALLER = "caller"
LIMIT_HEADERS = "limit_headers"
"""Names in a request's state, from which the edge takes them for its log line and for the answer."""


def caller_of(request: Request) -> Caller:
    return cast(Caller, getattr(request.state, CALLER))


@asynccontextmanager
async def admitted(request: Request, access: Access) -> AsyncIterator[Admission]:
    """The request within its caller's limits, which its answer will tell."""

    def tell(limits: KeyLimits, verdict: Verdict) -> None:
        setattr(request.state, LIMIT_HEADERS, _limit_headers(limits, verdict))

    async with access.admitted(caller_of(request), on_verdict=tell) as admission:
        yield admission


def _limit_headers(limits: KeyLimits, verdict: Verdict) -> dict[str, str]:
    if limits.requests_per_minute is None:
        return {}
    return {
        "x-ratelimit-limit-requests": str(limits.requests_per_minute),
        "x-ratelimit-remaining-requests": str(verdict.remaining_requests),
        "x-ratelimit-reset-requests": _spelled(verdict.reset_seconds),
    }


def _spelled(duration_seconds: float) -> str:
    """As OpenAI spells it: 6ms, 8.64s, 1m0s."""
    milliseconds = math.ceil(duration_seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{f'{minutes}m' if minutes else ''}{rest / 1000:g}s"
