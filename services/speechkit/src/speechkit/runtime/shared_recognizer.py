"""Shares the recognizer's slots out over requests: waits its turn for each window, and knows how long the wait is.

Whose turn it is stands in `speechkit.domain.fair_queue`; recognition is the inner recognizer's matter.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import perf_counter

from speechkit.domain.audio import Samples, seconds
from speechkit.domain.errors import DeadlineExceeded, Overloaded
from speechkit.domain.fair_queue import FairQueue, Ticket
from speechkit.domain.options import Capabilities, Priority, TranscriptionOptions
from speechkit.ports import Hypothesis, Recognizer
from speechkit.runtime import metrics

PACE_MEMORY_SECONDS = 30.0
"""The measured pace is that of about the last half minute of work."""


class RecognizerSlots:
    """The windows that one gateway has at the recognizer at once, and the queue in front of them."""

    def __init__(self, inner: Recognizer, *, slots: int, longest_wait_seconds: float) -> None:
        self._inner = inner
        self._free = slots
        self._longest_wait_seconds = longest_wait_seconds
        self._queue = FairQueue()
        self._turns: dict[Ticket, asyncio.Future[None]] = {}
        self._pace = _Pace()

    def for_request(self, *, tenant: str, request: str) -> Recognizer:
        """The recognizer as one request sees it."""
        return _Share(slots=self, tenant=tenant, request=request)

    def admit(self, priority: Priority) -> None:
        """Refuse a new request at once, rather than after a long wait, when the queue is longer than it may be."""
        wait_seconds = self.estimated_wait_seconds(priority)
        if wait_seconds > self._longest_wait_seconds:
            raise Overloaded(
                f"The server is busy: new work would wait about {wait_seconds:.0f} seconds. Try again then.",
                retry_after_seconds=wait_seconds,
            )

    def estimated_wait_seconds(self, priority: Priority) -> float:
        """How long what waits now takes at the pace that was measured last; 0 before anything was measured."""
        return self._queue.seconds_before(priority) / self._pace.audio_seconds_per_second if self._pace.known else 0.0

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, tenant: str, request: str, deadline_seconds: float
    ) -> Hypothesis:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + deadline_seconds
        ticket = Ticket(
            priority=options.priority,
            tenant=tenant,
            request=request,
            cost_seconds=seconds(len(samples)),
            since=loop.time(),
        )
        async with self._slot(ticket, deadline), self._pace.working(ticket.cost_seconds):
            return await self._inner.recognize(samples, options, deadline_seconds=deadline - loop.time())

    async def capabilities(self, model: str) -> Capabilities:
        return await self._inner.capabilities(model)

    async def ready(self, model: str) -> bool:
        return await self._inner.ready(model)

    @asynccontextmanager
    async def _slot(self, ticket: Ticket, deadline: float) -> AsyncIterator[None]:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns[ticket] = turn
        self._queue.put(ticket)
        self._serve()
        try:
            with _waiting(ticket):
                async with asyncio.timeout_at(deadline):
                    await turn
        except BaseException as error:
            self._queue.remove(ticket)
            if self._turns.pop(ticket, None) is None:
                self._give_back()  # The turn had come, but nobody was there any more.
            if isinstance(error, TimeoutError):
                raise DeadlineExceeded("The request's time ran out while it waited for its turn.") from error
            raise
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        self._free += 1
        self._serve()

    def _serve(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._free and (ticket := self._queue.take(now=now)):
            self._free -= 1
            turn = self._turns.pop(ticket)
            if not turn.done():
                turn.set_result(None)


@contextmanager
def _waiting(ticket: Ticket) -> Iterator[None]:
    queued, started = metrics.QUEUED_AUDIO_SECONDS.labels(ticket.priority.name.lower()), perf_counter()
    queued.inc(ticket.cost_seconds)
    try:
        yield
    finally:
        queued.dec(ticket.cost_seconds)
        metrics.QUEUE_SECONDS.labels(ticket.priority.name.lower()).observe(perf_counter() - started)


@dataclass(frozen=True, kw_only=True)
class _Share:
    slots: RecognizerSlots
    tenant: str
    request: str

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        return await self.slots.recognize(
            samples, options, tenant=self.tenant, request=self.request, deadline_seconds=deadline_seconds
        )

    async def capabilities(self, model: str) -> Capabilities:
        return await self.slots.capabilities(model)

    async def ready(self, model: str) -> bool:
        return await self.slots.ready(model)


class _Pace:
    """Seconds of audio recognized in a second of work, over the last while; idle time does not count."""

    def __init__(self) -> None:
        self._audio_seconds = 0.0
        self._busy_seconds = 0.0
        self._at_work = 0
        self._counted_until = 0.0

    @property
    def known(self) -> bool:
        return self._busy_seconds > 0 and self._audio_seconds > 0

    @property
    def audio_seconds_per_second(self) -> float:
        return self._audio_seconds / self._busy_seconds

    @asynccontextmanager
    async def working(self, audio_seconds: float) -> AsyncIterator[None]:
        self._count_busy_time()
        self._at_work += 1
        try:
            yield
            self._audio_seconds += audio_seconds
        finally:
            self._count_busy_time()
            self._at_work -= 1
            self._forget()

    def _count_busy_time(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._at_work:
            self._busy_seconds += now - self._counted_until
        self._counted_until = now

    def _forget(self) -> None:
        if self._busy_seconds > PACE_MEMORY_SECONDS:
            kept = PACE_MEMORY_SECONDS / self._busy_seconds
            self._audio_seconds *= kept
            self._busy_seconds *= kept
