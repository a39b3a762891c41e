"""`/v1/jobs`: transcriptions asked for now and fetched later.

Who works on them is the worker's matter; what the form says, of `job_form`; what a job looks like, of `job_answers`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.access import Access
from gateway.http_access import admitted, caller_of
from gateway.job_answers import job_answer, list_answer, read_limit, read_states, transcript_answer
from gateway.job_form import read_job_form
from gateway.job_uploads import stored_upload
from gateway.served_models import MAX_QUOTED_CHARACTERS, ServedModels
from gateway.uploads import UploadLimits
from speechkit.domain.errors import JobNotCompleted, JobNotFound
from speechkit.domain.jobs import Job, JobFilter, JobState, audio_blob, transcript_blob
from speechkit.formats.kept import read_kept
from speechkit.ports import BlobStore, JobStore

Announce = Callable[[], None]
"""Tells the outbox that there is something to ring for."""


@dataclass(frozen=True, kw_only=True)
class JobParts:
    """What stands behind the routes."""

    store: JobStore
    blobs: BlobStore
    announce: Announce


@dataclass(frozen=True, kw_only=True)
class Jobs:
    parts: JobParts
    models: ServedModels
    access: Access
    limits: UploadLimits

    def routes(self) -> list[Route]:
        return [
            Route("/v1/jobs", self.create, methods=["POST"]),
            Route("/v1/jobs", self.list, methods=["GET"]),
            Route("/v1/jobs/{job_id}", self.retrieve, methods=["GET"]),
            Route("/v1/jobs/{job_id}", self.delete, methods=["DELETE"]),
            Route("/v1/jobs/{job_id}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/jobs/{job_id}/transcript", self.transcript, methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        caller, now, job_id = caller_of(request), datetime.now(UTC), f"job_{uuid4().hex}"
        async with (
            admitted(request, self.access),
            stored_upload(request, self.parts.blobs, name=audio_blob(job_id), limits=self.limits) as upload,
        ):
            asked = read_job_form(upload.form, models=self.models.open_to(caller.models))
            job = Job(
                id=job_id,
                tenant=caller.tenant,
                model=asked.model,
                options=asked.options,
                audio_bytes=upload.size_bytes,
                created_at=now,
                keep_until=now + asked.keep if asked.keep else None,
                idempotency_key=request.headers.get("idempotency-key"),
                request_digest=upload.digest,
            )
            accepted = await self.parts.store.add(job)
        if accepted.id != job_id:
            await self.parts.blobs.delete(audio_blob(job_id))
            return job_answer(accepted)
        self.parts.announce()
        return job_answer(accepted, status=202, headers={"location": f"/v1/jobs/{job_id}"})

    async def list(self, request: Request) -> Response:
        query, tenant = request.query_params, caller_of(request).tenant
        before = (
            _found(await self.parts.store.get(query["after"], tenant=tenant), query["after"])
            if "after" in query
            else None
        )
        asked = JobFilter(
            tenant=tenant,
            states=read_states(query),
            before=(before.created_at, before.id) if before else None,
            limit=read_limit(query),
        )
        # One more than asked for tells whether there are more.
        return list_answer(await self.parts.store.page(replace(asked, limit=asked.limit + 1)), asked)

    async def retrieve(self, request: Request) -> Response:
        return job_answer(await self._job(request))

    async def cancel(self, request: Request) -> Response:
        job_id, tenant = request.path_params["job_id"], caller_of(request).tenant
        job = await self.parts.store.cancel(job_id, tenant=tenant, now=datetime.now(UTC))
        return job_answer(_found(job, job_id))

    async def delete(self, request: Request) -> Response:
        job = await self._job(request)
        # Blobs first: a row without blobs can be deleted again, blobs without a row would never be found.
        await self.parts.blobs.delete(audio_blob(job.id))
        await self.parts.blobs.delete(transcript_blob(job))
        await self.parts.store.delete(job.id, tenant=job.tenant)
        return Response(status_code=204)

    async def transcript(self, request: Request) -> Response:
        job = await self._job(request)
        if job.state is not JobState.COMPLETED:
            raise JobNotCompleted(
                f"The job is {job.state.value}, so it has no transcript"
                + ("." if job.state.final else " yet; ask again when its status is completed.")
            )
        return transcript_answer(read_kept(await self.parts.blobs.read(transcript_blob(job))), request.query_params)

    async def _job(self, request: Request) -> Job:
        job_id = request.path_params["job_id"]
        return _found(await self.parts.store.get(job_id, tenant=caller_of(request).tenant), job_id)


def _found(job: Job | None, job_id: str) -> Job:
    """Another tenant's job is none, as it must not be told that there is one."""
    if job is None:
        raise JobNotFound(f"No such job: '{job_id[:MAX_QUOTED_CHARACTERS]}'. GET /v1/jobs lists those there are.")
    return job
