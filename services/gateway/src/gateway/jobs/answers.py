"""What a job looks like over HTTP: one, a page of them, and its transcript in the format that is asked for.

What the answers are made from is the matter of `routes`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from gateway.refinement.answers import warning_headers
from gateway.speech.form import read_choice, truth
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.jobs import Job, JobFilter, JobState
from speechkit.domain.transcript import Transcript
from speechkit.formats import ResponseFormat, render_whole
from speechkit.formats.job_json import job_json

MOST_LISTED = 100


def job_answer(job: Job, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(job_json(job), status_code=status, headers=headers)


def list_answer(jobs: Sequence[Job], asked: JobFilter) -> Response:
    """As OpenAI's lists: `after` with the last id gives the next page."""
    return JSONResponse(
        {
            "object": "list",
            "data": [job_json(job) for job in jobs[: asked.limit]],
            "first_id": jobs[0].id if jobs else None,
            "last_id": jobs[: asked.limit][-1].id if jobs else None,
            "has_more": len(jobs) > asked.limit,
        }
    )


def read_states(query: QueryParams) -> frozenset[JobState]:
    asked = query.getlist("status")
    return frozenset(read_choice(JobState, state, param="status") for state in asked) or frozenset(JobState)


def read_limit(query: QueryParams) -> int:
    asked = query.get("limit") or "20"
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= MOST_LISTED:
        raise InvalidRequest(f"limit must be a whole number from 1 to {MOST_LISTED}.", param="limit")
    return int(asked)


def read_transcript_query(query: QueryParams) -> tuple[ResponseFormat, bool]:
    """In which format, and whether as it was heard."""
    asked = read_choice(ResponseFormat, query.get("format") or ResponseFormat.JSON, param="format")
    return asked, truth(query.get("raw") or "", param="raw")


def transcript_answer(transcript: Transcript, response_format: ResponseFormat) -> Response:
    rendered = render_whole(transcript, response_format=response_format)
    return Response(rendered.body, media_type=rendered.content_type, headers=warning_headers(transcript))


def event_of(job: Job) -> dict[str, Any]:
    return {"type": f"job.{job.state.value}", "job": job_json(job)}
