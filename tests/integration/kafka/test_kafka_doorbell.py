"""The doorbell on a real Kafka: what is written there, how workers share it, and what an outage does to it."""

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.consumer.fetcher import ConsumerRecord

from speechkit.adapters.doorbell.kafka import KafkaDoorbell
from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.domain.errors import StoreUnavailable
from tests.doors.waiting import until
from tests.integration.kafka.ringing import SHARED_SECONDS, Worker, working
from tests.stack.ports import free_ports
from tests.stores.kafka import new_kafka
from tests.stores.marks import servers
from tests.stores.programs import ProgramMissing, skip_without

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def broker(kafka: str) -> KafkaBroker:
    return fresh_broker(kafka)


def fresh_broker(address: str) -> KafkaBroker:
    name = f"test-{uuid4().hex}"
    return KafkaBroker(bootstrap_servers=(address,), topic=name, group=name, partitions=6, look_seconds=3600)


async def ring_until_both_hear(doorbell: KafkaDoorbell, first: Worker, second: Worker) -> int:
    """How many rings it took until the group was shared out."""
    rung = 0
    async with asyncio.timeout(SHARED_SECONDS):
        while not (first.heard and second.heard):
            await doorbell.ring({uuid4().hex: None})
            rung += 1
            await asyncio.sleep(0.05)
    await until(lambda: first.heard + second.heard >= rung)
    return rung


def messages(topic: str, address: str, *, count: int) -> list[ConsumerRecord]:
    consumer = KafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    try:
        return [next(consumer) for _ in range(count)]
    finally:
        consumer.close()


async def test_a_message_holds_the_job_s_id_and_the_trace_and_nothing_else(broker: KafkaBroker, kafka: str) -> None:
    async with KafkaDoorbell(broker) as doorbell:
        await doorbell.ring({"job-1": TRACEPARENT})
    [message] = await asyncio.to_thread(messages, broker.topic, kafka, count=1)
    assert message.key == b"job-1"
    assert json.loads(message.value) == {"version": 1, "job_id": "job-1"}
    assert message.headers == [("traceparent", TRACEPARENT.encode())]


async def test_a_topic_is_made_with_the_partitions_that_were_asked_for(broker: KafkaBroker, kafka: str) -> None:
    async with KafkaDoorbell(broker) as doorbell:
        await doorbell.ring({"job-1": None})
    consumer = KafkaConsumer(bootstrap_servers=kafka)
    try:
        assert consumer.partitions_for_topic(broker.topic) == set(range(6))
    finally:
        consumer.close()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff{", b"not JSON"),
        (b'{"version":2,"job_id":"a"}', b"not of version 1"),
        (b'{"version":1,"job_id":7}', b"no job_id"),
        (None, b"not JSON"),
    ],
)
async def test_an_unreadable_message_is_set_aside_with_its_reason_and_holds_up_nothing(
    broker: KafkaBroker, kafka: str, value: bytes | None, reason: bytes
) -> None:
    broker = replace(broker, partitions=1)
    async with KafkaDoorbell(broker) as doorbell:
        await doorbell.ring({"before": None})
        send_strange(broker.topic, kafka, value)
        await doorbell.ring({"after": None})
        async with working(doorbell) as worker:
            await until(lambda: worker.heard == 2, timeout_seconds=SHARED_SECONDS)
        async with working(doorbell) as later:
            await doorbell.ring({"last": None})
            await until(lambda: later.heard > 0, timeout_seconds=SHARED_SECONDS)
        assert later.heard == 1
    [aside] = await asyncio.to_thread(messages, broker.unreadable_topic, kafka, count=1)
    assert (aside.key, aside.value) == (b"strange", value or b"")
    assert dict(aside.headers) == {"kept": b"yes", "reason": reason, "found_at": f"{broker.topic}/0/1".encode()}


def send_strange(topic: str, address: str, value: bytes | None) -> None:
    producer = KafkaProducer(bootstrap_servers=address)
    producer.send(topic, key=b"strange", value=value, headers=[("kept", b"yes")]).get(timeout=10)
    producer.close()


