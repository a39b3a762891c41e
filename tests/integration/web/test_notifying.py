"""Webhooks from a job's end to real receivers on loopback: quick, slow, failing and forbidden ones."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from standardwebhooks import Webhook

from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.adapters.guarded_http.client import HttpxGuardedHttp, Patience
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.errors import JobNotFound, StoreUnavailable
from speechkit.domain.transcript import Segment, Transcript
from speechkit.domain.webhooks import Delivery, DeliveryState, shown_secret
from speechkit.formats.kept import write_kept
from speechkit.runtime.background import in_background
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.webhook_secrets import WebhookSecrets
from tests.doors.waiting import until
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.made_jobs import LEASE, later, made_job
from tests.fakes.sealer import FakeSealer
from tests.web.server import Asked, plain, redirect, web_server
from worker.notifying import Notifier

SEGMENT = Segment(
    start=0,
    end=2.5,
    text=" Grüße aus Łódź.",
    tokens=(50364, 17, 50489),
    temperature=0.0,
    avg_logprob=-0.25,
    compression_ratio=1.1,
    no_speech_prob=0.01,
)
SAID = Transcript(task="transcribe", language="de", duration_seconds=2.5, segments=(SEGMENT,))
LOOPBACK = AddressPolicy.listed(private=["127.0.0.0/8"])


@dataclass
class Bench:
    """Jobs that end, and a notifier that tells of it."""

    policy: AddressPolicy = LOOPBACK
    jobs: FakeJobStore = field(default_factory=FakeJobStore)
    blobs: JobBlobs = field(
        default_factory=lambda: JobBlobs(lasting=FakeBlobStore(), fleeting=MemoryBlobs(room_bytes=1_000_000))
    )
    total_seconds: float = 0.5
    """How long a receiver is waited for."""

    @property
    def secrets(self) -> WebhookSecrets:
        return WebhookSecrets(store=self.jobs.deliveries, sealer=FakeSealer())

    async def end_a_job(self, number: int, url: str, *, tenant: str = "a") -> Delivery:
        job = made_job(number, tenant=tenant, callback_url=url)
        await self.jobs.add(job)
        await self.jobs.cancel(job.id, tenant=tenant, now=later(5))
        (delivery,) = await self.jobs.deliveries.of_job(job.id, tenant=tenant)
        return delivery

    async def complete_a_job(self, url: str, **changes: Any) -> Delivery:
        job = made_job(1, callback_url=url, callback_transcript=True, **changes)
        await self.jobs.add(job)
        claim = await self.jobs.claim(now=later(5), lease=LEASE)
        assert claim
        await self.blobs.put_transcript(claim, write_kept(SAID))
        assert await self.jobs.complete(claim, now=later(6), audio_seconds=2.5, language="de")
        (delivery,) = await self.jobs.deliveries.of_job(job.id, tenant=job.tenant)
        return delivery

    @asynccontextmanager
    async def notifying(self) -> AsyncIterator[None]:
        patience = Patience(connect_seconds=0.2, idle_seconds=self.total_seconds, total_seconds=self.total_seconds)
        async with HttpxGuardedHttp(self.policy, patience=patience) as http:
            notifier = Notifier(
                deliveries=self.jobs.deliveries,
                jobs=self.jobs,
                blobs=self.blobs,
                secrets=self.secrets,
                http=http,
                at_once=4,
                of_a_tenant=2,
                look_seconds=0.02,
            )
            async with in_background(notifier.run, name="notifier"):
                yield

    def of(self, delivery: Delivery) -> Delivery:
        return self.jobs.deliveries.rows[delivery.id]

    async def attempted(self, delivery: Delivery) -> Delivery:
        await until(lambda: bool(self.of(delivery).last_status or self.of(delivery).last_error))
        return self.of(delivery)


async def test_a_job_s_end_is_told_signed_and_once() -> None:
    bench = Bench()
    async with web_server({"/hook": plain(204)}) as receiver, bench.notifying():
        delivery = await bench.end_a_job(1, receiver.url("/hook"))
        done = await bench.attempted(delivery)
        await asyncio.sleep(0.1)
    assert (done.state, done.attempts, done.last_status) == (DeliveryState.DELIVERED, 1, 204)
    (asked,) = receiver.asked
    (secret,) = await bench.secrets.in_use("a")
    assert Webhook(shown_secret(secret)).verify(asked.body, asked.headers)["data"]["id"] == "job_0001"
    assert (asked.method, asked.headers["webhook-id"]) == ("POST", delivery.id)
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body)["type"] == "job.cancelled"


@pytest.mark.parametrize("ttl_seconds", [None, 60])
async def test_a_transcript_that_was_asked_for_is_told_signed_until_it_is_taken(ttl_seconds: int | None) -> None:
    """And stays out of the delivery's row; of a secure job nothing is left then."""
    bench = Bench()
    answers = {"/": plain(503)}
    async with web_server(answers) as receiver, bench.notifying():
        delivery = await bench.complete_a_job(receiver.url(), ttl_seconds=ttl_seconds)
        failed = await bench.attempted(delivery)
        answers["/"] = plain()
        bench.jobs.deliveries.rows[delivery.id] = replace(failed, next_try=later(0))
        await until(lambda: bench.of(delivery).state is DeliveryState.DELIVERED)
    first, second = receiver.asked
    assert first.body == second.body
    (secret,) = await bench.secrets.in_use("a")
    told = Webhook(shown_secret(secret)).verify(second.body, second.headers)["data"]
    assert (told["id"], told["status"]) == ("job_0001", "completed")
    assert (told["transcript"]["text"], told["transcript"]["duration"]) == ("Grüße aus Łódź.", 2.5)
    assert [segment["text"] for segment in told["transcript"]["segments"]] == [" Grüße aus Łódź."]
    assert "Gr" not in bench.of(delivery).payload
    job = bench.jobs.rows["job_0001"]
    if job.secure:
        with pytest.raises(JobNotFound, match="told by a webhook"):
            await bench.blobs.transcript(job)
    else:
        assert await bench.blobs.transcript(job)


