"""Deliveries of webhooks, and the secrets that sign them, in a SQL database.

What a delivery is and when it is repeated stands in `speechkit.domain.webhooks`; the job store writes each of them, in
the transaction that ends its job.
"""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from speechkit.adapters.sql.database import Database, undivided
from speechkit.adapters.sql.tables import DeliveryRow, JobRow, WebhookSecretRow
from speechkit.adapters.sql.upserts import insert_into
from speechkit.domain.webhooks import Attempt, Delivery, DeliveryState, asked_again, begun
from speechkit.ports import SealedSecrets


class SqlDeliveryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_job(self, job_id: str, *, tenant: str) -> tuple[Delivery, ...]:
        found = select(DeliveryRow).where(DeliveryRow.job_id == job_id, DeliveryRow.tenant == tenant)
        async with self._database.session() as session:
            rows = await session.scalars(found.order_by(DeliveryRow.created_at, DeliveryRow.id))
            return tuple(_delivery_of(row) for row in rows)

    @undivided
    async def claim(self, *, now: datetime, lease: timedelta, besides: Collection[str]) -> Delivery | None:
        due = select(DeliveryRow).where(DeliveryRow.next_try <= now).order_by(DeliveryRow.next_try).limit(1)
        if besides:
            due = due.where(DeliveryRow.tenant.not_in(besides))
        async with self._database.writing() as session:
            row = await session.scalar(due.with_for_update(skip_locked=True))
            if row is None:
                return None
            asked_in = await session.scalar(select(JobRow.traceparent).where(JobRow.id == row.job_id))
            return _write(row, begun(replace(_delivery_of(row), traceparent=asked_in), now=now, lease=lease))

    @undivided
    async def settle(self, delivery: Delivery) -> bool:
        newest = (
            select(DeliveryRow)
            .where(
                DeliveryRow.id == delivery.id,
                DeliveryRow.attempts == delivery.attempts,
                DeliveryRow.state == DeliveryState.PENDING,
            )
            .with_for_update()
        )
        async with self._database.writing() as session:
            if row := await session.scalar(newest):
                _write(row, delivery)
            return row is not None

    @undivided
    async def redeliver(self, delivery_id: str, *, job_id: str, tenant: str, now: datetime) -> Delivery | None:
        found = select(DeliveryRow).where(
            DeliveryRow.id == delivery_id, DeliveryRow.job_id == job_id, DeliveryRow.tenant == tenant
        )
        async with self._database.writing() as session:
            row = await session.scalar(found.with_for_update())
            return _write(row, asked_again(_delivery_of(row), now=now)) if row else None

    @undivided
    async def secrets(self, tenant: str, *, unless_there: bytes) -> SealedSecrets:
        async with self._database.writing() as session:
            row = await session.get(WebhookSecretRow, tenant)
            if row is None:
                new = insert_into(session, WebhookSecretRow).values(tenant=tenant, sealed=unless_there)
                await session.execute(new.on_conflict_do_nothing())
                row = await session.get_one(WebhookSecretRow, tenant)
            return SealedSecrets(current=row.sealed, previous=row.previous_sealed, previous_until=row.previous_until)

    @undivided
    async def rotate(self, tenant: str, *, sealed: bytes, previous_until: datetime) -> None:
        new = {"sealed": sealed, "previous_sealed": WebhookSecretRow.sealed, "previous_until": previous_until}
        async with self._database.writing() as session:
            await session.execute(update(WebhookSecretRow).where(WebhookSecretRow.tenant == tenant).values(new))


def delivery_row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(**_columns(delivery))


def _columns(delivery: Delivery) -> dict[str, Any]:
    columns = asdict(delivery) | {"state": delivery.state.value}
    del columns["traceparent"]  # stands in the job's row
    columns["history"] = [asdict(attempt) | {"at": attempt.at.isoformat()} for attempt in delivery.history]
    return columns


def _write(row: DeliveryRow, delivery: Delivery) -> Delivery:
    for column, value in _columns(delivery).items():
        setattr(row, column, value)
    return delivery


def _delivery_of(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        job_id=row.job_id,
        tenant=row.tenant,
        url=row.url,
        event=row.event,
        payload=row.payload,
        with_transcript=bool(row.with_transcript),
        created_at=row.created_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_try=row.next_try,
        last_status=row.last_status,
        last_error=row.last_error,
        history=tuple(_attempt_of(attempt) for attempt in row.history or ()),
        delivered_at=row.delivered_at,
    )


def _attempt_of(written: dict[str, Any]) -> Attempt:
    return Attempt(**written | {"at": datetime.fromisoformat(written["at"])})
