"""What tenants have set up is looked up once in a while, and never served for longer than it may be."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from postprocess.setups import RecentSetups, WatchedModeStore
from speechkit.domain.endpoints import KeptEndpoint
from speechkit.domain.errors import StoreUnavailable
from speechkit.ports import ModeWords


class CountedStore:
    """Of modes and, as far as they are read, of endpoints."""

    def __init__(self) -> None:
        self.words: dict[str, ModeWords] = {}
        self.looks = 0
        self.away = False

    async def all(self, *, tenant: str) -> Any:
        self.looks += 1
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        return dict(self.words)

    async def put(self, name: str, words: ModeWords, *, tenant: str) -> None:
        self.words[name] = words


class NoEndpoints:
    async def all(self, *, tenant: str) -> tuple[KeptEndpoint, ...]:
        return ()


def setups_on(store: CountedStore) -> RecentSetups:
    return RecentSetups(endpoints=NoEndpoints(), modes=store)  # type: ignore[arg-type] # they are only read here


async def modes_in(setups: RecentSetups, tenant: str = "a") -> Mapping[str, ModeWords]:
    return (await setups.of(tenant)).modes


async def test_many_who_ask_at_once_share_one_look() -> None:
    store = CountedStore()
    setups = setups_on(store)
    await asyncio.gather(*(setups.of("a") for _ in range(50)))
    await setups.of("a")
    assert store.looks == 1
    await setups.of("b")
    assert store.looks == 2, "another tenant has a setup of its own"


async def test_what_this_process_writes_is_known_at_once() -> None:
    store = CountedStore()
    setups = setups_on(store)
    watched = WatchedModeStore(inner=store, changed=setups.forget)  # type: ignore[arg-type] # as far as it is used
    assert await modes_in(setups) == {}
    await watched.put("minutes", {"temperature": 1.0}, tenant="a")
    assert await modes_in(setups) == {"minutes": {"temperature": 1.0}}


async def test_what_another_process_writes_is_known_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    store = CountedStore()
    setups = setups_on(store)
    now = 100.0
    monkeypatch.setattr("postprocess.setups.monotonic", lambda: now)
    assert await modes_in(setups) == {}
    await store.put("minutes", {}, tenant="a")
    now = 101.9
    assert await modes_in(setups) == {}
    now = 102.0
    assert await modes_in(setups) == {"minutes": {}}


async def test_a_look_that_failed_is_not_remembered() -> None:
    store = CountedStore()
    setups = setups_on(store)
    store.away = True
    with pytest.raises(StoreUnavailable):
        await setups.of("a")
    store.away = False
    assert await modes_in(setups) == {}


async def test_one_who_leaves_takes_the_look_from_nobody_else() -> None:
    setups = setups_on(CountedStore())
    leaving, staying = asyncio.create_task(setups.of("a")), asyncio.create_task(setups.of("a"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).modes == {}
