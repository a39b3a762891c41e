"""What tenants say of modes, in a SQL database.

What it means stands in `speechkit.domain.modes`, and what the built-in modes say in the post-processing service.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select

from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.tables import ModeRow
from speechkit.adapters.sql.upserts import insert_into, put
from speechkit.domain.errors import NameTaken
from speechkit.ports import ModeWords


class SqlModeStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @undivided
    async def add(self, name: str, words: ModeWords, *, tenant: str) -> None:
        async with self._database.writing() as session:
            new = insert_into(session, ModeRow).values(tenant=tenant, name=name, words=dict(words))
            added = await session.scalar(new.on_conflict_do_nothing().returning(ModeRow.name))
            if added is None:
                raise NameTaken("Another mode has this name already. Choose another one.", param="name")

    async def get(self, name: str, *, tenant: str) -> ModeWords | None:
        async with self._database.reading() as session:
            row = await session.get(ModeRow, (tenant, name))
            return row.words if row else None

    async def all(self, *, tenant: str) -> Mapping[str, ModeWords]:
        async with self._database.reading() as session:
            rows = await session.scalars(select(ModeRow).where(ModeRow.tenant == tenant).order_by(ModeRow.name))
            return {row.name: row.words for row in rows}

    @undivided
    async def put(self, name: str, words: ModeWords, *, tenant: str) -> None:
        async with self._database.writing() as session:
            await put(session, ModeRow, tenant=tenant, name=name, words=dict(words))

    @undivided
    async def delete(self, name: str, *, tenant: str) -> bool:
        gone = delete(ModeRow).where(ModeRow.tenant == tenant, ModeRow.name == name).returning(ModeRow.name)
        async with self._database.writing() as session:
            return await session.scalar(gone) is not None
