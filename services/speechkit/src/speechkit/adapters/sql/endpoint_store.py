"""Chat endpoints in a SQL database, their keys sealed.

What an endpoint is stands in `speechkit.domain.endpoints`; sealing is its users' matter.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.tables import EndpointRow
from speechkit.domain.endpoints import EndpointTest, KeptEndpoint, Provider
from speechkit.domain.errors import NameTaken


class SqlEndpointStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @undivided
    async def add(self, endpoint: KeptEndpoint) -> KeptEndpoint:
        async with self._database.writing() as session:
            rows = (await session.scalars(_of(endpoint.tenant).with_for_update())).all()
            _check_name(endpoint.name, rows)
            row = EndpointRow(**_columns(endpoint))
            row.is_default = endpoint.is_default or not any(other.is_default for other in rows)
            session.add(row)
            await _flush(session)
            return _endpoint_of(row)

    async def get(self, endpoint_id: str, *, tenant: str) -> KeptEndpoint | None:
        async with self._database.reading() as session:
            row = await session.scalar(_of(tenant).where(EndpointRow.id == endpoint_id))
            return _endpoint_of(row) if row else None

    async def all(self, *, tenant: str) -> tuple[KeptEndpoint, ...]:
        async with self._database.reading() as session:
            return tuple(_endpoint_of(row) for row in await session.scalars(_of(tenant).order_by(EndpointRow.name)))

    @undivided
    async def change(
        self, endpoint_id: str, *, tenant: str, change: Callable[[KeptEndpoint], KeptEndpoint]
    ) -> KeptEndpoint | None:
        async with self._database.writing() as session:
            rows = (await session.scalars(_of(tenant).with_for_update())).all()
            row = next((row for row in rows if row.id == endpoint_id), None)
            if row is None:
                return None
            changed = change(_endpoint_of(row))
            others = [other for other in rows if other is not row]
            _check_name(changed.name, others)
            for other in others:
                other.is_default = other.is_default and not changed.is_default
            for column, value in _columns(changed).items():
                setattr(row, column, value)
            await _flush(session)
            return changed

    @undivided
    async def delete(self, endpoint_id: str, *, tenant: str) -> bool:
        gone = delete(EndpointRow).where(EndpointRow.id == endpoint_id, EndpointRow.tenant == tenant)
        async with self._database.writing() as session:
            return await session.scalar(gone.returning(EndpointRow.id)) is not None

    async def reseal(self, reseal: Callable[[bytes, str], bytes | None]) -> int:
        """Gives each key, with its endpoint's id, and keeps what comes back; says how many have changed."""
        keys = select(EndpointRow.id, EndpointRow.sealed_key).where(EndpointRow.sealed_key.is_not(None))
        async with self._database.session() as session:
            sealed = (await session.execute(keys)).all()
        return sum([await self._put_key(key_of, old, reseal(old, key_of)) for key_of, old in sealed if old])

    @undivided
    async def _put_key(self, endpoint_id: str, old: bytes, new: bytes | None) -> int:
        """0 for one that was changed or deleted meanwhile, or is to stay as it is."""
        if new is None:
            return 0
        same = (EndpointRow.id == endpoint_id) & (EndpointRow.sealed_key == old)
        put = update(EndpointRow).where(same).values(sealed_key=new).returning(EndpointRow.id)
        async with self._database.writing() as session:
            return len((await session.scalars(put)).all())


def _of(tenant: str) -> Any:
    return select(EndpointRow).where(EndpointRow.tenant == tenant)


def _check_name(name: str, others: Any) -> None:
    if any(other.name == name for other in others):
        raise _name_taken()


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError:  # somebody else was quicker, on PostgreSQL, where a row that is not there can't be locked
        raise _name_taken() from None


def _name_taken() -> NameTaken:
    return NameTaken("Another endpoint has this name already. Choose another one.", param="name")


def _columns(endpoint: KeptEndpoint) -> dict[str, Any]:
    test = endpoint.last_test
    return {
        "id": endpoint.id,
        "tenant": endpoint.tenant,
        "name": endpoint.name,
        "provider": endpoint.provider.value,
        "base_url": endpoint.base_url,
        "verbatim_url": endpoint.verbatim_url,
        "model": endpoint.model,
        "context_tokens": endpoint.context_tokens,
        "sealed_key": endpoint.sealed_key,
        "is_default": endpoint.is_default,
        "test_passed": test.passed if test else None,
        "test_reply": test.reply if test else "",
        "test_error": test.error if test else "",
        "tested_at": test.tested_at if test else None,
        "created_at": endpoint.created_at,
    }


def _endpoint_of(row: EndpointRow) -> KeptEndpoint:
    return KeptEndpoint(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        provider=Provider(row.provider),
        base_url=row.base_url,
        verbatim_url=row.verbatim_url,
        model=row.model,
        context_tokens=row.context_tokens,
        sealed_key=row.sealed_key,
        is_default=row.is_default,
        last_test=_test_of(row),
        created_at=row.created_at,
    )


def _test_of(row: EndpointRow) -> EndpointTest | None:
    if row.tested_at is None:
        return None
    return EndpointTest(
        passed=bool(row.test_passed), reply=row.test_reply, error=row.test_error, tested_at=row.tested_at
    )
