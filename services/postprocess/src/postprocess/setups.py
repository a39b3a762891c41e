"""What tenants have set up, remembered for a moment: a refinement does not wait for the database each time.

What is written through this process is known at once, what another process writes within two seconds. Whoever shows or
changes a setup reads the stores themselves.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from speechkit.domain.endpoints import KeptEndpoint
from speechkit.ports import EndpointStore, ModeStore, ModeWords

KEPT_SECONDS = 2.0
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class Setup:
    endpoints: tuple[KeptEndpoint, ...]
    modes: Mapping[str, ModeWords]


@dataclass(frozen=True)
class _Kept:
    loading: "asyncio.Task[Setup]"
    good_until: float


@dataclass(frozen=True, kw_only=True)
class RecentSetups:
    endpoints: EndpointStore
    modes: ModeStore
    _kept: "OrderedDict[str, _Kept]" = field(default_factory=OrderedDict)

    async def of(self, tenant: str) -> Setup:
        """Raises StoreUnavailable. Who asks at the same time shares one look into the store."""
        kept = self._kept.get(tenant)
        if kept is None or monotonic() >= kept.good_until or _failed(kept.loading):
            kept = _Kept(asyncio.create_task(self._load(tenant)), monotonic() + KEPT_SECONDS)
            self._kept[tenant] = kept
            if len(self._kept) > MOST_REMEMBERED:
                self._kept.popitem(last=False)
        return await asyncio.shield(kept.loading)

    def forget(self, tenant: str) -> None:
        self._kept.pop(tenant, None)

    async def _load(self, tenant: str) -> Setup:
        return Setup(endpoints=await self.endpoints.all(tenant=tenant), modes=dict(await self.modes.all(tenant=tenant)))


@dataclass(frozen=True, kw_only=True)
class WatchedEndpointStore:
    """The store, telling of what is written."""

    inner: EndpointStore
    changed: Callable[[str], None]

    async def add(self, endpoint: KeptEndpoint) -> KeptEndpoint:
        try:
            return await self.inner.add(endpoint)
        finally:
            self.changed(endpoint.tenant)

    async def get(self, endpoint_id: str, *, tenant: str) -> KeptEndpoint | None:
        return await self.inner.get(endpoint_id, tenant=tenant)

    async def all(self, *, tenant: str) -> tuple[KeptEndpoint, ...]:
        return await self.inner.all(tenant=tenant)

    async def change(
        self, endpoint_id: str, *, tenant: str, change: Callable[[KeptEndpoint], KeptEndpoint]
    ) -> KeptEndpoint | None:
        try:
            return await self.inner.change(endpoint_id, tenant=tenant, change=change)
        finally:
            self.changed(tenant)

    async def delete(self, endpoint_id: str, *, tenant: str) -> bool:
        try:
            return await self.inner.delete(endpoint_id, tenant=tenant)
        finally:
            self.changed(tenant)


@dataclass(frozen=True, kw_only=True)
class WatchedModeStore:
    """The store, telling of what is written."""

    inner: ModeStore
    changed: Callable[[str], None]

    async def add(self, name: str, words: ModeWords, *, tenant: str) -> None:
        try:
            await self.inner.add(name, words, tenant=tenant)
        finally:
            self.changed(tenant)

    async def get(self, name: str, *, tenant: str) -> ModeWords | None:
        return await self.inner.get(name, tenant=tenant)

    async def all(self, *, tenant: str) -> Mapping[str, ModeWords]:
        return await self.inner.all(tenant=tenant)

    async def put(self, name: str, words: ModeWords, *, tenant: str) -> None:
        try:
            await self.inner.put(name, words, tenant=tenant)
        finally:
            self.changed(tenant)

    async def delete(self, name: str, *, tenant: str) -> bool:
        try:
            return await self.inner.delete(name, tenant=tenant)
        finally:
            self.changed(tenant)


def _failed(loading: "asyncio.Task[Setup]") -> bool:
    return loading.done() and (loading.cancelled() or loading.exception() is not None)
