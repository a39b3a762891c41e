"""Blobs in the memory of a Redis or Valkey that writes nothing to disk, for several gateways and workers.

A blob is one list, so that its time, its taking and its end are one key's and atomic: an empty chunk, as no list can
be empty, and then its own. What makes a server one that keeps nothing is the matter of `redis_fitness`.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError

from speechkit.adapters.ephemeral.chunks import chunk_range, chunks_of, no_room, nothing_there, stretch
from speechkit.adapters.ephemeral.redis_fitness import UnfitRedis, require_memory_only
from speechkit.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
"""For a chunk, to a server that is near."""
IDLE_PUT_SECONDS = 300
"""A put without a chunk for as long has died with its process."""


class RedisBlobs:
    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # A connection that the server closed while it was idle is worth one more try; an outage is not.
            retry=Retry(NoBackoff(), retries=1),
        )

    async def __aenter__(self) -> Self:
        """Raises UnfitRedis. A server that is away now is looked at before anything is put."""
        try:
            with _redis_errors():
                await require_memory_only(self._redis)
        except StoreUnavailable:
            pass  # the log says so
        except UnfitRedis:
            await self._redis.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def put(self, name: str, parts: AsyncIterator[bytes], *, ttl_seconds: float, limit_bytes: int) -> int:
        await self._require_still_memory_only()
        unfinished = f"{_key(name)}:{uuid4().hex}"
        try:
            size_bytes = await self._push_all(unfinished, chunks_of(parts, limit_bytes=limit_bytes))
            await self._at_once(
                ("PEXPIRE", unfinished, max(1, round(ttl_seconds * 1000))), ("RENAME", unfinished, _key(name))
            )
        except BaseException:
            with suppress(RedisError, OSError):  # then it ends by itself
                await self._redis.delete(unfinished)
            raise
        return size_bytes

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        first, last = chunk_range(start, length)
        chunks, exists = await self._at_once(
            ("LRANGE", _key(name), first + 1, -1 if last is None else last + 1), ("EXISTS", _key(name))
        )
        if not exists:
            raise nothing_there()
        return stretch(chunks, start, length)

    async def take(self, name: str) -> bytes:
        chunks, existed = await self._at_once(("LRANGE", _key(name), 0, -1), ("DEL", _key(name)))
        if not existed:
            raise nothing_there()
        return b"".join(chunks)

    async def delete(self, name: str) -> None:
        await self._at_once(("DEL", _key(name)))

    async def ready(self) -> bool:
        try:
            await self._require_still_memory_only()
        except StoreUnavailable:
            return False
        return True

    async def _push_all(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        size_bytes = 0
        count = await self._push(key, b"")
        async for chunk in chunks:
            size_bytes += len(chunk)
            count += 1
            if await self._push(key, chunk) != count:
                # A try that was repeated after it had gone through, or a list whose time ended.
                raise StoreUnavailable("The upload did not arrive whole. Send it again.")
        return size_bytes

    async def _push(self, key: str, chunk: bytes) -> int:
        length, _ = await self._at_once(("RPUSH", key, chunk), ("EXPIRE", key, IDLE_PUT_SECONDS))
        return int(length)

    async def _at_once(self, *commands: tuple[str | int | bytes, ...]) -> list[Any]:
        """Their answers; nothing comes between them."""
        with _redis_errors():
            async with self._redis.pipeline(transaction=True) as steps:
                for command in commands:
                    steps.execute_command(*command)
                return await steps.execute()

    async def _require_still_memory_only(self) -> None:
        """Settings change while a server runs, and another may have come to its address."""
        try:
            with _redis_errors():
                await require_memory_only(self._redis)
        except UnfitRedis as unfit:
            log.warning("secure_jobs_refused", why=str(unfit), setting="EARSHOT_REDIS_URL")
            raise StoreUnavailable(
                "Secure jobs can't be taken just now: the server's administrator finds the reason in its log."
            ) from unfit


@contextmanager
def _redis_errors() -> Iterator[None]:
    try:
        yield
    except OutOfMemoryError as error:
        raise no_room() from error
    except (RedisError, OSError) as error:
        log.warning("ephemeral_store_unavailable", error=type(error).__name__)
        raise StoreUnavailable(
            "The memory for secure jobs can't be reached just now. Try again in a few seconds; the server's "
            "administrator finds the reason in its log."
        ) from error


def _key(name: str) -> str:
    # The braces keep a blob on one node of a cluster while it is put.
    return f"earshot:blob:{{{name}}}"
