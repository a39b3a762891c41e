"""What every limit store promises, held by the process's memory and by a real Redis alike."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.ephemeral.redis import RedisLimitStore
from speechkit.domain.limits import DAY_SECONDS, KeyLimits, Limit, Verdict
from speechkit.ports import LimitStore
from tests.stores.marks import REDIS


@pytest.fixture(params=["memory", REDIS])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[LimitStore]:
    if request.param == "memory":
        yield MemoryLimitStore()
    else:
        async with RedisLimitStore(request.getfixturevalue("redis").url) as redis:
            yield redis


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def ask(
    store: LimitStore, key: str, limits: KeyLimits, *, lease: str | None = None, lease_seconds: float = 60
) -> Verdict:
    return await store.admit(key, limits, lease=lease or uuid4().hex, lease_seconds=lease_seconds)


async def test_a_minute_s_requests_fit_at_once_and_the_next_waits_for_its_share(store: LimitStore, key: str) -> None:
    verdicts = [await ask(store, key, KeyLimits(requests_per_minute=7)) for _ in range(8)]
    assert [verdict.refused_by for verdict in verdicts] == [None] * 7 + [Limit.REQUESTS_PER_MINUTE]
    assert [verdict.remaining_requests for verdict in verdicts] == [6, 5, 4, 3, 2, 1, 0, 0]
    assert verdicts[0].reset_seconds == pytest.approx(60 / 7, abs=0.01)
    assert verdicts[-1].retry_after_seconds == pytest.approx(60 / 7, abs=1)
    assert verdicts[-1].reset_seconds == pytest.approx(60, abs=1)


async def test_the_wait_that_is_told_is_long_enough(store: LimitStore, key: str) -> None:
    limits = KeyLimits(requests_per_minute=600)
    while not (verdict := await ask(store, key, limits)).refused_by:
        pass
    await asyncio.sleep(verdict.retry_after_seconds + 0.001)
    assert (await ask(store, key, limits)).refused_by is None


async def test_what_is_refused_is_not_counted(store: LimitStore, key: str) -> None:
    """A client that keeps knocking waits no longer than one that doesn't."""
    limits = KeyLimits(requests_per_minute=5, concurrent_requests=1)
    await ask(store, key, limits, lease="first")
    refused = [await ask(store, key, limits) for _ in range(10)]
    assert {verdict.refused_by for verdict in refused} == {Limit.CONCURRENT_REQUESTS}
    assert {verdict.remaining_requests for verdict in refused} == {4}
    await store.finish(key, lease="first", audio_seconds=0)
    assert (await ask(store, key, limits)).remaining_requests == 3


async def test_requests_at_once_are_let_in_up_to_the_limit(store: LimitStore, key: str) -> None:
    verdicts = await asyncio.gather(*(ask(store, key, KeyLimits(concurrent_requests=3)) for _ in range(20)))
    refused = [verdict for verdict in verdicts if verdict.refused_by]
    assert len(refused) == 17
    assert {verdict.refused_by for verdict in refused} == {Limit.CONCURRENT_REQUESTS}
    assert all(1 <= verdict.retry_after_seconds <= 60 for verdict in refused)


async def test_a_place_is_free_again_when_its_request_is_over(store: LimitStore, key: str) -> None:
    await ask(store, key, KeyLimits(concurrent_requests=1), lease="first")
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by
    for _ in range(2):  # a second time changes nothing
        await store.finish(key, lease="first", audio_seconds=0)
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by is None
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by


async def test_the_place_of_a_gateway_that_died_is_free_after_its_lease(store: LimitStore, key: str) -> None:
    await ask(store, key, KeyLimits(concurrent_requests=1), lease_seconds=0.2)
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by
    await asyncio.sleep(0.25)
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by is None


async def test_a_renewed_place_is_kept(store: LimitStore, key: str) -> None:
    await ask(store, key, KeyLimits(concurrent_requests=1), lease="long", lease_seconds=0.2)
    await store.renew(key, lease="long", lease_seconds=60)
    await asyncio.sleep(0.25)
    assert (await ask(store, key, KeyLimits(concurrent_requests=1))).refused_by is Limit.CONCURRENT_REQUESTS


async def test_audio_counts_when_it_was_transcribed_and_is_over_only_for_those_who_come_later(
    store: LimitStore, key: str
) -> None:
    limits = KeyLimits(audio_seconds_per_day=100)
    for lease in ("first", "second"):  # both start under the limit, so both finish
        assert (await ask(store, key, limits, lease=lease)).refused_by is None
    await store.finish(key, lease="first", audio_seconds=60.25)
    assert (await ask(store, key, limits, lease="third")).refused_by is None
    await store.finish(key, lease="second", audio_seconds=39.75)
    verdict = await ask(store, key, limits)
    assert verdict.refused_by is Limit.AUDIO_SECONDS_PER_DAY
    assert 0 < verdict.retry_after_seconds <= DAY_SECONDS


async def test_keys_do_not_touch_one_another(store: LimitStore, key: str) -> None:
    limits = KeyLimits(requests_per_minute=1, audio_seconds_per_day=1, concurrent_requests=1)
    await ask(store, key, limits, lease="a")
    await store.finish(key, lease="a", audio_seconds=5)
    assert (await ask(store, key, limits)).refused_by is Limit.AUDIO_SECONDS_PER_DAY
    assert (await ask(store, uuid4().hex, limits)).refused_by is None


async def test_what_is_counted_by_name_may_happen_so_often_in_any_such_time(store: LimitStore, key: str) -> None:
    """The wait that is told is long enough, and is that of the oldest that counts."""
    assert await store.count(key, most=2, per_seconds=1) == 0
    await asyncio.sleep(0.5)
    assert await store.count(key, most=2, per_seconds=1) == 0
    refused = [await store.count(key, most=2, per_seconds=1) for _ in range(5)]
    assert all(0.1 < wait <= 0.5 for wait in refused)
    await asyncio.sleep(refused[-1] + 0.01)
    assert await store.count(key, most=2, per_seconds=1) == 0
    assert 0.1 < await store.count(key, most=2, per_seconds=1) <= 0.5


async def test_names_are_counted_apart_and_of_many_at_once_as_many_as_may(store: LimitStore, key: str) -> None:
    waits = await asyncio.gather(*(store.count(key, most=5, per_seconds=60) for _ in range(20)))
    assert sum(wait == 0 for wait in waits) == 5
    assert await store.count(f"{key}-2", most=5, per_seconds=60) == 0


async def test_a_store_that_answers_is_ready(store: LimitStore) -> None:
    assert await store.ready()
