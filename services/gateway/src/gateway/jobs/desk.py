"""The desk where jobs are handed in and fetched, the same for every API that knows jobs.

What each API's fields mean and how its answers look is its own matter; who works on the jobs, the worker's.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from gateway.edge.access import Caller
from gateway.models.served import MAX_QUOTED_CHARACTERS
from speechkit.domain.errors import JobNotCompleted, JobNotFound, UnsupportedMedia
from speechkit.domain.jobs import Job, JobFilter, JobState
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.domain.transcript import Transcript
from speechkit.domain.webhooks import Delivery
from speechkit.formats.kept import read_kept
from speechkit.ports import DeliveryStore, JobStore
from speechkit.runtime.job_blobs import JobBlobs
from speechkit.runtime.tracing import traceparent

log = structlog.get_logger(__name__)

Announce = Callable[[], None]
"""Tells the outbox that there is something to ring for."""

SECURE_ROW_STAYS = timedelta(days=1)
"""Beyond the longest life of the transcript: for so long a status call hears why it is gone."""

ID_FORM = re.compile(r"[A-Za-z0-9_-]{1,100}")

FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.05, 0.5
"""Between two looks at a job that somebody follows, each twice the one before: short audio is over soon."""


@dataclass(frozen=True, kw_only=True)
class JobParts:
    """What stands behind the desk."""

    store: JobStore
    blobs: JobBlobs
    deliveries: DeliveryStore
    announce: Announce


@dataclass(frozen=True, kw_only=True)
class AskedJob:
    model: str
    options: TranscriptionOptions
    keep: timedelta | None = None
    """How long everything of the job is kept; None is until it is deleted."""
    ttl_seconds: int | None = None
    """Of a secure job."""
    callback_url: str | None = None
    """Who is told when it is over."""
    callback_transcript: bool = False
    """Whether what was said is told with it."""
    mode: ModeChoice | None = None
    """What refines the transcript."""


@dataclass(frozen=True, kw_only=True)
class StoredAudio:
    size_bytes: int
    digest: bytes


@dataclass(frozen=True, kw_only=True)
class Accepted:
    job: Job
    is_new: bool
    """Not so when the same idempotency key came before, with the same request."""


def new_job_id() -> str:
    return f"job_{uuid4().hex}"


@dataclass(frozen=True, kw_only=True)
class JobDesk:
    parts: JobParts

    async def accept(
        self,
        asked: AskedJob,
        *,
        job_id: str,
        caller: Caller,
        audio: StoredAudio,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """The job whose audio was stored under this id already.

        After an error, and where the job is not a new one, that audio is the caller's of this method to delete.
        """
        if not audio.size_bytes:
            raise UnsupportedMedia("The file is empty: it has 0 bytes. Send the recording itself.", param="file")
        now, secure = datetime.now(UTC), asked.ttl_seconds is not None
        has_hints = await self.parts.blobs.put_hints(job_id, asked.options, secure=secure)
        keep = asked.keep if asked.ttl_seconds is None else timedelta(seconds=asked.ttl_seconds) + SECURE_ROW_STAYS
        job = Job(
            id=job_id,
            tenant=caller.tenant,
            model=asked.model,
            options=asked.options.without_hints(),
            has_hints=has_hints,
            audio_bytes=audio.size_bytes,
            created_at=now,
            keep_until=now + keep if keep else None,
            idempotency_key=idempotency_key,
            request_digest=request_digest(asked, audio) if idempotency_key else "",
            ttl_seconds=asked.ttl_seconds,
            key_id=caller.key.id if caller.key else None,
            traceparent=traceparent(),
            callback_url=asked.callback_url,
            callback_transcript=asked.callback_transcript,
            mode=asked.mode,
        )
        try:
            known = await self.parts.store.add(job)
        except asyncio.CancelledError:
            # Added all the same, perhaps; and its audio is deleted now.
            await self.parts.store.delete(job_id, tenant=caller.tenant)
            raise
        if known is not job:
            return Accepted(job=known, is_new=False)
        log.info("job_accepted", job_id=job_id, tenant=job.tenant)
        self.parts.announce()
        return Accepted(job=known, is_new=True)

    async def get(self, job_id: str, *, caller: Caller) -> Job:
        """Another tenant's job is none, as nobody must be told that there is one."""
        return _found(await self.parts.store.get(_readable(job_id), tenant=caller.tenant), job_id)

    async def page(self, asked: JobFilter) -> tuple[Job, ...]:
        return await self.parts.store.page(asked)

    async def cancel(self, job_id: str, *, caller: Caller) -> Job:
        now = datetime.now(UTC)
        job = _found(await self.parts.store.cancel(_readable(job_id), tenant=caller.tenant, now=now), job_id)
        if job.secure and job.state is JobState.CANCELLED:
            await self.parts.blobs.delete(job)
        return job

    async def delete(self, job_id: str, *, caller: Caller) -> None:
        job = await self.get(job_id, caller=caller)
        # Blobs first: a row without blobs can be deleted again, blobs without a row would never be found.
        await self.parts.blobs.delete(job)
        await self.parts.store.delete(job.id, tenant=job.tenant)

    async def transcript(self, job_id: str, *, caller: Caller) -> tuple[Job, Transcript]:
        """Of a secure job this is the one read."""
        job = await self.get(job_id, caller=caller)
        if job.state is not JobState.COMPLETED:
            raise JobNotCompleted(
                f"The job is {job.state.value}, so it has no transcript"
                + ("." if job.state.final else " yet; ask again when its status is completed.")
            )
        return job, read_kept(await self.parts.blobs.transcript(job))

    async def deliveries(self, job_id: str, *, caller: Caller) -> tuple[Delivery, ...]:
        job = await self.get(job_id, caller=caller)
        return await self.parts.deliveries.of_job(job.id, tenant=job.tenant)

    async def redeliver(self, delivery_id: str, *, job_id: str, caller: Caller) -> Delivery:
        job, now = await self.get(job_id, caller=caller), datetime.now(UTC)
        asked = _readable(delivery_id)
        delivery = await self.parts.deliveries.redeliver(asked, job_id=job.id, tenant=job.tenant, now=now)
        if delivery is None:
            raise JobNotFound("The job has no such delivery. GET /v1/jobs/{job_id}/deliveries lists those there are.")
        return delivery

    async def follow(self, job_id: str, *, caller: Caller) -> AsyncIterator[Job]:
        """The job as it is, and again whenever that changes, until it is over."""
        told, pause_seconds = None, FIRST_LOOK_SECONDS
        while True:
            job = await self.get(job_id, caller=caller)
            if (news := (job.state, job.tries, job.progress)) != told:
                told = news
                yield job
            if job.state.final:
                return
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_LOOK_SECONDS)


def _readable(job_id: str) -> str:
    """As ids are made: databases fail over NUL and half characters, instead of finding nothing."""
    if not ID_FORM.fullmatch(job_id):
        raise JobNotFound("No such job: ids have letters, digits, `-` and `_` alone. Send one as it was answered.")
    return job_id


def _found(job: Job | None, job_id: str) -> Job:
    if job is None:
        raise JobNotFound(
            f"No such job: '{job_id[:MAX_QUOTED_CHARACTERS]}'. It was deleted, or its time was over, or it never was; "
            "the list of jobs has those there are."
        )
    return job


def request_digest(asked: AskedJob, audio: StoredAudio) -> str:
    """The same request has the same, at whatever door."""
    said = _said(asked) | {"options": _said(asked.options), "audio": audio.digest.hex()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _said(part: AskedJob | TranscriptionOptions) -> dict[str, Any]:
    """Without defaults: an option that the next release brings must not make old requests new ones."""
    return {field.name: said for field in fields(part) if (said := getattr(part, field.name)) != field.default}
