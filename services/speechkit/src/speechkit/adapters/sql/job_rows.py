"""Jobs as rows of their table, and back.

What a job is stands in `speechkit.domain.jobs`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row as SqlRow

from speechkit.adapters.sql.tables import JobRow
from speechkit.domain.chunking import Chunking
from speechkit.domain.errors import Reason
from speechkit.domain.jobs import Failure, Job, JobState, Progress, rank
from speechkit.domain.options import Priority, Task, TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.domain.refinement import RefineWarning

WholeRow = JobRow | SqlRow[Any]
"""All columns, by their names."""


def row_of(job: Job) -> dict[str, Any]:
    """The columns of a row that is to be inserted."""
    return {
        "id": job.id,
        "tenant": job.tenant,
        "model": job.model,
        "options": _written(job.options),
        "has_hints": job.has_hints,
        "audio_bytes": job.audio_bytes,
        "created_at": job.created_at,
        "rank": rank(job),
        "keep_until": job.keep_until,
        "idempotency_key": job.idempotency_key,
        "request_digest": job.request_digest,
        "ttl_seconds": job.ttl_seconds,
        "key_id": job.key_id,
        "traceparent": job.traceparent,
        "callback_url": job.callback_url,
        "callback_transcript": job.callback_transcript,
        "state": job.state.value,
        "tries": job.tries,
        "fence": job.fence,
        "not_before": job.not_before,
        "lease_until": job.lease_until,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        **asdict(job.progress),
        "audio_seconds": job.audio_seconds,
        "language": job.language,
        "failure_reason": job.failure.reason.value if job.failure else None,
        "failure_message": job.failure.message if job.failure else None,
        "mode": job.mode.name if job.mode else None,
        "strict_refinement": job.mode.strict if job.mode else None,
        "warnings": warnings_column(job.warnings),
    }


def job_of(row: WholeRow) -> Job:
    return Job(
        id=row.id,
        tenant=row.tenant,
        model=row.model,
        options=_options(row.options),
        has_hints=row.has_hints,
        audio_bytes=row.audio_bytes,
        created_at=row.created_at,
        keep_until=row.keep_until,
        idempotency_key=row.idempotency_key,
        request_digest=row.request_digest,
        ttl_seconds=row.ttl_seconds,
        key_id=row.key_id,
        traceparent=row.traceparent,
        callback_url=row.callback_url,
        callback_transcript=bool(row.callback_transcript),
        state=JobState(row.state),
        tries=row.tries,
        fence=row.fence,
        not_before=row.not_before,
        lease_until=row.lease_until,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=Progress(
            windows_done=row.windows_done, windows_known=row.windows_known, seconds_done=row.seconds_done
        ),
        audio_seconds=row.audio_seconds,
        language=row.language,
        failure=_failure(row),
        mode=ModeChoice(name=row.mode, strict=bool(row.strict_refinement)) if row.mode else None,
        warnings=tuple(RefineWarning(**warning) for warning in row.warnings or ()),
    )


def warnings_column(warnings: Sequence[RefineWarning]) -> list[dict[str, str]] | None:
    return [asdict(warning) for warning in warnings] or None


def write_failure(row: JobRow, failure: Failure | None) -> None:
    row.failure_reason = failure.reason.value if failure else None
    row.failure_message = failure.message if failure else None


def write_progress(row: JobRow, progress: Progress) -> None:
    row.windows_done = progress.windows_done
    row.windows_known = progress.windows_known
    row.seconds_done = progress.seconds_done


def _written(options: TranscriptionOptions) -> dict[str, Any]:
    """What is not asked for is not written: a worker of the release before reads the row too."""
    written = asdict(options)
    if not options.discarded:
        del written["discarded"]
    return written


def _options(written: dict[str, Any]) -> TranscriptionOptions:
    """Fields that a row of an older version lacks have their defaults."""
    return TranscriptionOptions(
        **written
        | {
            "task": Task(written["task"]),
            "temperatures": tuple(written["temperatures"]),
            "chunking": Chunking(**written.get("chunking", {})),
            "priority": Priority(written["priority"]),
        }
    )


def _failure(row: WholeRow) -> Failure | None:
    if row.failure_reason is None:
        return None
    return Failure(reason=Reason(row.failure_reason), message=row.failure_message or "")
