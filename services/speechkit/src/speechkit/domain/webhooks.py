"""Webhooks by the Standard Webhooks specification: a job's end as a delivery, its signature, and when it is repeated.

Pure: times and chance are passed in. Where deliveries are kept is the matter of the DeliveryStore port, who sends them
of the worker.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

SECRET_PREFIX = "whsec_"  # noqa: S105 what every secret begins with
SECRET_BYTES = 32

OLD_SECRET_SIGNS = timedelta(hours=24)
"""For so long after a rotation receivers may still hold the secret of before."""

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between two attempts; after the last of them a delivery is given up, some three days after the first."""
JITTER = 0.2
"""Of each wait, so that what failed together does not come back together."""
LONGEST_RETRY_AFTER = timedelta(hours=24)

GONE = 410
"""The receiver wants no more of them."""

MOST_REMEMBERED = 50
"""Of a delivery's attempts: whoever asks for it again and again makes no row without an end."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One that ended, and how."""

    at: datetime
    status: int | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event for one receiver; its id never changes, however often it is sent, so that a receiver knows it again."""

    id: str
    job_id: str
    tenant: str
    url: str
    event: str
    payload: str
    """The job as it was then: the very text that is signed and sent, but for a transcript."""
    with_transcript: bool = False
    """Which is read anew for each attempt, and is in no delivery's row."""
    created_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    """Begun so far; since it was asked for again, where somebody has."""
    next_try: datetime | None = None
    """While it is pending. While it is being sent, when another worker would take it for lost."""
    last_status: int | None = None
    last_error: str = ""
    history: tuple[Attempt, ...] = ()
    """The newest attempts that ended, in their order, whoever asked for them."""
    delivered_at: datetime | None = None
    traceparent: str | None = None
    """The trace that its job was asked for in, for whoever sends it."""


def new_delivery_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


def begun(delivery: Delivery, *, now: datetime, lease: timedelta) -> Delivery:
    return replace(delivery, attempts=delivery.attempts + 1, next_try=now + lease)


def asked_again(delivery: Delivery, *, now: datetime) -> Delivery:
    """By hand, and with all its attempts, whatever became of it before."""
    return replace(delivery, state=DeliveryState.PENDING, attempts=0, next_try=now, delivered_at=None)


def answered(
    delivery: Delivery, *, status: int, retry_after: str | None = None, now: datetime, chance: float
) -> Delivery:
    if 200 <= status < 300:
        done = _ended(delivery, Attempt(at=now, status=status))
        return replace(done, state=DeliveryState.DELIVERED, next_try=None, delivered_at=now)
    error = f"The receiver answered with status {status}."
    told = _ended(delivery, Attempt(at=now, status=status, error=error))
    if status == GONE:
        return replace(told, state=DeliveryState.GIVEN_UP, next_try=None)
    return _again(told, now=now, chance=chance, not_before=_told_time(retry_after, now))


def unanswered(delivery: Delivery, *, error: str, now: datetime, chance: float) -> Delivery:
    return _again(_ended(delivery, Attempt(at=now, error=error)), now=now, chance=chance, not_before=now)


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def shown_secret(secret: bytes) -> str:
    """As receivers' libraries take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def headers_of(delivery: Delivery, *, secrets_in_use: Sequence[bytes], now: datetime) -> Mapping[str, str]:
    """Signed with every secret that a receiver may hold."""
    sent_at = int(now.timestamp())
    signed = f"{delivery.id}.{sent_at}.{delivery.payload}".encode()
    signatures = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets_in_use)
    return {
        "content-type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures),
    }


def _ended(delivery: Delivery, attempt: Attempt) -> Delivery:
    history = (*delivery.history, attempt)[-MOST_REMEMBERED:]
    return replace(delivery, last_status=attempt.status, last_error=attempt.error, history=history)


def _again(delivery: Delivery, *, now: datetime, chance: float, not_before: datetime) -> Delivery:
    if delivery.attempts > len(WAITS):
        return replace(delivery, state=DeliveryState.GIVEN_UP, next_try=None)
    wait = WAITS[max(0, delivery.attempts - 1)] * (1 + JITTER * chance)
    return replace(delivery, next_try=max(now + wait, not_before))


def _told_time(retry_after: str | None, now: datetime) -> datetime:
    """Seconds or a date, but never further away than a day; what is neither says nothing."""
    said = retry_after or "0"
    longest = now + LONGEST_RETRY_AFTER
    if said.isascii() and said.isdigit():
        return min(now + timedelta(seconds=int(said[:9])), longest)
    try:
        asked = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return now
    return min(asked if asked.tzinfo else asked.replace(tzinfo=UTC), longest)
