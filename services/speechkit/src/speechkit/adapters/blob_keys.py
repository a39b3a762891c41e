"""The data keys of blobs in a SQL database, each sealed by a master key: without its row a blob can't be read.

Where the blobs themselves lie is the matter of `blobs`.
"""

import hashlib
import os
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update

from speechkit.adapters.sealing import KEY_BYTES, MasterKeys
from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.tables import BlobKeyRow
from speechkit.adapters.sql.upserts import insert_into, put
from speechkit.domain.errors import Internal

REWRAPPED_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class BlobKey:
    name: str
    key: bytes = field(repr=False)
    size_bytes: int

    @property
    def place(self) -> str:
        """Where its object lies. A blob that is put again has another place, so that nobody reads half of each."""
        return f"{self.name}/{hashlib.blake2b(self.key, digest_size=12, person=b'blob place').hexdigest()}"


def new_data_key() -> bytes:
    return os.urandom(KEY_BYTES)


class BlobKeys:
    def __init__(self, database: Database, keys: MasterKeys) -> None:
        self._database = database
        self._keys = keys

    async def find(self, name: str) -> BlobKey | None:
        async with self._database.reading() as session:
            row = await session.get(BlobKeyRow, name)
        return self._blob_key(row) if row else None

    @undivided
    async def keep(self, blob: BlobKey) -> BlobKey | None:
        """From now on this is what the name stands for. What it stood for before, if that can be told."""
        wrapped = self._keys.wrap(blob.key, about=_about(blob.name, blob.size_bytes))
        async with self._database.writing_at_once() as session:  # hardly any name is there already
            new = insert_into(session, BlobKeyRow).values(
                name=blob.name, wrapped_key=wrapped, size_bytes=blob.size_bytes
            )
            if await session.scalar(new.on_conflict_do_nothing().returning(BlobKeyRow.name)) is not None:
                return None
        async with self._database.writing() as session:
            before = await session.get(BlobKeyRow, blob.name, with_for_update=True)
            replaced = self._blob_key_if_readable(before) if before else None
            await put(session, BlobKeyRow, name=blob.name, wrapped_key=wrapped, size_bytes=blob.size_bytes)
        return replaced

    @undivided
    async def remove(self, name: str) -> None:
        async with self._database.writing_at_once() as session:
            await session.execute(delete(BlobKeyRow).where(BlobKeyRow.name == name))

    async def rewrap_all(self) -> int:
        """Seals every key that an older master key has sealed by the current one; says how many those were."""
        after, rewrapped = "", 0
        while True:
            async with self._database.session() as session:
                page = select(BlobKeyRow).where(BlobKeyRow.name > after).order_by(BlobKeyRow.name)
                rows = (await session.scalars(page.limit(REWRAPPED_AT_ONCE))).all()
            if not rows:
                return rewrapped
            for row in rows:
                if not self._keys.is_current(row.wrapped_key):
                    rewrapped += await self._rewrap(row)
            after = rows[-1].name

    @undivided
    async def _rewrap(self, row: BlobKeyRow) -> int:
        """1, or 0 for one that was put again or deleted meanwhile."""
        same = (BlobKeyRow.name == row.name) & (BlobKeyRow.wrapped_key == row.wrapped_key)
        wrapped = self._keys.rewrap(row.wrapped_key, about=_about(row.name, row.size_bytes))
        async with self._database.writing() as session:
            written = await session.execute(
                update(BlobKeyRow).where(same).values(wrapped_key=wrapped).returning(BlobKeyRow.name)
            )
            return len(written.all())

    def _blob_key(self, row: BlobKeyRow) -> BlobKey:
        key = self._keys.unwrap(row.wrapped_key, about=_about(row.name, row.size_bytes))
        return BlobKey(name=row.name, key=key, size_bytes=row.size_bytes)

    def _blob_key_if_readable(self, row: BlobKeyRow) -> BlobKey | None:
        try:
            return self._blob_key(row)
        except Internal:
            return None


def _about(name: str, size_bytes: int) -> str:
    """The whole row, so that none of it can be altered alone."""
    return f"blob:{size_bytes}:{name}"
