"""A doorbell through Kafka, for workers on many machines: each ring is a message that one worker of the group takes.

kafka-python blocks, so it runs in threads of its own; what they do stands in `kafka_producing` and `kafka_consuming`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import structlog
from kafka.errors import KafkaError

from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.adapters.doorbell.kafka_consuming import KafkaConsuming
from speechkit.adapters.doorbell.kafka_messages import write_message
from speechkit.adapters.doorbell.kafka_producing import KafkaProducing, Message
from speechkit.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)


class KafkaDoorbell:
    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker
        self._producing = KafkaProducing(broker)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell-ring")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._producing.close)
        self._thread.shutdown()

    async def ring(self, jobs: Mapping[str, str | None]) -> None:
        messages = [
            Message(
                topic=self._broker.topic,
                key=job_id.encode(),
                value=write_message(job_id),
                headers=(("traceparent", traceparent.encode()),) if traceparent else (),
            )
            for job_id, traceparent in jobs.items()
        ]
        try:
            async with asyncio.timeout(2 * self._broker.ring_seconds):  # it may wait behind another ring
                await asyncio.get_running_loop().run_in_executor(self._thread, self._producing.send, messages)
        except (KafkaError, TimeoutError) as error:
            log.warning("doorbell_unavailable", error=type(error).__name__)
            raise StoreUnavailable(
                "Workers can't be rung for just now: Kafka does not answer. Nothing is lost; it is tried again."
            ) from error

    @asynccontextmanager
    async def rings(self) -> AsyncIterator[AsyncIterator[None]]:
        rings = _Rings(self._broker)
        rings.consuming.start()
        try:
            yield rings
        finally:
            await asyncio.to_thread(rings.consuming.stop)


class _Rings:
    """The event loop's end of the thread."""

    def __init__(self, broker: KafkaBroker) -> None:
        self.consuming = KafkaConsuming(broker, take=self._take)
        self._look_seconds = broker.look_seconds
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None

    def __aiter__(self) -> "_Rings":
        return self

    async def __anext__(self) -> None:
        self._waiting = self._loop.create_future()
        self.consuming.want()
        try:
            async with asyncio.timeout(self._look_seconds):
                await self._waiting
        except TimeoutError:
            return

    def _take(self) -> bool:
        """Called in the thread; answered in the loop, where it is known whether somebody still waits."""
        taken: Future[bool] = Future()
        self._loop.call_soon_threadsafe(self._hand_over, taken)
        return taken.result()

    def _hand_over(self, taken: Future[bool]) -> None:
        if waits := self._waiting is not None and not self._waiting.done():
            assert self._waiting is not None
            self._waiting.set_result(None)
        taken.set_result(waits)
