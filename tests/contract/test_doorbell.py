"""What every doorbell promises, held by the fake, by the one in this process and by a real Kafka alike."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from speechkit.adapters.doorbell.kafka import KafkaDoorbell
from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.adapters.doorbell.polling import PollingDoorbell
from speechkit.ports import Doorbell
from tests.fakes.doorbell import FakeDoorbell
from tests.stores.marks import KAFKA

RING_SECONDS = 20.0
"""Long enough for a consumer group to form on a busy machine."""
NEVER = 3600.0
"""Between two looks without a ring, so that only rings are seen."""
QUIET_SECONDS = 0.5


@pytest.fixture(params=["fake", "polling", KAFKA])
async def doorbell(request: pytest.FixtureRequest) -> AsyncIterator[Doorbell]:
    if request.param == "fake":
        yield FakeDoorbell()
    elif request.param == "polling":
        yield PollingDoorbell(look_seconds=NEVER)
    else:
        name = f"contract-{uuid4().hex}"
        address = request.getfixturevalue("kafka")
        broker = KafkaBroker(bootstrap_servers=(address,), topic=name, group=name, partitions=2, look_seconds=NEVER)
        async with KafkaDoorbell(broker) as kafka:
            yield kafka


async def hear(rings: AsyncIterator[None], *, within_seconds: float = RING_SECONDS) -> bool:
    try:
        async with asyncio.timeout(within_seconds):
            await anext(rings)
    except TimeoutError:
        return False
    return True


async def test_a_ring_wakes_who_waits(doorbell: Doorbell) -> None:
    async with doorbell.rings() as rings:
        waiting = asyncio.create_task(hear(rings))
        await doorbell.ring({"job-1": None})
        assert await waiting


async def test_a_ring_from_before_anybody_listened_is_heard(doorbell: Doorbell) -> None:
    await doorbell.ring({"job-1": None})
    async with doorbell.rings() as rings:
        assert await hear(rings)


async def test_each_ring_is_heard_once(doorbell: Doorbell) -> None:
    await doorbell.ring({"job-1": None, "job-2": None})
    await doorbell.ring({"job-3": None})
    async with doorbell.rings() as rings:
        assert [await hear(rings) for _ in range(3)] == [True] * 3
        assert not await hear(rings, within_seconds=QUIET_SECONDS)


async def test_a_ring_that_was_taken_comes_to_nobody_else(doorbell: Doorbell) -> None:
    """Not to a worker that comes later, either."""
    await doorbell.ring({"job-1": None})
    async with doorbell.rings() as rings:
        assert await hear(rings)
    await doorbell.ring({"job-2": None})
    async with doorbell.rings() as rings:
        assert await hear(rings)
        assert not await hear(rings, within_seconds=QUIET_SECONDS)


async def test_rings_that_are_not_asked_for_are_left_to_others(doorbell: Doorbell) -> None:
    """A full worker asks for none; when it leaves, others hear them."""
    async with doorbell.rings() as full:
        await doorbell.ring({"job-1": None})
        assert await hear(full)
        await doorbell.ring({"job-2": None, "job-3": None})
    async with doorbell.rings() as rings:
        assert [await hear(rings) for _ in range(2)] == [True] * 2


async def test_a_wait_that_is_given_up_loses_no_ring(doorbell: Doorbell) -> None:
    async with doorbell.rings() as rings:
        await doorbell.ring({"job-1": None})
        assert await hear(rings)
        assert not await hear(rings, within_seconds=QUIET_SECONDS)
        await doorbell.ring({"job-2": None})
        await asyncio.sleep(QUIET_SECONDS)
        assert await hear(rings)


async def test_ringing_for_nobody_is_no_ring(doorbell: Doorbell) -> None:
    await doorbell.ring({})
    async with doorbell.rings() as rings:
        assert not await hear(rings, within_seconds=QUIET_SECONDS)