async def test_two_workers_of_a_group_share_the_rings(broker: KafkaBroker) -> None:
    async with KafkaDoorbell(broker) as doorbell, working(doorbell) as first, working(doorbell) as second:
        rung = await ring_until_both_hear(doorbell, first, second)
        shared = first.heard + second.heard - rung  # what a rebalance repeated
        before = (first.heard, second.heard)
        await doorbell.ring({uuid4().hex: None for _ in range(40)})
        await until(lambda: first.heard + second.heard == rung + shared + 40)
        assert first.heard > before[0]
        assert second.heard > before[1]


async def test_a_full_worker_s_partitions_rest_while_the_other_hears_its_own(broker: KafkaBroker) -> None:
    """The full one stays in the group, and what lay in its partitions is there once it has room."""
    async with KafkaDoorbell(broker) as doorbell, working(doorbell) as full, working(doorbell) as free:
        await ring_until_both_hear(doorbell, full, free)
        full.full = True
        await doorbell.ring({uuid4().hex: None for _ in range(12)})  # the ring that it still waited for is among them
        await asyncio.sleep(0.5)
        before = (full.heard, free.heard)
        await doorbell.ring({uuid4().hex: None for _ in range(40)})
        await asyncio.sleep(1.5)
        assert full.heard == before[0]
        others = free.heard - before[1]
        assert 0 < others < 40
        full.full = False
        await until(lambda: full.heard - before[0] >= 40 - others)


async def test_a_worker_that_waits_in_vain_looks_now_and_then(broker: KafkaBroker) -> None:
    async with KafkaDoorbell(replace(broker, look_seconds=0.05)) as doorbell, working(doorbell) as worker:
        await until(lambda: worker.heard >= 3)


async def test_without_a_broker_a_ring_fails_in_time_and_leaves_no_thread_behind() -> None:
    broker = replace(fresh_broker(f"127.0.0.1:{free_ports(1)[0]}"), ring_seconds=0.5)
    async with KafkaDoorbell(broker) as doorbell:
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(StoreUnavailable, match="tried again"):
                await doorbell.ring({"job-1": None})
            assert time.monotonic() - started < 3
    await until(lambda: not [each for each in threading.enumerate() if "afka" in each.name])


@servers
async def test_rings_go_on_after_the_broker_was_killed() -> None:
    """Workers that started while it was away, and those that were there before, hear again; nobody restarts them."""
    async with AsyncExitStack() as stack:
        try:
            server = stack.enter_context(new_kafka())
        except ProgramMissing as missing:
            skip_without("Kafka", missing)
        broker = replace(fresh_broker(server.address), ring_seconds=2.0)
        doorbell = await stack.enter_async_context(KafkaDoorbell(broker))
        worker = await stack.enter_async_context(working(doorbell))  # before there is a broker
        with server.served() as process:
            await ring_until(doorbell, worker)
            process.kill()
            process.wait()
            with pytest.raises(StoreUnavailable):
                await doorbell.ring({"job-1": None})
        heard = worker.heard
        with server.served():
            await ring_until(doorbell, worker, more_than=heard)


async def ring_until(doorbell: KafkaDoorbell, worker: Worker, *, more_than: int = 0) -> None:
    """Rings as the outbox does: again where a ring failed."""
    async with asyncio.timeout(30):
        while worker.heard <= more_than:
            with suppress(StoreUnavailable):
                await doorbell.ring({uuid4().hex: None})
            await asyncio.sleep(0.2)


async def test_an_idle_worker_is_woken_soon(
    broker: KafkaBroker, record_property: Callable[[str, object], None]
) -> None:
    """Half of the rings within 100 ms of the call, the message's safe storage included."""
    async with KafkaDoorbell(broker) as doorbell, working(doorbell) as worker:
        await ring_until(doorbell, worker)
        await asyncio.sleep(0.5)
        waits = []
        for _ in range(30):
            heard, started = worker.heard, time.perf_counter()
            await doorbell.ring({uuid4().hex: None})
            while worker.heard == heard:
                await asyncio.sleep(0.0005)
            waits.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(0.02)
    p50 = statistics.median(waits)
    record_property("ring_ms_p50", round(p50, 1))
    print(f"from ring to wake: p50 {p50:.1f} ms, slowest {max(waits):.1f} ms")
    assert p50 < 100
