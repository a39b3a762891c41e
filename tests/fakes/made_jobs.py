"""Jobs for tests, numbered in the order in which they were asked for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from speechkit.domain.jobs import Job
from speechkit.domain.options import TranscriptionOptions

NOW = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
LEASE = timedelta(seconds=60)


def made_job(number: int = 1, *, tenant: str = "a", seconds: float = 1.0, **changes: Any) -> Job:
    """Asked for `number` seconds after NOW, about as long as `seconds`."""
    job = Job(
        id=f"job_{number:04}",
        tenant=tenant,
        model="whisper-1",
        options=TranscriptionOptions(model="whisper-base"),
        audio_bytes=int(seconds * 16_000),
        created_at=NOW + timedelta(seconds=number),
    )
    return replace(job, **changes)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
