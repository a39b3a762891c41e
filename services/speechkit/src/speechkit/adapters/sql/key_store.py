"""API keys in a SQL database.

What a key is stands in `speechkit.domain.keys`.
"""

from datetime import datetime

from sqlalchemy import select

from speechkit.adapters.sql.database import Database
from speechkit.adapters.sql.tables import ApiKeyRow
from speechkit.domain.keys import ApiKey
from speechkit.domain.limits import KeyLimits


class SqlKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey) -> None:
        async with self._database.session() as session:
            session.add(_row(key))

    async def find(self, key_hash: str) -> ApiKey | None:
        async with self._database.reading() as session:
            row = await session.scalar(select(ApiKeyRow).where(ApiKeyRow.hash == key_hash))
        return _key(row) if row else None

    async def all(self) -> tuple[ApiKey, ...]:
        async with self._database.reading() as session:
            rows = await session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id))
            return tuple(_key(row) for row in rows)

    async def revoke(self, key_id: str, *, now: datetime) -> ApiKey | None:
        async with self._database.session() as session:
            row = await session.get(ApiKeyRow, key_id, with_for_update=True)
            if row is None:
                return None
            row.revoked_at = row.revoked_at or now
            return _key(row)

    async def ready(self) -> bool:
        return await self._database.ready()


def _row(key: ApiKey) -> ApiKeyRow:
    return ApiKeyRow(
        id=key.id,
        tenant=key.tenant,
        name=key.name,
        hash=key.hash,
        models=list(key.models),
        requests_per_minute=key.limits.requests_per_minute,
        audio_seconds_per_day=key.limits.audio_seconds_per_day,
        concurrent_requests=key.limits.concurrent_requests,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        hash=row.hash,
        models=tuple(row.models),
        limits=KeyLimits(
            requests_per_minute=row.requests_per_minute,
            audio_seconds_per_day=row.audio_seconds_per_day,
            concurrent_requests=row.concurrent_requests,
        ),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
