"""A database that is migrated before its first use, and whose absence is one clear failure.

Which tables there are stands in `tables`, how they came to be in `migrations`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

import asyncpg
import structlog
from alembic.util import CommandError
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from speechkit.adapters.sql.migrating import migrate
from speechkit.domain.errors import StoreUnavailable

log = structlog.get_logger(__name__)

DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}

CONNECT_TIMEOUT_SECONDS = 3.0
STATEMENT_TIMEOUT_SECONDS = 10.0
"""A request that waits longer for its key's row is better refused: its client will try again."""

UNREACHABLE = (SQLAlchemyError, CommandError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""asyncpg's own errors come through while a connection is opened, and OSError has TimeoutError among its kinds."""


P = ParamSpec("P")
T = TypeVar("T")


class BadDatabaseUrl(ValueError):
    """The message never quotes the URL, which may hold a password."""


class Database:
    def __init__(self, url: URL) -> None:
        self._engine = _engine(url)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._autocommitting = async_sessionmaker(
            self._engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
        )
        self._migrating = asyncio.Lock()
        self._migrated = False
        # SQLite lets one write at a time and makes the others sleep and look again; here they queue instead.
        self._turn_to_write: AbstractAsyncContextManager[None] = asyncio.Lock() if self._is_sqlite else nullcontext()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engine.dispose()

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One transaction, committed at the end; raises StoreUnavailable when there is no database to speak to."""
        return self._begun(self._sessions)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """For a single SELECT: a transaction in itself, without the round trips that begin and commit one."""
        return self.session() if self._is_sqlite else self._begun(self._autocommitting)

    def writing_at_once(self) -> AbstractAsyncContextManager[AsyncSession]:
        """For a single statement that writes."""
        return self.writing() if self._is_sqlite else self._begun(self._autocommitting)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A session that reads in order to write: what it selects `FOR UPDATE` stays as it is until the end.

        SQLite locks no rows. It is locked as a whole, before the first look: who reads first and writes later is
        refused when somebody else has written in between. Whoever writes is `undivided`.
        """
        async with self._turn_to_write, self.session() as session:
            if self._is_sqlite:
                await (await session.connection()).exec_driver_sql("BEGIN IMMEDIATE")
            yield session

    async def ready(self) -> bool:
        try:
            async with self.reading() as session:
                await session.execute(text("SELECT 1"))
            return True
        except StoreUnavailable:
            return False

    @asynccontextmanager
    async def _begun(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        try:
            await self._up_to_date()
            async with sessions.begin() as session:
                yield session
        except UNREACHABLE as error:
            # Without the message, which may quote a row.
            log.warning("database_unavailable", error=type(error).__name__, cause=type(error.__cause__).__name__)
            raise StoreUnavailable(
                "The database can't be reached just now. Try again in a few seconds; the server's administrator finds "
                "the reason in its log."
            ) from error

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    async def _up_to_date(self) -> None:
        """At the first use, and not in the constructor: a database that starts later than its gateway is waited for."""
        if self._migrated:
            return
        async with self._migrating:
            if not self._migrated:
                await migrate(self._engine)
                self._migrated = True


def undivided(write: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Ends what it has begun, also for a caller who is cancelled meanwhile.

    SQLAlchemy drops the connection of a call that is cancelled, and a dropped connection to SQLite keeps its lock for
    as long as anything in memory still refers to one of its statements.
    """

    @wraps(write)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        writing = asyncio.create_task(write(*args, **kwargs))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise

    return whole


def database_url(url: str | None, *, data_dir: Path) -> URL:
    """Where the data is: a PostgreSQL or SQLite URL, or by default a file of its own in `data_dir`."""
    if url is None:
        return URL.create(DRIVERS["sqlite"], database=str(data_dir / "earshot.db"))
    try:
        parsed = make_url(url)
        return parsed.set(drivername=DRIVERS[parsed.drivername])
    except (ArgumentError, KeyError, ValueError):
        raise BadDatabaseUrl(
            "is no URL of a database; write postgresql://user:password@host/database or sqlite:////path/to/file."
        ) from None


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(url, connect_args={"timeout": STATEMENT_TIMEOUT_SECONDS})
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        return engine
    engine = create_async_engine(
        url, connect_args={"timeout": CONNECT_TIMEOUT_SECONDS, "command_timeout": STATEMENT_TIMEOUT_SECONDS}
    )
    event.listen(engine.sync_engine, "checkout", _replace_a_dropped_connection)
    return engine


def _replace_a_dropped_connection(connection: Any, _record: object, _proxy: object) -> None:
    """One that a restarted server has dropped. To ask the server, as `pool_pre_ping` does, takes three round trips."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _set_up_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")  # with a write-ahead log nothing that was committed gets torn
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # a blob's key that was deleted is not in the file any more
    cursor.close()
