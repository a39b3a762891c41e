"""Between the messages of jobs.proto and the domain, both ways.

How messages travel is the matter of `servicer`; what speech.proto shares with them, of `speech.messages`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from earshot.jobs.v1 import jobs_pb2 as proto
from gateway.jobs.answers import MOST_LISTED
from gateway.jobs.desk import AskedJob
from gateway.jobs.form import LONGEST_KEEP_SECONDS, check_callback_transcript, read_callback_url
from gateway.models.served import ServedModels
from gateway.speech.messages import (
    asked_mode,
    asked_model,
    recognition_options,
    segment_message,
    transcript_message,
    warning_messages,
)
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.jobs import (
    DEFAULT_TTL_SECONDS,
    LONGEST_TTL_SECONDS,
    Job,
    JobFilter,
    JobState,
    check_idempotency_key,
)
from speechkit.domain.transcript import Transcript
from speechkit.formats import ResponseFormat, render_whole
from speechkit.runtime.call_failures import reason_name

RENDERED_BYTES = 64 * 1024

STATES = {proto.JobState.Value(f"JOB_STATE_{state.name}"): state for state in JobState}
FORMATS = {proto.TranscriptFormat.Value(f"TRANSCRIPT_FORMAT_{each.name}"): each for each in ResponseFormat}

EPOCH = datetime.fromtimestamp(0, UTC)
PAGE_TOKEN = re.compile(r"([0-9a-f]{16})\.([0-9]{1,17})\.([!-~]{1,100})")

E = TypeVar("E")


def read_job_config(config: proto.JobConfig, *, models: ServedModels, receivers: AddressPolicy) -> AskedJob:
    """`receivers` are those that webhooks may go to."""
    served = asked_model(config, models)
    if config.idempotency_key:
        check_idempotency_key(config.idempotency_key)  # before the audio comes
    keep_seconds = _seconds(config, "keep_seconds", most=LONGEST_KEEP_SECONDS, field="keep_seconds")
    return AskedJob(
        model=served.id,
        options=recognition_options(config, served),
        keep=timedelta(seconds=keep_seconds) if keep_seconds else None,
        ttl_seconds=_ttl_seconds(config.secure) if config.HasField("secure") else None,
        callback_url=(callback_url := read_callback_url(config.callback_url, receivers)),
        callback_transcript=check_callback_transcript(asked=config.callback_transcript, callback_url=callback_url),
        mode=asked_mode(config, served, secure=config.HasField("secure")),
    )


def read_list(request: proto.ListJobsRequest, *, tenant: str) -> JobFilter:
    states = frozenset(_choice(STATES, state, name="states") for state in request.states) or frozenset(JobState)
    limit = request.page_size or JobFilter.limit
    if limit > MOST_LISTED:
        raise InvalidRequest(f"page_size must be at most {MOST_LISTED}.", param="page_size")
    asked = JobFilter(tenant=tenant, states=states, limit=limit)
    return replace(asked, before=_position(request.page_token, asked)) if request.page_token else asked


def read_format(asked: int) -> ResponseFormat | None:
    """None: as messages."""
    return _choice(FORMATS, asked, name="format") if asked else None


def job_message(job: Job) -> proto.Job:
    return proto.Job(
        id=job.id,
        state=f"JOB_STATE_{job.state.name}",
        model=job.model,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        expires_at=job.keep_until,
        secure=job.secure,
        tries=job.tries,
        progress=proto.Progress(
            windows_done=job.progress.windows_done,
            windows_known=job.progress.windows_known,
            seconds_done=job.progress.seconds_done,
        ),
        language=job.language,
        duration_seconds=job.audio_seconds,
        error=proto.JobError(reason=reason_name(job.failure.reason), message=job.failure.message)
        if job.failure
        else None,
        mode=job.mode.name if job.mode else "",
        warnings=warning_messages(job.warnings),
    )


def job_page(jobs: Sequence[Job], asked: JobFilter) -> proto.ListJobsResponse:
    """From one job more than is asked for, if there are so many."""
    page = jobs[: asked.limit]
    return proto.ListJobsResponse(
        jobs=[job_message(job) for job in page],
        next_page_token=_page_token(page[-1], asked) if len(jobs) > len(page) else "",
    )


def transcript_parts(
    transcript: Transcript, response_format: ResponseFormat | None
) -> Iterator[proto.GetTranscriptResponse]:
    if response_format is None:
        for segment in transcript.segments:
            written = segment_message(segment, logprobs=bool(segment.token_logprobs))
            yield proto.GetTranscriptResponse(segment=written)
        yield proto.GetTranscriptResponse(transcript=transcript_message(transcript))
        return
    body = render_whole(transcript, response_format=response_format).body
    for start in range(0, len(body), RENDERED_BYTES):
        yield proto.GetTranscriptResponse(rendered=body[start : start + RENDERED_BYTES])


def _ttl_seconds(secure: proto.Secure) -> int:
    seconds = _seconds(secure, "ttl_seconds", most=LONGEST_TTL_SECONDS, field="secure.ttl_seconds")
    return seconds or DEFAULT_TTL_SECONDS


def _seconds(message: proto.JobConfig | proto.Secure, name: str, *, most: int, field: str) -> int | None:
    """None where it is left out."""
    if not message.HasField(name):
        return None
    seconds = int(getattr(message, name))
    if not 1 <= seconds <= most:
        raise InvalidRequest(f"{field} must be a number of seconds from 1 to {most}, or left out.", param=field)
    return seconds


def _choice(known: Mapping[int, E], asked: int, *, name: str) -> E:
    if asked not in known:
        raise InvalidRequest(f"{name} holds {asked}, which is nothing that this server knows.", param=name)
    return known[asked]


def _page_token(last: Job, asked: JobFilter) -> str:
    """Where the page ended, whatever becomes of its jobs before the next one is asked for."""
    return f"{_list_digest(asked)}.{(last.created_at - EPOCH) // timedelta(microseconds=1)}.{last.id}"


def _position(page_token: str, asked: JobFilter) -> tuple[datetime, str]:
    parts = PAGE_TOKEN.fullmatch(page_token)
    if not parts or parts[1] != _list_digest(asked):
        raise InvalidRequest(
            "page_token is none that was given for this list; send the next_page_token of the page before, and ask for "
            "the same states.",
            param="page_token",
        )
    return EPOCH + timedelta(microseconds=int(parts[2])), parts[3]


def _list_digest(asked: JobFilter) -> str:
    """Of what all pages of a list have in common."""
    return sha256(f"{sorted(asked.states)} {asked.tenant}".encode()).hexdigest()[:16]
