"""`INSERT … ON CONFLICT`, which SQLite and PostgreSQL write alike and SQLAlchemy has once for each."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from speechkit.adapters.sql.tables import Row


def insert_into(session: AsyncSession, table: type[Row]) -> postgresql.Insert | sqlite.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def put(session: AsyncSession, table: type[Row], **values: Any) -> None:
    """In the place of the row with the same primary key, if there is one."""
    insert = insert_into(session, table).values(values)
    key = [column.name for column in inspect(table).primary_key]
    rest = {name: insert.excluded[name] for name in values if name not in key}
    await session.execute(insert.on_conflict_do_update(index_elements=key, set_=rest))
