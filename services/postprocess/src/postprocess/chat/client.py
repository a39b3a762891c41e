"""The chat client: one answer from one endpoint, with the retries, the rests and the limits that keep both sides well.

How answers are read stands in `answers`, which addresses may be asked in `http`.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from postprocess.chat.answers import Answer, read_answer
from postprocess.chat.breaker import Breaker
from postprocess.chat.failures import ChatFailed, Trouble
from postprocess.chat.http import EndpointHttp
from speechkit.domain.endpoints import Provider

log = structlog.get_logger(__name__)

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 0.5
LEAST_PATIENCE_SECONDS = 5.0
"""An endpoint that was given less time than this has not failed when it did not make it."""
MOST_REMEMBERED = 10_000

Message = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Target:
    """An endpoint, ready to be asked."""

    endpoint_id: str
    provider: Provider
    base_url: str
    verbatim_url: bool
    chat_url: str
    model: str
    context_tokens: int
    """0: not stated."""
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Sampling:
    temperature: float
    max_tokens: int


@dataclass
class _Manners:
    """What is remembered of one endpoint."""

    places: asyncio.Semaphore
    breaker: Breaker = field(default_factory=Breaker)


class ChatClient:
    def __init__(self, http: EndpointHttp, *, calls_per_endpoint: int) -> None:
        self._http = http
        self._calls_per_endpoint = calls_per_endpoint
        self._manners: OrderedDict[tuple[str, str], _Manners] = OrderedDict()

    async def complete(
        self, target: Target, messages: Sequence[Message], *, sampling: Sampling, deadline: float
    ) -> Answer:
        """`deadline` is a moment of the monotonic clock. Raises ChatFailed."""
        body = {
            "model": target.model,
            "messages": list(messages),
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
            "stream": True,
        }
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(target, body, deadline)
            except ChatFailed as failed:
                wait = _wait_seconds(failed, attempt)
                if wait is None or monotonic() + wait >= deadline:
                    raise
                log.info("chat_retried", endpoint_id=target.endpoint_id, trouble=failed.trouble.value, attempt=attempt)
                await asyncio.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, target: Target, body: Mapping[str, Any], deadline: float) -> Answer:
        async with self._allowed(target, deadline):
            total_seconds = deadline - monotonic()
            if total_seconds <= 0:
                raise _no_time()
            async with self._http.asked(
                "POST", target.chat_url, api_key=target.api_key, body=body, total_seconds=total_seconds
            ) as reply:
                return await read_answer(reply, api_key=target.api_key)

    @asynccontextmanager
    async def _allowed(self, target: Target, deadline: float) -> AsyncIterator[None]:
        """One of the endpoint's places, unless it rests; how it went is remembered."""
        manners = self._manners_of(target)
        try:
            async with asyncio.timeout(deadline - monotonic()):
                await manners.places.acquire()
        except TimeoutError:
            raise _no_time() from None
        started = monotonic()
        try:
            manners.breaker.check(started)
            yield
            manners.breaker.went_well()
        except ChatFailed as failed:
            if _is_the_endpoints_fault(failed, given_seconds=deadline - started):
                manners.breaker.failed(monotonic())
            raise
        finally:
            manners.places.release()

    def _manners_of(self, target: Target) -> _Manners:
        name = (target.endpoint_id, target.chat_url)
        manners = self._manners.pop(name, None) or _Manners(asyncio.Semaphore(self._calls_per_endpoint))
        self._manners[name] = manners
        if len(self._manners) > MOST_REMEMBERED:
            self._manners.popitem(last=False)
        return manners


def _wait_seconds(failed: ChatFailed, attempt: int) -> float | None:
    """None: another attempt would go as this one."""
    if not failed.may_pass or attempt == ATTEMPTS:
        return None
    if failed.retry_after_seconds is not None:
        return failed.retry_after_seconds
    doubled: float = FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
    return doubled * random.uniform(0.8, 1.2)  # noqa: S311 no secret, only spread


def _is_the_endpoints_fault(failed: ChatFailed, *, given_seconds: float) -> bool:
    if failed.trouble is Trouble.TIMEOUT:
        return given_seconds >= LEAST_PATIENCE_SECONDS
    return failed.trouble in (Trouble.UNAVAILABLE, Trouble.WRONG)


def _no_time() -> ChatFailed:
    return ChatFailed(Trouble.TIMEOUT, "There was no time left to ask the endpoint.")
