"""A job as JSON tells it, over HTTP and in webhooks alike."""

import json
from datetime import UTC, datetime
from typing import Any

from speechkit.domain.jobs import Job, JobState
from speechkit.domain.transcript import Transcript
from speechkit.domain.webhooks import Delivery, new_delivery_id
from speechkit.formats.json_bodies import verbose_body, warnings_json


def job_json(job: Job) -> dict[str, Any]:
    """All but what was said."""
    return {
        "id": job.id,
        "object": "job",
        "status": job.state.value,
        "model": job.model,
        "created_at": unix(job.created_at),
        "started_at": unix(job.started_at),
        "finished_at": unix(job.finished_at),
        "expires_at": unix(job.keep_until),
        "secure": job.secure,
        "tries": job.tries,
        "progress": {
            "windows_done": job.progress.windows_done,
            "windows_known": job.progress.windows_known,
            "seconds_done": round(job.progress.seconds_done, 2),
        },
        "language": job.language or None,
        "duration": job.audio_seconds,
        "mode": job.mode.name if job.mode else None,
        "warnings": warnings_json(job.warnings),
        "error": {"code": job.failure.reason.value, "message": job.failure.message} if job.failure else None,
    }


def news_of_the_end(job: Job, *, now: datetime) -> Delivery | None:
    """For a job that is over: what is to be told of it, and to whom, if anybody wants to hear."""
    if job.callback_url is None:
        return None
    event = f"job.{job.state.value}"
    body = {"type": event, "timestamp": f"{now.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"}
    return Delivery(
        id=new_delivery_id(),
        job_id=job.id,
        tenant=job.tenant,
        url=job.callback_url,
        event=event,
        payload=_written(body | {"data": job_json(job)}),
        with_transcript=job.callback_transcript and job.state is JobState.COMPLETED,
        created_at=now,
        next_try=now,
        traceparent=job.traceparent,
    )


def with_transcript(payload: str, transcript: Transcript | None) -> str:
    """The same news and what was said; None is a transcript that is gone."""
    body = json.loads(payload)
    body["data"]["transcript"] = transcript and verbose_body(transcript, segments=True, words=bool(transcript.words))
    return _written(body)


def _written(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


def unix(time: datetime | None) -> int | None:
    return int(time.timestamp()) if time else None
