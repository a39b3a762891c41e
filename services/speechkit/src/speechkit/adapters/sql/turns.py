"""Whose turn it is: the tenants with waiting jobs, the one that was served the fewest seconds first.

Statements for a transaction of the job store, which locks a job before the turn of its tenant and at most one turn: no
two wait for each other. Claims at the same moment may fall on the same tenant, and each of them is charged.
"""

from datetime import datetime

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from speechkit.adapters.sql.job_rows import WholeRow
from speechkit.adapters.sql.tables import JOBS, TURNS, JobRow, TenantTurnRow, UtcDateTime
from speechkit.adapters.sql.upserts import insert_into
from speechkit.domain.jobs import JobState

ACTIVE = (JobState.QUEUED, JobState.RUNNING)


# Built once and not for each claim, of which there are many more than of anything else here.
_IS_WAITING = (JobRow.state == JobState.QUEUED) & (
    JobRow.not_before.is_(None) | (JobRow.not_before <= bindparam("now", type_=UtcDateTime))
)
_TENANTS_BY_TURN = (
    select(TenantTurnRow.tenant)
    .where(select(JobRow.id).where(JobRow.tenant == TenantTurnRow.tenant, _IS_WAITING).exists())
    .order_by(TenantTurnRow.served_seconds, TenantTurnRow.tenant)
)
_FIRST_WAITING = (
    select(JobRow.id)
    .where(_IS_WAITING)
    .order_by(JobRow.rank, JobRow.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .correlate(None)
)
"""Past those that others claim just now."""
_CLAIM = (
    update(JOBS)
    .values(
        state=JobState.RUNNING,
        tries=JobRow.tries + 1,
        fence=JobRow.fence + 1,
        lease_until=bindparam("until", type_=UtcDateTime),
        started_at=func.coalesce(JobRow.started_at, bindparam("now", type_=UtcDateTime)),
        not_before=None,
    )
    .returning(JOBS)
)
_CLAIM_IN_TURN = _CLAIM.where(
    JobRow.id == _FIRST_WAITING.where(JobRow.tenant == _TENANTS_BY_TURN.limit(1).scalar_subquery()).scalar_subquery()
)
_CLAIM_OF_TENANT = _CLAIM.where(
    JobRow.id == _FIRST_WAITING.where(JobRow.tenant == bindparam("whose")).scalar_subquery()
)
_CHARGE = (
    update(TURNS)
    .where(TenantTurnRow.tenant == bindparam("served"))
    .values(served_seconds=TenantTurnRow.served_seconds + bindparam("seconds"))
)


async def claim_next(session: AsyncSession, *, now: datetime, until: datetime) -> WholeRow | None:
    """The first waiting job of the tenant whose turn it is, running under a new fence from now on."""
    claim = {"now": now, "until": until}
    row: WholeRow | None = (await session.execute(_CLAIM_IN_TURN, claim)).first()
    if row:
        return row
    # Nothing waits, or others claim all that the first tenant has.
    for tenant in (await session.scalars(_TENANTS_BY_TURN, {"now": now})).all():
        row = (await session.execute(_CLAIM_OF_TENANT, claim | {"whose": tenant})).first()
        if row:
            return row
    return None


async def take_a_turn(session: AsyncSession, tenant: str, *, besides: str) -> None:
    """A tenant who had no job but this one starts level with the others: no earlier than the least served of them.

    Where there are none, with whoever was served most: what anybody had before nobody was there counts no longer.
    """
    active = select(JobRow.id).where(JobRow.state.in_(ACTIVE), JobRow.id != besides)
    if await session.scalar(select(active.where(JobRow.tenant == tenant).exists())):
        return
    is_active = active.where(JobRow.tenant == TenantTurnRow.tenant).exists()
    least = select(func.min(TenantTurnRow.served_seconds)).where(is_active).scalar_subquery()
    most = select(func.max(TenantTurnRow.served_seconds)).scalar_subquery()
    start = await session.scalar(select(func.coalesce(least, most, 0.0)))
    turn = insert_into(session, TenantTurnRow).values(tenant=tenant, served_seconds=start)
    later = case(
        (turn.excluded.served_seconds > TenantTurnRow.served_seconds, turn.excluded.served_seconds),
        else_=TenantTurnRow.served_seconds,
    )
    await session.execute(turn.on_conflict_do_update(index_elements=["tenant"], set_={"served_seconds": later}))


async def charge(session: AsyncSession, tenant: str, *, seconds: float) -> None:
    await session.execute(_CHARGE, {"served": tenant, "seconds": seconds})
