"""What every key store promises, held by the fake of the unit tests, SQLite and PostgreSQL alike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.key_store import SqlKeyStore
from speechkit.domain.keys import ApiKey, key_hash, make_key
from speechkit.domain.limits import KeyLimits
from speechkit.ports import KeyStore
from tests.fakes.key_store import FakeKeyStore
from tests.stores.marks import POSTGRES

NOW = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
LIMITS = KeyLimits(requests_per_minute=10, audio_seconds_per_day=3600, concurrent_requests=2)


@pytest.fixture(params=["fake", "sqlite", POSTGRES])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KeyStore]:
    match request.param:
        case "fake":
            yield FakeKeyStore()
            return
        case "sqlite":
            url = None
        case "postgres":
            url = request.getfixturevalue("postgres").url
    async with Database(database_url(url, data_dir=tmp_path)) as database:
        yield SqlKeyStore(database)


def made(now: datetime = NOW, limits: KeyLimits = LIMITS) -> ApiKey:
    return make_key(tenant="Łódź", name="a phone", models=["whisper-1", "a/b"], limits=limits, now=now)[1]


async def test_a_key_is_found_by_its_hash_as_it_was_added(store: KeyStore) -> None:
    limited, unlimited = made(), made(limits=KeyLimits())
    for key in (limited, unlimited):
        await store.add(key)
        assert await store.find(key.hash) == key
    assert await store.find(key_hash("esk_another")) is None


async def test_a_revoked_key_says_since_when(store: KeyStore) -> None:
    """The first time counts, and nothing else of the key changes."""
    key = made()
    await store.add(key)
    first = await store.revoke(key.id, now=NOW + timedelta(days=1))
    again = await store.revoke(key.id, now=NOW + timedelta(days=2))
    assert first == again == await store.find(key.hash)
    assert first is not None
    assert first.revoked_at == NOW + timedelta(days=1)


async def test_a_key_that_is_not_there_cannot_be_revoked(store: KeyStore) -> None:
    assert await store.revoke("key_nobody", now=NOW) is None


async def test_keys_are_listed_the_oldest_first(store: KeyStore) -> None:
    keys = [made(now=NOW + timedelta(seconds=seconds)) for seconds in (3, 1, 2)]
    for key in keys:
        await store.add(key)
    listed = [key for key in await store.all() if key in keys]
    assert [key.created_at.second for key in listed] == [7, 8, 9]


async def test_a_store_that_answers_is_ready(store: KeyStore) -> None:
    assert await store.ready()
