"""Which request or job work is for, told from service to service, so that one id finds its log lines everywhere."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog

HEADERS = {"request_id": "x-request-id", "job_id": "x-job-id"}
"""By the name that log lines have."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def work_headers() -> dict[str, str]:
    """For a call to another service."""
    bound = structlog.contextvars.get_contextvars()
    return {header: bound[name] for name, header in HEADERS.items() if name in bound}


def work_id() -> str:
    """For a protocol with room for one; empty outside any."""
    return next(iter(work_headers().values()), "")


@contextmanager
def work_of(metadata: Iterable[tuple[str, str | bytes]]) -> Iterator[None]:
    """Log lines inside have the ids of whoever called; what doesn't look like one is ignored."""
    told = dict(metadata)
    ids = {name: value for name, header in HEADERS.items() if _is_id(value := told.get(header))}
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
