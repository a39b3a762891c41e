"""Redis as it is met: shared by several gateways, away, and back again without its memory."""

import asyncio
import time
from pathlib import Path

import pytest

from speechkit.adapters.ephemeral.redis import RedisLimitStore
from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.limits import KeyLimits
from tests.stack.ports import free_ports
from tests.stores.marks import servers
from tests.stores.programs import ProgramMissing, find_program, skip_without
from tests.stores.servers import RedisServer

ONE_AT_ONCE = KeyLimits(concurrent_requests=1)


@pytest.fixture
def own_redis(tmp_path: Path) -> RedisServer:
    """Not running yet."""
    try:
        find_program("redis-server", "valkey-server")
    except ProgramMissing as missing:
        skip_without("Redis or Valkey", missing)
    return RedisServer(port=free_ports(1)[0], folder=tmp_path)


async def test_limits_hold_over_gateways(redis: RedisServer) -> None:
    async with RedisLimitStore(redis.url) as one, RedisLimitStore(redis.url) as other:
        limits = KeyLimits(requests_per_minute=10, concurrent_requests=7)
        verdicts = await asyncio.gather(
            *(
                store.admit("shared", limits, lease=f"{store}-{index}", lease_seconds=60)
                for store in (one, other)
                for index in range(10)
            )
        )
    assert sum(verdict.refused_by is None for verdict in verdicts) == 7


async def test_calls_are_counted_over_gateways(redis: RedisServer) -> None:
    async with RedisLimitStore(redis.url) as one, RedisLimitStore(redis.url) as other:
        waits = [await store.count("polled", most=3, per_seconds=60) for store in (one, other, one, other)]
    assert waits[:3] == [0, 0, 0]
    assert 50 < waits[3] <= 60


@servers
async def test_an_absent_server_is_a_quick_and_clear_failure_and_comes_back(own_redis: RedisServer) -> None:
    async with RedisLimitStore(own_redis.url) as store:
        with own_redis.served():
            await store.admit("key", ONE_AT_ONCE, lease="a", lease_seconds=60)
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.finish("key", lease="a", audio_seconds=1)
        assert not await store.ready()
        assert time.monotonic() - started < 5
        with own_redis.served():
            assert await store.ready()
            assert (await store.admit("key", ONE_AT_ONCE, lease="b", lease_seconds=60)).refused_by is None


async def test_a_server_that_does_not_answer_is_waited_for_only_briefly() -> None:
    callers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _reader, writer: callers.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with RedisLimitStore(f"redis://127.0.0.1:{port}", timeout_seconds=0.2) as store:
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.admit("key", ONE_AT_ONCE, lease="a", lease_seconds=60)
        assert time.monotonic() - started < 3
    for caller in callers:
        caller.close()
    silent.close()
    await silent.wait_closed()


async def test_nothing_that_is_counted_stays_for_ever(redis: RedisServer) -> None:
    async with RedisLimitStore(redis.url) as store:
        await store.admit("fleeting", KeyLimits(requests_per_minute=1), lease="a", lease_seconds=60)
        await store.renew("fleeting", lease="a", lease_seconds=60)
        await store.finish("fleeting", lease="b", audio_seconds=1)
        await store.count("fleeting", most=1, per_seconds=60)
        names = [name async for name in store._redis.scan_iter("*fleeting*")]
        assert len(names) == 3
        for name in names:
            assert await store._redis.ttl(name) > 0
