"""SQLite and PostgreSQL as they are met: empty, behind, started by many at once, away and back again."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL, Connection, bindparam, text
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from speechkit.adapters.sql.database import BadDatabaseUrl, Database, database_url
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.adapters.sql.key_store import SqlKeyStore
from speechkit.adapters.sql.migrating import alembic_config
from speechkit.adapters.sql.tables import UtcDateTime
from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.keys import ApiKey, make_key
from speechkit.domain.limits import KeyLimits
from tests.fakes.made_jobs import LEASE, later, made_job
from tests.stack.ports import free_ports
from tests.stores.marks import POSTGRES
from tests.stores.servers import PostgresServer

STARTERS = 6


def made() -> ApiKey:
    return make_key(tenant="acme", limits=KeyLimits(), now=datetime.now(UTC))[1]


@pytest.fixture(params=["sqlite", POSTGRES])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/earshot.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"d{abs(hash(tmp_path))}"
    engine = create_async_engine(database_url(server.url, data_dir=tmp_path), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.url.rpartition("/")[0] + f"/{name}"


async def test_migrations_make_the_tables_that_the_code_knows(url: str, tmp_path: Path) -> None:
    async with Database(database_url(url, data_dir=tmp_path)) as database:
        assert await database.ready()
        engine = create_async_engine(database_url(url, data_dir=tmp_path))
        async with engine.connect() as connection:
            await connection.run_sync(_check)  # raises where Alembic would generate another step
        await engine.dispose()


def _check(connection: Connection) -> None:
    command.check(alembic_config(connection))


async def test_a_database_of_the_version_before_jobs_keeps_its_keys(url: str, tmp_path: Path) -> None:
    where, key = database_url(url, data_dir=tmp_path), made()
    await asyncio.to_thread((tmp_path / "new").mkdir)
    engine = create_async_engine(where)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0001"))
        await connection.execute(
            text(
                "INSERT INTO api_keys (id, tenant, name, hash, models, created_at)"
                " VALUES (:id, :tenant, :name, :hash, '[]', :at)"
            ).bindparams(bindparam("at", type_=UtcDateTime)),
            {"id": key.id, "tenant": key.tenant, "name": key.name, "hash": key.hash, "at": key.created_at},
        )
    await engine.dispose()
    async with Database(where) as database:
        assert await SqlKeyStore(database).all() == (key,)
        jobs = SqlJobStore(database)
        await jobs.add(made_job())
        assert await jobs.claim(now=later(5), lease=LEASE)


async def test_gateways_that_start_at_the_same_time_migrate_one_after_the_other(url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        where = database_url(url, data_dir=tmp_path)
        databases = [await stack.enter_async_context(Database(where)) for _ in range(STARTERS)]
        with capture_logs() as lines:
            ready = await asyncio.gather(*(database.ready() for database in databases))
    assert ready == [True] * STARTERS
    assert [line["event"] for line in lines] == ["database_migrated"] * STARTERS


async def test_several_gateways_share_the_database(url: str, tmp_path: Path) -> None:
    """As the gateway and `earshot keys` do: what one writes the other reads, and nobody is told that it is locked."""
    where = database_url(url, data_dir=tmp_path)
    async with Database(where) as one, Database(where) as other:
        keys = [made() for _ in range(20)]
        stores = [SqlKeyStore(one), SqlKeyStore(other)]
        await asyncio.gather(*(stores[index % 2].add(key) for index, key in enumerate(keys)))
        for store in stores:
            assert {key.id for key in await store.all()} == {key.id for key in keys}


async def test_a_database_that_is_away_is_a_clear_failure_and_comes_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    server = PostgresServer(port=free_ports(1)[0], folder=Path(postgres.folder) / "second")
    server.folder.mkdir()
    server.initialize()
    async with Database(database_url(server.url, data_dir=tmp_path)) as database:
        store, key = SqlKeyStore(database), made()
        with capture_logs() as lines:
            assert not await store.ready(), "it was not there at the start"
        assert [line["event"] for line in lines] == ["database_unavailable"]
        with server.served():
            await store.add(key)
        with capture_logs() as lines, pytest.raises(StoreUnavailable):
            await store.find(key.hash)
        assert key.hash not in str(lines)
        with server.served():
            assert await store.find(key.hash) == key


async def test_a_file_that_is_no_database_is_a_clear_failure(tmp_path: Path) -> None:
    (tmp_path / "earshot.db").write_bytes(b"This is not a database, but somebody's notes. " * 100)
    async with Database(database_url(None, data_dir=tmp_path)) as database:
        with pytest.raises(StoreUnavailable):
            await SqlKeyStore(database).all()


async def test_pods_of_the_version_before_start_on_a_database_that_is_migrated_already(
    url: str, tmp_path: Path
) -> None:
    """Amid a rollout one of them may start anew: it serves on, and changes no table."""
    where = database_url(url, data_dir=tmp_path)
    await _set_revision(where, "9999")
    async with Database(where) as database:
        with capture_logs() as lines:
            key = made()
            await SqlKeyStore(database).add(key)
            assert await SqlKeyStore(database).find(key.hash) == key
        assert "database_is_newer" in [line["event"] for line in lines]
    assert await _revision(where) == "9999"


async def test_a_database_of_something_else_is_not_touched(url: str, tmp_path: Path) -> None:
    where = database_url(url, data_dir=tmp_path)
    await _set_revision(where, "4f2ab0c1d3e5")
    async with Database(where) as database:
        assert not await database.ready()
    assert await _revision(where) == "4f2ab0c1d3e5"


async def _set_revision(where: URL, revision: str) -> None:
    async with Database(where) as database:
        assert await database.ready()
    engine = create_async_engine(where)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    await engine.dispose()


async def _revision(where: URL) -> str:
    engine = create_async_engine(where)
    async with engine.connect() as connection:
        found: str = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    await engine.dispose()
    return found


@pytest.mark.parametrize("url", ["mysql://u:hush@h/d", "nonsense hush", "://hush", "postgresql://u:hush@h:port/d"])
def test_a_wrong_url_is_told_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadDatabaseUrl) as problem:
        database_url(url, data_dir=tmp_path)
    assert "hush" not in str(problem.value)
