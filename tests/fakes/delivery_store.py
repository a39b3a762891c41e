"""The delivery store in memory, with every promise of the port; the fake job store writes into it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from speechkit.domain.webhooks import Delivery, DeliveryState, asked_again, begun
from speechkit.ports import SealedSecrets


@dataclass(kw_only=True)
class FakeDeliveryStore:
    rows: dict[str, Delivery] = field(default_factory=dict)
    sealed: dict[str, SealedSecrets] = field(default_factory=dict)

    async def of_job(self, job_id: str, *, tenant: str) -> tuple[Delivery, ...]:
        found = [row for row in self.rows.values() if (row.job_id, row.tenant) == (job_id, tenant)]
        return tuple(sorted(found, key=lambda row: (row.created_at, row.id)))

    async def claim(self, *, now: datetime, lease: timedelta, besides: Collection[str]) -> Delivery | None:
        due = [
            (row.next_try, row)
            for row in self.rows.values()
            if row.next_try and row.next_try <= now and row.tenant not in besides
        ]
        if not due:
            return None
        _, first = min(due, key=lambda each: each[0])
        return self._kept(begun(first, now=now, lease=lease))

    async def settle(self, delivery: Delivery) -> bool:
        row = self.rows.get(delivery.id)
        newest = row is not None and row.attempts == delivery.attempts and row.state is DeliveryState.PENDING
        if newest:
            self._kept(delivery)
        return newest

    async def redeliver(self, delivery_id: str, *, job_id: str, tenant: str, now: datetime) -> Delivery | None:
        row = self.rows.get(delivery_id)
        if row is None or (row.job_id, row.tenant) != (job_id, tenant):
            return None
        return self._kept(asked_again(row, now=now))

    async def secrets(self, tenant: str, *, unless_there: bytes) -> SealedSecrets:
        return self.sealed.setdefault(tenant, SealedSecrets(current=unless_there))

    async def rotate(self, tenant: str, *, sealed: bytes, previous_until: datetime) -> None:
        kept = self.sealed[tenant]
        self.sealed[tenant] = replace(kept, current=sealed, previous=kept.current, previous_until=previous_until)

    def forget(self, job_id: str) -> None:
        self.rows = {row.id: row for row in self.rows.values() if row.job_id != job_id}

    def _kept(self, delivery: Delivery) -> Delivery:
        self.rows[delivery.id] = delivery
        return delivery
