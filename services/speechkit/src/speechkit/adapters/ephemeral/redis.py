"""Limits counted in Redis or Valkey, so that they hold over every gateway.

What is counted, and how, stands in `redis_scripts`.
"""

from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from speechkit.adapters.ephemeral.redis_scripts import ADMIT, COUNT, FINISH, RENEW
from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.limits import KeyLimits, Limit, Verdict

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 1.0
"""A request waits for this before it is admitted; an answer takes well under a millisecond."""


class RedisLimitStore:
    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._redis: Redis = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # A connection that the server closed while it was idle is worth one more try; an outage is not.
            retry=Retry(NoBackoff(), retries=1),
        )
        self._admit = self._redis.register_script(ADMIT)
        self._renew = self._redis.register_script(RENEW)
        self._finish = self._redis.register_script(FINISH)
        self._count = self._redis.register_script(COUNT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        refused_by, wait, remaining, reset = await self._run(
            self._admit,
            _keys_of(key_id),
            limits.requests_per_minute,
            limits.audio_seconds_per_day,
            limits.concurrent_requests,
            lease,
            lease_seconds,
        )
        return Verdict(
            refused_by=Limit(refused_by) if refused_by else None,
            retry_after_seconds=float(wait),
            remaining_requests=int(remaining),
            reset_seconds=float(reset),
        )

    async def renew(self, key_id: str, *, lease: str, lease_seconds: float) -> None:
        await self._run(self._renew, _keys_of(key_id), lease, lease_seconds)

    async def finish(self, key_id: str, *, lease: str, audio_seconds: float) -> None:
        await self._run(self._finish, _keys_of(key_id), lease, audio_seconds)

    async def count(self, name: str, *, most: int, per_seconds: float) -> float:
        return float(await self._run(self._count, [f"earshot:count:{name}"], most, per_seconds, uuid4().hex))

    async def ready(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def _run(self, script: AsyncScript, keys: list[str], *arguments: float | str | None) -> Any:
        try:
            return await script(keys=keys, args=["" if argument is None else argument for argument in arguments])
        except (RedisError, OSError) as error:
            log.warning("limit_store_unavailable", error=type(error).__name__)
            raise StoreUnavailable(
                "Limits can't be checked just now. Try again in a few seconds; the server's administrator finds the "
                "reason in its log."
            ) from error


def _keys_of(key_id: str) -> list[str]:
    # The braces keep both on one node of a cluster.
    return [f"earshot:usage:{{{key_id}}}", f"earshot:leases:{{{key_id}}}"]
