"""`/api/v1/transcriptions`: jobs, as clients of the HiSpeech API ask for them.

What the forms say is the matter of `form`, what answers look like, of `answers`; jobs themselves are
the desk's. The OpenAI-compatible paths beside it are those of `speech.routes`.
"""

import asyncio
import json
import math
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.edge.access import Access, Caller
from gateway.edge.hispeech_wire import PATHS
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.disconnects import unless_client_leaves
from gateway.hispeech.answers import deleted_answer, failed_answer, failure_of, status_answer, upload_answer
from gateway.hispeech.form import AskedUpload, read_secure_mode, read_upload_form
from gateway.intake.forms import UploadLimits
from gateway.jobs.audio_upload import stored_upload
from gateway.jobs.desk import JobDesk
from gateway.models.served import ServedModels
from gateway.refinement.choice import mode_in_header
from gateway.refinement.refining import Refining
from speechkit.domain.deadlines import deadline_at
from speechkit.domain.errors import Cancelled, DeadlineExceeded, InvalidRequest, RateLimited
from speechkit.domain.jobs import Failure, Job, JobState

HOUR_SECONDS = 3600
MAX_JSON_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class HiSpeech:
    desk: JobDesk
    models: ServedModels
    refining: Refining
    access: Access
    limits: UploadLimits
    longest_wait_seconds: float
    """For a transcript; jobs that take longer go on without the client."""
    status_calls_per_hour: int

    def routes(self) -> list[Route]:
        status = Route(f"{PATHS}/transcription-status/{{job_id}}", self.status, methods=["GET"])
        status.methods = {"GET"}  # a HEAD would be the one read of a secure transcript, and show nothing of it
        return [
            Route(f"{PATHS}/upload", self.upload, methods=["POST"]),
            status,
            Route(PATHS, self.delete, methods=["DELETE"]),
        ]

    async def upload(self, request: Request) -> Response:
        async with admitted(request, self.access):
            job, asked = await self._accepted(request)
            if not asked.waits:
                return upload_answer(job)
            return await self._result(request, job)

    async def status(self, request: Request) -> Response:
        caller = caller_of(request)
        job = await self.desk.get(request.path_params["job_id"], caller=caller)
        await self._count_status_call(job)
        if job.state is not JobState.COMPLETED:
            return status_answer(job)
        return status_answer(*await self.desk.transcript(job.id, caller=caller))

    async def delete(self, request: Request) -> Response:
        await self.desk.delete(await _read_transcription_id(request), caller=caller_of(request))
        return deleted_answer()

    async def _accepted(self, request: Request) -> tuple[Job, AskedUpload]:
        caller, job_id = caller_of(request), str(uuid4())
        blobs = self.desk.parts.blobs
        async with stored_upload(
            request, blobs, job_id=job_id, read_secure=read_secure_mode, limits=self.limits
        ) as upload:
            asked = read_upload_form(
                upload.form,
                stt_model=request.query_params.get("stt_model", ""),
                models=self.models.open_to(caller.models),
                mode_in_header=mode_in_header(request),
            )
            await self.refining.check(asked.job.mode, tenant=caller.tenant)
            accepted = await self.desk.accept(
                asked.job,
                job_id=job_id,
                caller=caller,
                audio=upload.audio,
            )
        return accepted.job, asked

    async def _result(self, request: Request, job: Job) -> Response:
        caller = caller_of(request)
        try:
            job = await unless_client_leaves(request.receive, self._over(job, caller))
        except DeadlineExceeded as error:
            return failed_answer(job, Failure(reason=error.reason, message=error.message))
        except Cancelled:
            if job.secure:  # nobody else knows its id, so nobody will read it
                await self.desk.delete(job.id, caller=caller)
            raise
        if job.state is JobState.COMPLETED:
            return upload_answer(*await self.desk.transcript(job.id, caller=caller))
        return failed_answer(job, failure_of(job))

    async def _over(self, job: Job, caller: Caller) -> Job:
        deadline = asyncio.get_running_loop().time() + self.longest_wait_seconds
        too_late = (
            f"The transcript was not ready within {self.longest_wait_seconds:g} seconds. The job goes on: ask for its "
            "status, and send long audio with wait_for_result=false."
        )
        async with deadline_at(deadline, message=too_late):
            async for news in self.desk.follow(job.id, caller=caller):
                job = news
        return job

    async def _count_status_call(self, job: Job) -> None:
        wait = await self.access.count(
            f"status-calls:{job.id}", most=self.status_calls_per_hour, per_seconds=HOUR_SECONDS
        )
        if wait:
            raise RateLimited(
                f"The status of a job can be asked for {self.status_calls_per_hour} times an hour. Ask again in "
                f"{math.ceil(wait)} seconds, and then about once a minute.",
                retry_after_seconds=wait,
            )


async def _read_transcription_id(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise InvalidRequest(
                f'The body has more than {MAX_JSON_BYTES} bytes; send {{"transcription_id":"JOB_ID"}}.'
            )
    try:
        job_id = json.loads(body)["transcription_id"]
    except (ValueError, RecursionError, TypeError, KeyError):
        job_id = None
    if not isinstance(job_id, str) or not job_id:
        raise InvalidRequest('The body must be JSON, as {"transcription_id":"JOB_ID"}.', param="transcription_id")
    return job_id