async def test_a_transcript_that_is_gone_is_told_as_none() -> None:
    """Read before its receiver was there, or sent once more by hand."""
    bench = Bench()
    async with web_server({"/": plain()}) as receiver:
        delivery = await bench.complete_a_job(receiver.url(), ttl_seconds=60)
        await bench.blobs.transcript(bench.jobs.rows["job_0001"])
        async with bench.notifying():
            await until(lambda: bench.of(delivery).state is DeliveryState.DELIVERED)
    assert json.loads(receiver.asked[0].body)["data"]["transcript"] is None


async def test_a_transcript_that_can_t_be_read_just_now_is_told_later() -> None:
    bench = Bench()
    blobs = FakeBlobStore()
    bench.blobs = replace(bench.blobs, lasting=blobs)
    async with web_server({"/": plain()}) as receiver, bench.notifying():
        blobs.reads_fail = True
        delivery = await bench.complete_a_job(receiver.url())
        await until(lambda: bench.of(delivery).attempts == 1)
        await asyncio.sleep(0.1)
        assert receiver.asked == []
        blobs.reads_fail = False
        bench.jobs.deliveries.rows[delivery.id] = replace(bench.of(delivery), next_try=later(0))
        await until(lambda: bench.of(delivery).state is DeliveryState.DELIVERED)
    assert json.loads(receiver.asked[0].body)["data"]["transcript"]["text"] == "Grüße aus Łódź."


async def test_a_rotated_secret_and_the_one_before_it_sign_both() -> None:
    bench = Bench()
    (old,) = await bench.secrets.in_use("a")
    new = await bench.secrets.rotate("a")
    async with web_server({"/": plain()}) as receiver, bench.notifying():
        await bench.attempted(await bench.end_a_job(1, receiver.url()))
    for secret in (old, new):
        Webhook(shown_secret(secret)).verify(receiver.asked[0].body, receiver.asked[0].headers)


