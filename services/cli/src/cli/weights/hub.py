"""Fetches a bundle's files from a Hugging Face repository over HTTP, going on where an interrupted one stopped."""

import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx

from cli.weights.checked_file import CheckedFile
from cli.weights.errors import SourceFailed
from cli.weights.lock import Bundle, HubSource, LockedFile
from cli.weights.progress import metered

TIMEOUT = httpx.Timeout(30, connect=10)
"""A mirror over a slow link may pause for long; one that can't be reached should be given up soon."""
ATTEMPTS_WITHOUT_PROGRESS = 3
PAUSE_SECONDS = 1.0
RETRIED_STATUSES = {HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}


def fetch_from_hub(
    source: HubSource, bundle: Bundle, files: list[LockedFile], *, directory: Path, endpoint: str
) -> None:
    """Raises SourceFailed when a file can't be had here, DiskFull when it can't be kept."""
    with httpx.Client(follow_redirects=True, timeout=TIMEOUT, headers={"accept-encoding": "identity"}) as client:
        for file in files:
            url = f"{endpoint.rstrip('/')}/{source.repository}/resolve/{source.revision}/{file.name}"
            try:
                _fetch(client, url, file, label=f"{bundle.name}/{file.name}", directory=directory)
            except SourceFailed as error:
                raise SourceFailed(f"{url}: {error}") from error


def _fetch(client: httpx.Client, url: str, file: LockedFile, *, label: str, directory: Path) -> None:
    resumed = (directory / f"{file.name}.part").exists()
    try:
        _fetch_once(client, url, file, label=label, directory=directory)
    except SourceFailed:
        # What an earlier run left may itself have been the wrong part, unless that is still there to go on from.
        if not resumed or (directory / f"{file.name}.part").exists():
            raise
        _fetch_once(client, url, file, label=label, directory=directory)


def _fetch_once(client: httpx.Client, url: str, file: LockedFile, *, label: str, directory: Path) -> None:
    with (
        CheckedFile(file, directory=directory, resume=True) as target,
        metered(label, total_bytes=file.size_bytes) as meter,
    ):
        attempts = 0
        while not target.complete:
            done_before = target.done_bytes
            try:
                for data in _body(client, url, target):
                    target.write(data)
                    meter.set(target.done_bytes)
                reason = f"the connection ended after {target.done_bytes} of {file.size_bytes} bytes"
            except httpx.TransportError as error:
                reason = _explain(error)
            attempts = 0 if target.done_bytes > done_before else attempts + 1
            if attempts == ATTEMPTS_WITHOUT_PROGRESS:
                raise SourceFailed(reason)
            if not target.complete:
                time.sleep(PAUSE_SECONDS * attempts)
        meter.set(target.done_bytes)
        target.finish()


def _body(client: httpx.Client, url: str, target: CheckedFile) -> Iterator[bytes]:
    """The bytes that `target` still lacks; starts it over where the server can't go on from the middle."""
    offset = target.done_bytes
    headers = {"range": f"bytes={offset}-"} if offset else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code in RETRIED_STATUSES:
            raise httpx.TransportError(f"the server answered {response.status_code} {response.reason_phrase}")
        if response.is_error:
            raise SourceFailed(f"the server answered {response.status_code} {response.reason_phrase}")
        if offset and not _continues_at(response, offset):
            target.restart()
        yield from response.iter_raw()


def _continues_at(response: httpx.Response, offset: int) -> bool:
    return response.status_code == HTTPStatus.PARTIAL_CONTENT and response.headers.get("content-range", "").startswith(
        f"bytes {offset}-"
    )


def _explain(error: httpx.TransportError) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {TIMEOUT.connect:.0f} s"
        case httpx.TimeoutException():
            return f"nothing came for {TIMEOUT.read:.0f} s"
        case httpx.ConnectError():
            return f"no connection ({error})"
        case _:
            return str(error) or type(error).__name__
