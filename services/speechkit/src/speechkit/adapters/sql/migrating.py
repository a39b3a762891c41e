"""Brings a database to this version's tables, by one process at a time.

The steps themselves are in `migrations/versions`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = structlog.get_logger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_NUMBER = 0x6561_7273_686F_74
"""PostgreSQL's advisory locks have numbers; this one spells earshot."""

SWITCH_SECONDS = 10.0


async def migrate(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        await _keep_write_ahead_log(engine)
    async with engine.connect() as connection, _alone(connection):
        await connection.run_sync(_upgrade)
        await connection.commit()
    log.info("database_migrated", dialect=engine.dialect.name)


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def _keep_write_ahead_log(engine: AsyncEngine) -> None:
    """So that readers and a writer don't wait for one another; the file remembers it.

    Where several make this change at once, SQLite refuses all but one at once, whatever time-out it was given.
    """
    async with asyncio.timeout(SWITCH_SECONDS), engine.connect() as connection:
        while True:
            try:
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                return
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                await connection.rollback()
                await asyncio.sleep(0.02)


def _upgrade(connection: Connection) -> None:
    config = alembic_config(connection)
    if newer := _newer_revision(connection, ScriptDirectory.from_config(config)):
        # The pods of the version before, of which one may start anew amid a rollout: its tables are all still there.
        log.warning("database_is_newer", revision=newer)
        return
    command.upgrade(config, "head")


def _newer_revision(connection: Connection, known: ScriptDirectory) -> str | None:
    """The database's revision where it comes after all that this version knows; ours are numbered in order."""
    current = MigrationContext.configure(connection).get_current_revision()
    head = known.get_current_head()
    return current if current and current.isdigit() and head and int(current) > int(head) else None


@asynccontextmanager
async def _alone(connection: AsyncConnection) -> AsyncIterator[None]:
    """Others that start at the same time wait here, find everything done, and go on."""
    if connection.dialect.name == "sqlite":
        # Takes the write lock before the version is read; the driver would only begin at the first change.
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
    yield