async def test_an_old_secret_signs_no_more_after_its_day() -> None:
    bench = Bench()
    await bench.secrets.in_use("a")
    new = await bench.secrets.rotate("a")
    kept = bench.jobs.deliveries.sealed["a"]
    bench.jobs.deliveries.sealed["a"] = replace(kept, previous_until=later(-99))
    assert await bench.secrets.in_use("a") == (new,)


async def test_tenants_have_secrets_of_their_own() -> None:
    bench = Bench()
    assert await bench.secrets.in_use("a") == await bench.secrets.in_use("a") != await bench.secrets.in_use("b")


@pytest.mark.parametrize("answer", [plain(500), redirect("/elsewhere"), b"no http", b""])
async def test_what_fails_is_tried_again_later_under_the_same_id(answer: bytes) -> None:
    bench = Bench()
    answers = {"/": answer, "/elsewhere": plain()}
    async with web_server(answers) as receiver, bench.notifying():
        delivery = await bench.end_a_job(1, receiver.url())
        failed = await bench.attempted(delivery)
        assert (failed.state, failed.attempts) == (DeliveryState.PENDING, 1)
        assert failed.last_error
        answers["/"] = plain()
        bench.jobs.deliveries.rows[delivery.id] = replace(failed, next_try=later(0))
        await until(lambda: bench.of(delivery).state is DeliveryState.DELIVERED)
    assert [(asked.path, asked.headers["webhook-id"]) for asked in receiver.asked] == [("/", delivery.id)] * 2
    assert receiver.asked[0].body == receiver.asked[1].body


async def test_a_private_receiver_is_not_spoken_to_and_the_record_says_nothing_of_it() -> None:
    bench = Bench(policy=AddressPolicy())
    async with web_server({"/": plain()}) as receiver, bench.notifying():
        failed = await bench.attempted(await bench.end_a_job(1, receiver.url(host="localhost")))
    assert receiver.asked == []
    assert failed.last_status is None
    assert "can't be reached from here, or is none that this server speaks to" in failed.last_error


async def test_a_slow_receiver_keeps_no_other_tenant_waiting() -> None:
    """However many deliveries it has waiting."""

    async def slow(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(9)

    bench = Bench(total_seconds=3)
    async with web_server(slow) as stuck, web_server({"/": plain()}) as quick:
        for number in range(10):
            await bench.end_a_job(number, stuck.url(), tenant="slow")
        async with bench.notifying():
            await until(lambda: len(stuck.asked) == 2)
            started = time.monotonic()
            others = [await bench.end_a_job(100 + number, quick.url(), tenant="b") for number in range(10)]
            await until(lambda: all(bench.of(other).state is DeliveryState.DELIVERED for other in others))
            assert time.monotonic() - started < 2
            assert len(stuck.asked) == 2


async def test_a_store_that_is_away_for_a_moment_loses_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    settle: Callable[[Delivery], Awaitable[bool]] = bench.jobs.deliveries.settle
    away = [True]

    async def now_and_then(delivery: Delivery) -> bool:
        if away.pop() if away else False:
            raise StoreUnavailable("away")
        return await settle(delivery)

    monkeypatch.setattr(bench.jobs.deliveries, "settle", now_and_then)
    async with web_server({"/": plain()}) as receiver, bench.notifying():
        delivery = await bench.end_a_job(1, receiver.url())
        await until(lambda: not away)
        unsettled = bench.of(delivery)
        assert unsettled.state is DeliveryState.PENDING
        bench.jobs.deliveries.rows[delivery.id] = replace(unsettled, next_try=later(0))
        await until(lambda: bench.of(delivery).state is DeliveryState.DELIVERED)
    assert {asked.headers["webhook-id"] for asked in receiver.asked} == {delivery.id}
