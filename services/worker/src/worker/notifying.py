"""Tells whoever wants to hear of a job's end: sends the webhooks that are due, many at once, a few for each tenant.

What is sent, how it is signed and when it is repeated stands in `speechkit.domain.webhooks`.
"""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from speechkit.domain.errors import EarshotError, NotFound, StoreUnavailable
from speechkit.domain.webhooks import Delivery, DeliveryState, answered, headers_of, unanswered
from speechkit.formats.job_json import with_transcript
from speechkit.formats.kept import read_kept
from speechkit.ports import DeliveryStore, GuardedHttp, JobStore
from speechkit.runtime import metrics
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.webhook_secrets import WebhookSecrets
from worker.measuring import delivery_span

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
STORE_RETRY_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Notifier:
    deliveries: DeliveryStore
    jobs: JobStore
    blobs: JobBlobs
    secrets: WebhookSecrets
    http: GuardedHttp
    at_once: int = 32
    of_a_tenant: int = 8
    """Of them, so that a tenant with a slow receiver keeps nobody else waiting."""
    lease: timedelta = timedelta(seconds=60)
    """Longer than any receiver is waited for."""
    look_seconds: float = LOOK_SECONDS

    async def run(self) -> None:
        """Until it is cancelled; what was being sent then is sent again by whoever is next."""
        room = asyncio.Semaphore(self.at_once)
        sending: Counter[str] = Counter()
        sent = asyncio.Event()

        async def send_one(delivery: Delivery) -> None:
            try:
                with delivery_span(delivery):
                    await self.send(delivery)
            except Exception as error:  # noqa: BLE001 none may end the others; its lease ends, and it is due again
                log.warning("delivery_interrupted", delivery_id=delivery.id, error=type(error).__name__)
            finally:
                sent.set()
                sending[delivery.tenant] -= 1
                room.release()

        async with asyncio.TaskGroup() as running:
            while True:
                await room.acquire()
                delivery = await self._next(sending, sent)
                sending[delivery.tenant] += 1
                running.create_task(send_one(delivery))

    async def send(self, delivery: Delivery) -> None:
        """One attempt, and what became of it."""
        now = datetime.now(UTC)
        chance = random.random()  # noqa: S311 it spreads load, and guards nothing
        try:
            secrets_in_use = await self.secrets.in_use(delivery.tenant)
            told = await self._with_transcript(delivery) if delivery.with_transcript else delivery
            headers = headers_of(told, secrets_in_use=secrets_in_use, now=now)
            answer = await self.http.post(told.url, headers=headers, body=told.payload.encode())
        except StoreUnavailable:
            raise
        except EarshotError as error:
            after = unanswered(delivery, error=error.message, now=datetime.now(UTC), chance=chance)
        else:
            after = answered(
                delivery, status=answer.status, retry_after=answer.retry_after, now=datetime.now(UTC), chance=chance
            )
        if delivery.with_transcript and after.state is DeliveryState.DELIVERED:
            await self._end_secure_transcript(delivery)
        if await self.deliveries.settle(after) and after.state is not DeliveryState.PENDING:
            metrics.WEBHOOKS_ENDED.labels(after.state.value).inc()
        log.info(
            "delivery_attempted",
            delivery_id=delivery.id,
            job_id=delivery.job_id,
            tenant=delivery.tenant,
            attempt=delivery.attempts,
            status=after.last_status,
            state=after.state.value,
        )

    async def _with_transcript(self, delivery: Delivery) -> Delivery:
        """In memory alone, as a row or a log would keep what was said."""
        transcript = None
        if job := await self.jobs.get(delivery.job_id, tenant=delivery.tenant):
            with suppress(NotFound):  # deleted, or read and thereby gone
                transcript = read_kept(await self.blobs.told_transcript(job))
        return replace(delivery, payload=with_transcript(delivery.payload, transcript))

    async def _end_secure_transcript(self, delivery: Delivery) -> None:
        """Before the delivery is settled: if this fails it is told again, rather than there for longer."""
        job = await self.jobs.get(delivery.job_id, tenant=delivery.tenant)
        if job and job.secure:
            await self.blobs.delete_transcript(job)

    async def _next(self, sending: Counter[str], sent: asyncio.Event) -> Delivery:
        while True:
            sent.clear()
            busy = [tenant for tenant, count in sending.items() if count >= self.of_a_tenant]
            try:
                if delivery := await self.deliveries.claim(now=datetime.now(UTC), lease=self.lease, besides=busy):
                    return delivery
            except StoreUnavailable:
                await asyncio.sleep(STORE_RETRY_SECONDS)
            with suppress(TimeoutError):  # or a busy tenant has room again
                async with asyncio.timeout(self.look_seconds):
                    await sent.wait()
