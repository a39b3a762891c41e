"""What every store of endpoints and of modes promises, held by SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.endpoint_store import SqlEndpointStore
from speechkit.adapters.sql.mode_store import SqlModeStore
from speechkit.domain.endpoints import EndpointTest, KeptEndpoint, Provider
from speechkit.domain.errors import NameTaken
from speechkit.ports import EndpointStore, ModeStore
from tests.fakes.made_jobs import later
from tests.stores.marks import POSTGRES


@dataclass(frozen=True)
class Stores:
    """On the same rows, and each pair as another process has it."""

    endpoints: EndpointStore
    twin: EndpointStore
    modes: ModeStore
    other_modes: ModeStore


@pytest.fixture(params=["sqlite", POSTGRES])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    where = database_url(
        None if request.param == "sqlite" else request.getfixturevalue("postgres").url, data_dir=tmp_path
    )
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(Database(where)) for _ in range(2)]
        async with one.session() as session:
            for table in ("endpoints", "modes"):  # PostgreSQL's last for the whole session
                await session.execute(text(f"DELETE FROM {table}"))
        yield Stores(SqlEndpointStore(one), SqlEndpointStore(other), SqlModeStore(one), SqlModeStore(other))


def made(number: int = 1, **said: Any) -> KeptEndpoint:
    endpoint = KeptEndpoint(
        id=f"ep_{number}",
        tenant="a",
        name=f"endpoint {number}",
        provider=Provider.OLLAMA,
        base_url="http://localhost:11434",
        model="m",
        sealed_key=b"\x00sealed",
        last_test=EndpointTest(passed=True, reply="Hello!", tested_at=later(1)),
        created_at=later(number),
    )
    return replace(endpoint, **said)


async def test_an_endpoint_is_found_as_it_was_added_and_by_its_tenant_alone(stores: Stores) -> None:
    kept = await stores.endpoints.add(made())
    assert kept == made(is_default=True), "the first of a tenant is its default"
    assert await stores.twin.get("ep_1", tenant="a") == kept
    assert await stores.twin.get("ep_1", tenant="b") is None
    bare = made(2, sealed_key=None, last_test=None, verbatim_url=True, context_tokens=9)
    assert await stores.endpoints.add(bare) == bare
    assert await stores.twin.all(tenant="a") == (kept, bare)
    assert await stores.twin.all(tenant="b") == ()


async def test_a_name_is_taken_once_for_each_tenant(stores: Stores) -> None:
    await stores.endpoints.add(made())
    await stores.endpoints.add(made(2, tenant="b", name="endpoint 1"))
    await stores.endpoints.add(made(3))
    with pytest.raises(NameTaken):
        await stores.endpoints.add(made(4, name="endpoint 1"))
    with pytest.raises(NameTaken):
        await stores.endpoints.change("ep_3", tenant="a", change=lambda kept: replace(kept, name="endpoint 1"))
    assert len(await stores.endpoints.all(tenant="a")) == 2


async def test_of_many_who_take_a_name_at_once_one_has_it(stores: Stores) -> None:
    sides = [stores.endpoints, stores.twin]
    added = await asyncio.gather(
        *(sides[number % 2].add(made(number, name="wanted")) for number in range(8)), return_exceptions=True
    )
    assert [type(each) for each in added].count(NameTaken) == 7
    assert len(await stores.endpoints.all(tenant="a")) == 1


async def test_changes_at_the_same_time_are_all_made(stores: Stores) -> None:
    await stores.endpoints.add(made(context_tokens=0))

    def longer(kept: KeptEndpoint) -> KeptEndpoint:
        return replace(kept, context_tokens=kept.context_tokens + 1)

    sides = [stores.endpoints, stores.twin]
    await asyncio.gather(*(sides[number % 2].change("ep_1", tenant="a", change=longer) for number in range(10)))
    changed = await stores.twin.get("ep_1", tenant="a")
    assert changed
    assert changed.context_tokens == 10


async def test_there_is_one_default_at_most(stores: Stores) -> None:
    for number in (1, 2, 3):
        await stores.endpoints.add(made(number))
    await stores.endpoints.change("ep_2", tenant="a", change=lambda kept: replace(kept, is_default=True))
    assert [kept.id for kept in await stores.twin.all(tenant="a") if kept.is_default] == ["ep_2"]
    assert await stores.endpoints.delete("ep_2", tenant="a")
    assert not any(kept.is_default for kept in await stores.twin.all(tenant="a")), "nobody becomes it unasked"


async def test_only_its_tenant_changes_and_deletes_an_endpoint(stores: Stores) -> None:
    kept = await stores.endpoints.add(made())
    assert await stores.endpoints.change("ep_1", tenant="b", change=lambda kept: replace(kept, model="x")) is None
    assert not await stores.endpoints.delete("ep_1", tenant="b")
    assert await stores.twin.get("ep_1", tenant="a") == kept
    assert await stores.endpoints.delete("ep_1", tenant="a")
    assert not await stores.endpoints.delete("ep_1", tenant="a")
    assert await stores.twin.get("ep_1", tenant="a") is None


WORDS = {"instructions": "Schreib's auf. 🎙", "temperature": 0.5, "keywords": ["Ana"], "endpoint_id": ""}


async def test_what_is_said_of_a_mode_is_kept_for_its_tenant_alone(stores: Stores) -> None:
    await stores.modes.add("b", WORDS, tenant="a")
    await stores.modes.add("b", {}, tenant="b")
    await stores.modes.put("a", {"temperature": 1.0}, tenant="a")
    assert await stores.other_modes.get("b", tenant="a") == WORDS
    assert await stores.other_modes.get("c", tenant="a") is None
    assert await stores.other_modes.all(tenant="a") == {"a": {"temperature": 1.0}, "b": WORDS}
    with pytest.raises(NameTaken):
        await stores.modes.add("b", WORDS, tenant="a")


async def test_a_mode_is_replaced_and_deleted(stores: Stores) -> None:
    await stores.modes.put("a", WORDS, tenant="a")
    await stores.other_modes.put("a", {"temperature": 0.1}, tenant="a")
    assert await stores.modes.get("a", tenant="a") == {"temperature": 0.1}
    assert not await stores.modes.delete("a", tenant="b")
    assert await stores.modes.delete("a", tenant="a")
    assert not await stores.modes.delete("a", tenant="a")
    assert await stores.other_modes.get("a", tenant="a") is None
