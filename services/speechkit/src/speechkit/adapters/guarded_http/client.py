"""One HTTP client for addresses that users name: within bounds of time and size, and only to whom a policy admits.

Who is admitted stands in `speechkit.domain.addresses`, how connections are held to it in `connecting`.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpcore
import httpx

from speechkit.adapters.guarded_http.connecting import GuardedBackend, NotReached, Resolve, system_resolve
from speechkit.domain.addresses import AddressPolicy, check_url
from speechkit.domain.errors import InvalidRequest, UploadTooLarge
from speechkit.ports import HttpAnswer, HttpFailure, HttpReply, HttpTrouble

MAX_REDIRECTS = 5
CONNECTIONS = 100
KEPT_ALIVE_SECONDS = 4.0
"""Less than the five seconds after which Node's and uvicorn's servers hang up on an idle connection."""

NOT_REACHED = (
    "The host of {param} can't be reached from here, or is none that this server speaks to. "
    "Check the URL; which private hosts are spoken to is for the server's administrator to say."
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    connect_seconds: float = 5.0
    idle_seconds: float = 15.0
    """Between two signs of life."""
    total_seconds: float = 30.0


def trusted_authorities() -> ssl.SSLContext:
    """Whom a server's certificate must be from; clients may share it."""
    return httpx.create_ssl_context()


class HttpxGuardedHttp:
    def __init__(
        self,
        policy: AddressPolicy,
        *,
        patience: Patience | None = None,
        user_agent: str = "Earshot",
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        self._policy = policy
        self._patience = patience or Patience()
        backend = GuardedBackend(policy, resolve=resolve)
        self._client = httpx.AsyncClient(
            transport=_GuardedTransport(backend, tls or trusted_authorities(), connections),
            trust_env=False,
            follow_redirects=False,
            # Nothing is ever unpacked: what is small on the way can't grow here.
            headers={"user-agent": user_agent, "accept-encoding": "identity"},
            # One tenant's cookies must not be sent for another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(self._patience.idle_seconds, connect=self._patience.connect_seconds),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        check_url(url, policy=self._policy, param="url")
        async with self._bounded(), self._sent(self._request("POST", url, headers, body)) as response:
            return HttpAnswer(status=response.status_code, retry_after=response.headers.get("retry-after"))

    @asynccontextmanager
    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, most_bytes: int, total_seconds: float
    ) -> AsyncIterator[HttpReply]:
        check_url(url, policy=self._policy, param="url")
        request = self._request(method, url, headers, body)
        async with self._bounded(total_seconds), self._sent(request) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise HttpFailure("The server of url packed its answer, unasked.", trouble=HttpTrouble.BROKEN_OFF)
            retry_after = response.headers.get("retry-after")
            yield HttpReply(
                status=response.status_code, retry_after=retry_after, parts=_answer_parts(response, most_bytes)
            )

    @asynccontextmanager
    async def fetch(self, url: str, *, most_bytes: int) -> AsyncIterator[AsyncIterator[bytes]]:
        check_url(url, policy=self._policy, param="url")
        async with self._bounded(), self._found(url) as response:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise InvalidRequest("The server of url sent its file packed, unasked. Offer it as it is.", param="url")
            if int(response.headers.get("content-length", "0")) > most_bytes:
                raise _too_large(most_bytes)
            yield _parts(response, most_bytes)

    @asynccontextmanager
    async def _bounded(self, total_seconds: float | None = None) -> AsyncIterator[None]:
        """Every failure on the way, in words that tell nothing of what was found behind an address."""
        try:
            async with asyncio.timeout(self._patience.total_seconds if total_seconds is None else total_seconds):
                yield
        except httpx.ConnectError as error:
            if isinstance(error.__cause__, NotReached):
                raise HttpFailure(NOT_REACHED.format(param="url"), trouble=HttpTrouble.NOT_REACHED) from None
            untrusted = "The server of url has no certificate that can be trusted."
            raise HttpFailure(untrusted, trouble=HttpTrouble.UNTRUSTED) from None
        except (httpx.TimeoutException, TimeoutError):
            too_slow = "The server of url took too long. Try again later."
            raise HttpFailure(too_slow, trouble=HttpTrouble.TOO_SLOW) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            broken = "The server of url broke off, or does not speak HTTP."
            raise HttpFailure(broken, trouble=HttpTrouble.BROKEN_OFF) from None

    @asynccontextmanager
    async def _found(self, url: str) -> AsyncIterator[httpx.Response]:
        """What the URL leads to, through a few redirects, each of which is held to the same rules."""
        request = self._request("GET", url)
        for _ in range(MAX_REDIRECTS + 1):
            async with self._sent(request) as response:
                if response.is_success:
                    yield response
                    return
                if response.next_request is None:
                    status = response.status_code
                    raise InvalidRequest(f"The server of url answered with status {status}.", param="url")
                request = self._redirected(request, response.next_request)
        raise InvalidRequest(f"url was redirected more than {MAX_REDIRECTS} times.", param="url")

    def _redirected(self, before: httpx.Request, after: httpx.Request) -> httpx.Request:
        check_url(str(after.url), policy=self._policy, param="url")
        if before.url.scheme == "https" and after.url.scheme != "https":
            raise InvalidRequest("url was redirected from https to http.", param="url")
        return after

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> httpx.Request:
        try:
            return self._client.build_request(method, url, headers=headers, content=body)
        except (httpx.InvalidURL, ValueError):
            raise InvalidRequest("url is no URL that can be asked for.", param="url") from None

    @asynccontextmanager
    async def _sent(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        response = await self._client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """With a pool of our own, as httpx passes no backend on; without one this transport could connect to nothing."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext, connections: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            network_backend=backend,
            max_connections=connections,
            max_keepalive_connections=max(10, connections // 4),
            keepalive_expiry=KEPT_ALIVE_SECONDS,
        )


async def _parts(response: httpx.Response, most_bytes: int) -> AsyncIterator[bytes]:
    seen = 0
    async for part in response.aiter_raw():
        seen += len(part)
        if seen > most_bytes:
            raise _too_large(most_bytes)
        yield part


async def _answer_parts(response: httpx.Response, most_bytes: int) -> AsyncIterator[bytes]:
    try:
        async for part in _parts(response, most_bytes):
            yield part
    except UploadTooLarge:
        too_large = f"The server of url answered with more than {most_bytes} bytes."
        raise HttpFailure(too_large, trouble=HttpTrouble.TOO_LARGE) from None


def _too_large(most_bytes: int) -> UploadTooLarge:
    return UploadTooLarge(f"The file at url is larger than the {most_bytes} bytes that are allowed.", param="url")
