"""Secure jobs' data in a Redis that must not write it anywhere: what is asked of it, and what if it is full."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from speechkit.adapters.ephemeral.chunks import CHUNK_BYTES
from speechkit.adapters.ephemeral.redis_blobs import RedisBlobs
from speechkit.adapters.ephemeral.redis_fitness import UnfitRedis
from speechkit.adapters.job_backing import open_job_backing
from speechkit.domain.errors import NotFound, Overloaded, StoreUnavailable
from speechkit.runtime.settings import BadSettings, JobSettings
from tests.stores.servers import RedisServer


@pytest.fixture
async def server(redis: RedisServer) -> AsyncIterator[Redis]:
    """The administrator's own connection; what was set through it is set back."""
    settings = {"save": "", "appendonly": "no", "maxmemory-policy": "noeviction", "maxmemory": "0"}
    async with Redis.from_url(redis.url) as administrator:
        yield administrator
        for name, value in settings.items():
            await administrator.config_set(name, value)


async def parts(size_bytes: int) -> AsyncIterator[bytes]:
    for _ in range(0, size_bytes, CHUNK_BYTES):
        yield bytes(CHUNK_BYTES)


async def put(blobs: RedisBlobs, name: str, size_bytes: int) -> None:
    await blobs.put(name, parts(size_bytes), ttl_seconds=60, limit_bytes=10**9)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("save", "3600 1", 'save ""'),
        ("appendonly", "yes", 'appendonly "no"'),
        ("maxmemory-policy", "allkeys-lru", 'maxmemory-policy "noeviction"'),
        ("maxmemory-policy", "volatile-ttl", 'maxmemory-policy "noeviction"'),
    ],
)
async def test_a_server_that_writes_to_disk_or_drops_what_is_unread_is_refused_with_the_remedy(
    redis: RedisServer, server: Redis, name: str, value: str, told: str
) -> None:
    await server.config_set(name, value)
    with pytest.raises(UnfitRedis) as refused:
        async with RedisBlobs(redis.url):
            pass
    assert told in str(refused.value)


async def test_a_server_whose_settings_are_secret_is_refused(redis: RedisServer, server: Redis) -> None:
    await server.acl_setuser("guest", enabled=True, nopass=True, keys=["*"], categories=["+@all"], commands=["-config"])
    try:
        with pytest.raises(UnfitRedis, match="CONFIG GET"):
            async with RedisBlobs(redis.url.replace("//", "//guest:none@")):
                pass
    finally:
        await server.acl_deluser("guest")


async def test_a_replicated_server_is_refused_because_replicas_write_to_disk(redis: RedisServer, server: Redis) -> None:
    await server.replicaof("127.0.0.1", "1")
    try:
        with pytest.raises(UnfitRedis, match="replica"):
            async with RedisBlobs(redis.url):
                pass
    finally:
        await server.replicaof("NO", "ONE")


async def test_nothing_is_put_into_a_server_that_began_to_write_to_disk(redis: RedisServer, server: Redis) -> None:
    """A running server can be told to; it is asked each time."""
    async with RedisBlobs(redis.url) as blobs:
        await server.config_set("save", "3600 1")
        with pytest.raises(StoreUnavailable):
            await put(blobs, "late", CHUNK_BYTES)
        assert not await blobs.ready()
        assert [key async for key in server.scan_iter("*late*")] == []
        await server.config_set("save", "")
        assert await blobs.ready()


async def test_a_full_server_refuses_clearly_and_keeps_what_it_has(redis: RedisServer, server: Redis) -> None:
    async with RedisBlobs(redis.url) as blobs:
        await put(blobs, "first", 2 * CHUNK_BYTES)
        used = (await server.info("memory"))["used_memory"]
        await server.config_set("maxmemory", used + 4 * CHUNK_BYTES)
        with pytest.raises(Overloaded):
            await put(blobs, "second", 20 * CHUNK_BYTES)
        assert len(await blobs.take("first")) == 2 * CHUNK_BYTES
        with pytest.raises(NotFound):
            await blobs.read("second")


async def test_whatever_is_put_ends_by_itself_even_where_its_process_dies_meanwhile(
    redis: RedisServer, server: Redis
) -> None:
    seen: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(CHUNK_BYTES)
            seen.extend([await server.ttl(key) async for key in server.scan_iter("*watched*")])

    async with RedisBlobs(redis.url) as blobs:
        await blobs.put("watched", watched(), ttl_seconds=60, limit_bytes=10**9)
        assert len(seen) == 3
        assert all(0 < ttl <= 300 for ttl in seen)
        (name,) = [key async for key in server.scan_iter("*watched*")]
        assert 0 < await server.ttl(name) <= 60


async def test_an_absent_server_is_a_clear_failure_of_each_call(redis: RedisServer) -> None:
    async with RedisBlobs("redis://127.0.0.1:1/0") as blobs:
        assert not await blobs.ready()
        with pytest.raises(StoreUnavailable):
            await put(blobs, "a", CHUNK_BYTES)
        for call in (blobs.read, blobs.take, blobs.delete):
            with pytest.raises(StoreUnavailable):
                await call("a")


async def test_a_service_does_not_start_on_an_unfit_server_and_says_which_setting_names_it(
    redis: RedisServer, server: Redis, tmp_path: Path
) -> None:
    await server.config_set("appendonly", "yes")
    with pytest.raises(BadSettings, match="EARSHOT_REDIS_URL"):
        async with open_job_backing(JobSettings(data_dir=tmp_path, redis_url=SecretStr(redis.url))):
            pass


async def test_a_fault_of_a_running_service_is_not_blamed_on_the_setting(redis: RedisServer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="its own"):
        async with open_job_backing(JobSettings(data_dir=tmp_path, redis_url=SecretStr(redis.url))):
            raise ValueError("its own")
