"""What a key may use, and the arithmetic that says whether one more request fits.

Pure: times are passed in, and where the counts live is the matter of the LimitStore port.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum

from speechkit.domain.errors import InvalidRequest

MINUTE_SECONDS = 60.0
DAY_SECONDS = 86_400

ROUNDING_SECONDS = 0.0001
"""So that the last request of a minute isn't lost to the binary spelling of a seventh of it."""

CONCURRENCY_RETRY_SECONDS = 5.0
"""Nobody knows when another request of the key will have finished."""

LARGEST_LIMIT = 1_000_000
"""Well within what a database's integer and a script's number hold."""


class Limit(StrEnum):
    REQUESTS_PER_MINUTE = "requests_per_minute"
    AUDIO_SECONDS_PER_DAY = "audio_seconds_per_day"
    CONCURRENT_REQUESTS = "concurrent_requests"


@dataclass(frozen=True, kw_only=True)
class KeyLimits:
    """None is without a limit."""

    requests_per_minute: int | None = None
    audio_seconds_per_day: int | None = None
    concurrent_requests: int | None = None

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if limit is not None and not 1 <= limit <= LARGEST_LIMIT:
                raise InvalidRequest(f"{name} must be from 1 to {LARGEST_LIMIT}, or absent for no limit.")

    def __bool__(self) -> bool:
        return self != KeyLimits()


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is counted for one key. Times are seconds since the epoch."""

    bucket_full_at: float = 0.0
    """The bucket of requests holds a minute's worth and refills evenly; this is when it would be full again."""
    day: int = 0
    audio_seconds: float = 0.0
    """Used on that day, which is one of UTC."""
    leases: Mapping[str, float] = field(default_factory=dict)
    """Requests being answered, and when each is given up for dead unless its gateway renews it."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a request may go on, and how much is left of the requests of this minute."""

    refused_by: Limit | None = None
    retry_after_seconds: float = 0.0
    remaining_requests: int = 0
    reset_seconds: float = 0.0
    """Until all requests of a minute are there again."""


def admit(usage: Usage, limits: KeyLimits, *, lease: str, lease_seconds: float, now: float) -> tuple[Usage, Verdict]:
    """One more request of the key: counted when it fits into all limits, and not at all when it doesn't."""
    usage = _current(usage, now, lease_seconds)
    filling = max(0.0, usage.bucket_full_at - now)
    cost = MINUTE_SECONDS / limits.requests_per_minute if limits.requests_per_minute else 0.0
    refused_by, wait = None, 0.0
    if limits.concurrent_requests is not None and len(usage.leases) >= limits.concurrent_requests:
        refused_by, wait = Limit.CONCURRENT_REQUESTS, CONCURRENCY_RETRY_SECONDS
    if filling + cost > MINUTE_SECONDS + ROUNDING_SECONDS:
        refused_by, wait = Limit.REQUESTS_PER_MINUTE, filling + cost - MINUTE_SECONDS
    if limits.audio_seconds_per_day is not None and usage.audio_seconds >= limits.audio_seconds_per_day:
        refused_by, wait = Limit.AUDIO_SECONDS_PER_DAY, DAY_SECONDS - now % DAY_SECONDS
    if refused_by is None:
        filling += cost
        leases = {**usage.leases, lease: now + lease_seconds}
        usage = replace(usage, bucket_full_at=now + filling, leases=leases)
    remaining = int((MINUTE_SECONDS + ROUNDING_SECONDS - filling) / cost) if cost else 0
    return usage, Verdict(
        refused_by=refused_by, retry_after_seconds=wait, remaining_requests=remaining, reset_seconds=filling
    )


def renew(usage: Usage, *, lease: str, lease_seconds: float, now: float) -> Usage:
    return replace(usage, leases={**usage.leases, lease: now + lease_seconds})


def finish(usage: Usage, *, lease: str, audio_seconds: float, now: float) -> Usage:
    """The request is over, and this much audio was transcribed for it."""
    usage = _current(usage, now, lease_seconds=DAY_SECONDS)
    leases = {name: until for name, until in usage.leases.items() if name != lease}
    return replace(usage, leases=leases, audio_seconds=usage.audio_seconds + audio_seconds)


def count(times: tuple[float, ...], *, most: int, per_seconds: float, now: float) -> tuple[tuple[float, ...], float]:
    """When it happened, this time included if it may, and how many seconds are left until it may."""
    recent = tuple(time for time in times if now - per_seconds < time <= now)  # what lies ahead was a clock set back
    if len(recent) < most:
        return (*recent, now), 0.0
    return recent, recent[-most] + per_seconds - now


def _current(usage: Usage, now: float, lease_seconds: float) -> Usage:
    """Without what is over: another day's audio, the leases of gateways that died.

    Nothing lies further ahead than it was put there: else a clock that was set back an hour would lock a key for one.
    """
    day = int(now // DAY_SECONDS)
    return replace(
        usage,
        bucket_full_at=min(usage.bucket_full_at, now + MINUTE_SECONDS),
        day=day,
        audio_seconds=usage.audio_seconds if usage.day == day else 0.0,
        leases={name: min(until, now + lease_seconds) for name, until in usage.leases.items() if until > now},
    )
