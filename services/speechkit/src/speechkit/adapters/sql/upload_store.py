"""Uploads that come in pieces, in a SQL database.

What an upload is stands in `speechkit.domain.uploads`. Every write locks its row, and looks whose turn it is.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.tables import UploadPieceRow, UploadRow
from speechkit.domain.uploads import Piece, Upload


class SqlUploadStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @undivided
    async def add(self, upload: Upload) -> None:
        async with self._database.writing() as session:
            session.add(UploadRow(**asdict(upload)))

    async def get(self, upload_id: str, *, tenant: str) -> Upload | None:
        async with self._database.session() as session:
            found = select(UploadRow).where(UploadRow.id == upload_id, UploadRow.tenant == tenant)
            row = await session.scalar(found)
            return _upload_of(row) if row else None

    @undivided
    async def begin(self, upload: Upload) -> Upload | None:
        async with self._database.writing() as session:
            row = await _locked(session, upload)
            if row is None or row.offset != upload.offset:
                return None
            row.fence += 1
            return _upload_of(row)

    @undivided
    async def extend(self, upload: Upload, *, piece: Piece, expires_at: datetime) -> Upload | None:
        async with self._database.writing() as session:
            row = await _locked(session, upload)
            if row is None or row.fence != upload.fence:
                return None
            session.add(UploadPieceRow(upload_id=row.id, start=row.offset, **asdict(piece)))
            row.offset += piece.size_bytes
            row.fence += 1
            row.expires_at = expires_at
            return _upload_of(row)

    async def pieces(self, upload: Upload) -> tuple[Piece, ...]:
        found = select(UploadPieceRow).where(UploadPieceRow.upload_id == upload.id).order_by(UploadPieceRow.start)
        async with self._database.session() as session:
            return tuple(Piece(name=row.name, size_bytes=row.size_bytes) for row in await session.scalars(found))

    @undivided
    async def delete(self, upload: Upload) -> None:
        async with self._database.writing() as session:
            await session.execute(delete(UploadRow).where(UploadRow.id == upload.id))

    async def expired(self, *, now: datetime, limit: int) -> Sequence[Upload]:
        over = select(UploadRow).where(UploadRow.expires_at <= now).order_by(UploadRow.expires_at).limit(limit)
        async with self._database.session() as session:
            return [_upload_of(row) for row in await session.scalars(over)]


async def _locked(session: AsyncSession, upload: Upload) -> UploadRow | None:
    return await session.scalar(select(UploadRow).where(UploadRow.id == upload.id).with_for_update())


def _upload_of(row: UploadRow) -> Upload:
    return Upload(
        id=row.id,
        tenant=row.tenant,
        size_bytes=row.size_bytes,
        secure=row.secure,
        expires_at=row.expires_at,
        offset=row.offset,
        fence=row.fence,
    )
