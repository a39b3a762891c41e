"""What every delivery store promises, held by the fake, SQLite and PostgreSQL alike, beside the job store it serves."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from speechkit.domain.errors import Reason
from speechkit.domain.jobs import MAX_TRIES, Failure, Job
from speechkit.domain.webhooks import Attempt, Delivery, DeliveryState, answered, unanswered
from speechkit.ports import DeliveryStore, JobStore
from tests.fakes.made_jobs import LEASE, later, made_job

FAILURE = Failure(reason=Reason.UNSUPPORTED_MEDIA, message="no sound")
URL = "https://hooks.example/in?für=Łódź"
ATTEMPT = timedelta(seconds=60)
NOBODY: frozenset[str] = frozenset()


class Stores(Protocol):
    @property
    def jobs(self) -> JobStore: ...
    @property
    def deliveries(self) -> DeliveryStore: ...


@pytest.fixture
def stores(store_twins: tuple[Stores, Stores]) -> Stores:
    return store_twins[0]


async def claimed(stores: Stores, job: Job) -> Job:
    await stores.jobs.add(job)
    claim = await stores.jobs.claim(now=later(5), lease=LEASE)
    assert claim
    return claim


async def completed(stores: Stores, number: int = 1, *, tenant: str = "a", at: float = 20) -> Delivery:
    claim = await claimed(stores, made_job(number, tenant=tenant, callback_url=URL))
    assert await stores.jobs.complete(claim, now=later(at), audio_seconds=17.5, language="de")
    (delivery,) = await stores.deliveries.of_job(claim.id, tenant=tenant)
    return delivery


async def begun(stores: Stores, *, at: float, besides: frozenset[str] = NOBODY) -> Delivery | None:
    return await stores.deliveries.claim(now=later(at), lease=ATTEMPT, besides=besides)


async def test_a_completed_job_s_delivery_tells_what_was_heard_but_not_what_was_said(stores: Stores) -> None:
    delivery = await completed(stores)
    assert (delivery.url, delivery.event, delivery.tenant) == (URL, "job.completed", "a")
    assert (delivery.state, delivery.attempts, delivery.next_try) == (DeliveryState.PENDING, 0, later(20))
    told = json.loads(delivery.payload)
    assert (told["type"], told["timestamp"]) == ("job.completed", "2026-02-03T04:05:26.000789Z")
    assert (told["data"]["id"], told["data"]["status"]) == ("job_0001", "completed")
    assert (told["data"]["duration"], told["data"]["language"]) == (17.5, "de")
    assert told["data"]["finished_at"] == int(later(20).timestamp())


async def test_every_way_in_which_a_job_ends_is_told_once(stores: Stores) -> None:
    failed = await claimed(stores, made_job(1, callback_url=URL))
    assert await stores.jobs.fail(failed, now=later(6), failure=FAILURE)
    assert not await stores.jobs.fail(failed, now=later(7), failure=FAILURE)
    cancelled = made_job(2, callback_url=URL)
    await stores.jobs.add(cancelled)
    for _ in range(2):
        await stores.jobs.cancel(cancelled.id, tenant="a", now=later(8))
    died = made_job(3, callback_url=URL, tries=MAX_TRIES - 1)
    await claimed(stores, died)
    for _ in range(2):
        await stores.jobs.reap(now=later(9999))
    told = [await stores.deliveries.of_job(job.id, tenant="a") for job in (failed, cancelled, died)]
    assert [[delivery.event for delivery in each] for each in told] == [
        ["job.failed"],
        ["job.cancelled"],
        ["job.failed"],
    ]
    assert json.loads(told[0][0].payload)["data"]["error"] == {"code": "unsupported_media", "message": "no sound"}


async def test_a_transcript_goes_with_the_news_of_a_completed_job_that_asked_for_it(stores: Stores) -> None:
    job = made_job(1, callback_url=URL, callback_transcript=True)
    await stores.jobs.complete(await claimed(stores, job), now=later(6), audio_seconds=1, language="de")
    other = made_job(2, callback_url=URL, callback_transcript=True)
    await stores.jobs.fail(await claimed(stores, other), now=later(6), failure=FAILURE)
    told = [await stores.deliveries.of_job(each.id, tenant="a") for each in (job, other)]
    assert [[delivery.with_transcript for delivery in each] for each in told] == [[True], [False]]
    assert "transcript" not in told[0][0].payload


async def test_nobody_is_told_of_a_job_that_goes_on_or_of_one_without_a_callback(stores: Stores) -> None:
    claim = await claimed(stores, made_job(1, callback_url=URL))
    await stores.jobs.put_back(claim, now=later(6), not_before=None, failure=FAILURE)
    again = await stores.jobs.claim(now=later(7), lease=LEASE)
    assert again
    assert not await stores.jobs.complete(claim, now=later(8), audio_seconds=1, language="de")
    await stores.jobs.complete(await claimed(stores, made_job(2)), now=later(8), audio_seconds=1, language="de")
    assert await begun(stores, at=9999) is None


async def test_a_job_that_is_sent_round_again_is_told_of_again(stores: Stores) -> None:
    """As another event, so that no receiver takes the second end for the first."""
    await stores.jobs.fail(await claimed(stores, made_job(callback_url=URL)), now=later(6), failure=FAILURE)
    await stores.jobs.redrive("job_0001", now=later(7))
    again = await stores.jobs.claim(now=later(8), lease=LEASE)
    assert again
    assert await stores.jobs.complete(again, now=later(9), audio_seconds=1, language="de")
    first, second = await stores.deliveries.of_job("job_0001", tenant="a")
    assert (first.event, second.event) == ("job.failed", "job.completed")
    assert first.id != second.id


async def test_a_claimed_delivery_is_nobody_else_s_until_its_lease_ends(stores: Stores) -> None:
    delivery = await completed(stores)
    assert await begun(stores, at=19) is None
    assert await begun(stores, at=20) == replace(delivery, attempts=1, next_try=later(80))
    assert await begun(stores, at=79) is None
    assert (await begun(stores, at=80)) == replace(delivery, attempts=2, next_try=later(140))


async def test_the_one_that_waits_longest_is_claimed_first_of_tenants_that_are_not_busy(stores: Stores) -> None:
    late, early, other = [
        await completed(stores, number, tenant=tenant, at=at)
        for number, (tenant, at) in enumerate([("a", 22), ("a", 21), ("b", 23)])
    ]
    first = await begun(stores, at=30)
    assert first
    assert first.id == early.id
    second = await begun(stores, at=30, besides=frozenset("a"))
    assert second
    assert second.id == other.id
    assert await begun(stores, at=30, besides=frozenset("ab")) is None
    third = await begun(stores, at=30)
    assert third
    assert third.id == late.id


async def test_what_became_of_an_attempt_is_remembered(stores: Stores) -> None:
    await completed(stores)
    attempt = await begun(stores, at=30)
    assert attempt
    failed = unanswered(attempt, error="took too long", now=later(31), chance=0)
    assert await stores.deliveries.settle(failed)
    assert await stores.deliveries.of_job("job_0001", tenant="a") == (failed,)
    assert await begun(stores, at=35) is None
    attempt = await begun(stores, at=36)
    assert attempt
    assert (attempt.attempts, attempt.history) == (2, (Attempt(at=later(31), error="took too long"),))
    done = answered(attempt, status=204, now=later(37), chance=0)
    assert await stores.deliveries.settle(done)
    assert await stores.deliveries.of_job("job_0001", tenant="a") == (done,)
    assert await begun(stores, at=99999) is None


async def test_an_attempt_that_was_given_up_for_dead_changes_nothing_any_more(stores: Stores) -> None:
    await completed(stores)
    slow, quick = await begun(stores, at=30), await begun(stores, at=90)
    assert slow
    assert quick
    assert not await stores.deliveries.settle(answered(slow, status=500, now=later(91), chance=0))
    done = answered(quick, status=200, now=later(92), chance=0)
    assert await stores.deliveries.settle(done)
    assert not await stores.deliveries.settle(answered(quick, status=500, now=later(93), chance=0))
    assert await stores.deliveries.of_job("job_0001", tenant="a") == (done,)


async def test_any_delivery_can_be_repeated_by_hand_under_its_id(stores: Stores) -> None:
    delivery = await completed(stores)
    attempt = await begun(stores, at=30)
    assert attempt
    await stores.deliveries.settle(answered(attempt, status=410, now=later(31), chance=0))
    for job_id, tenant in (("job_0001", "b"), ("job_0002", "a")):
        assert await stores.deliveries.redeliver(delivery.id, job_id=job_id, tenant=tenant, now=later(40)) is None
    again = await stores.deliveries.redeliver(delivery.id, job_id="job_0001", tenant="a", now=later(40))
    assert again
    assert (again.state, again.next_try, again.attempts) == (DeliveryState.PENDING, later(40), 0)
    attempt = await begun(stores, at=40)
    assert attempt
    assert (attempt.id, attempt.payload) == (delivery.id, delivery.payload)


async def test_deliveries_are_their_tenant_s_and_go_with_their_job(stores: Stores) -> None:
    await completed(stores)
    assert await stores.deliveries.of_job("job_0001", tenant="b") == ()
    await stores.jobs.delete("job_0001", tenant="a")
    assert await stores.deliveries.of_job("job_0001", tenant="a") == ()
    assert await begun(stores, at=9999) is None


async def test_claims_at_once_get_each_delivery_once(store_twins: tuple[Stores, Stores]) -> None:
    expected = {(await completed(store_twins[0], number, at=20 + number)).id for number in range(12)}
    claims = await asyncio.gather(*(begun(store_twins[index % 2], at=90) for index in range(16)))
    found = [claim.id for claim in claims if claim]
    # Who looks while another takes the first one may come away empty, and looks again.
    while claim := await begun(store_twins[0], at=90):
        found.append(claim.id)
    assert sorted(found) == sorted(expected)


async def test_a_tenant_s_first_secret_is_the_one_for_all_who_ask(store_twins: tuple[Stores, Stores]) -> None:
    asked = await asyncio.gather(
        *(store_twins[index % 2].deliveries.secrets("a", unless_there=bytes([index])) for index in range(8))
    )
    assert len({each.current for each in asked}) == 1
    assert (await store_twins[0].deliveries.secrets("b", unless_there=b"other")).current == b"other"


async def test_a_rotated_secret_leaves_the_one_before_it(stores: Stores) -> None:
    for tenant in "ab":
        await stores.deliveries.secrets(tenant, unless_there=b"one")
    await stores.deliveries.rotate("a", sealed=b"two", previous_until=later(9))
    kept = await stores.deliveries.secrets("a", unless_there=b"three")
    assert (kept.current, kept.previous, kept.previous_until) == (b"two", b"one", later(9))
    assert (await stores.deliveries.secrets("b", unless_there=b"three")).previous is None
