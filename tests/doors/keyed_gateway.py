"""A gateway on fakes that asks for keys, and the means to make some."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx

from gateway.edge.access import Access
from gateway.edge.key_cache import KeyCache
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.keys import ApiKey, make_key
from speechkit.domain.limits import KeyLimits, Verdict
from tests.doors.gateway import FakeGateway
from tests.fakes.key_store import FakeKeyStore

NOW = datetime(2026, 2, 3, tzinfo=UTC)


class AbsentLimitStore(MemoryLimitStore):
    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        raise StoreUnavailable("away")


class KeyedGateway:
    def __init__(self, limits: MemoryLimitStore | None = None, *, refuse_uncounted: bool = False) -> None:
        self.store = FakeKeyStore()
        self.now = 1000.0
        cache = KeyCache(self.store, ttl_seconds=5, clock=lambda: self.now)
        access = Access(keys=cache, limits=limits or MemoryLimitStore(), refuse_uncounted=refuse_uncounted)
        self.gateway = FakeGateway(access=access)

    async def key(self, *, tenant: str = "acme", models: tuple[str, ...] = (), **limits: int) -> tuple[str, ApiKey]:
        secret, key = make_key(tenant=tenant, models=models, limits=KeyLimits(**limits), now=NOW)
        await self.store.add(key)
        return secret, key

    @asynccontextmanager
    async def client(self, secret: str = "", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.gateway.client() as client:
            client.headers.update(headers | ({"authorization": f"Bearer {secret}"} if secret else {}))
            yield client
