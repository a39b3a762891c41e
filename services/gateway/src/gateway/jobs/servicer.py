"""The gRPC door for jobs: JobService, which translates calls to the same desk as HTTP's `/v1/jobs`.

What messages mean stands in `messages`, how a call fails in `edge.grpc.calls`.
"""

# ruff: noqa: N802 - the protocol names the methods; those that stream write their messages instead of yielding them
import hashlib
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace

from earshot.jobs.v1 import jobs_pb2 as proto
from earshot.jobs.v1.jobs_pb2_grpc import JobServiceServicer
from gateway.edge.access import Access
from gateway.edge.grpc.callers import caller_of
from gateway.edge.grpc.calls import Context, answered
from gateway.intake.arriving_audio import ArrivingAudio
from gateway.intake.forms import UploadLimits
from gateway.jobs.audio_url import JobUrls, url_digest
from gateway.jobs.desk import Accepted, JobDesk, StoredAudio, new_job_id
from gateway.jobs.messages import job_message, job_page, read_format, read_job_config, read_list, transcript_parts
from gateway.models.served import ServedModels
from gateway.refinement.refining import Refining
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.errors import EarshotError, InvalidRequest
from speechkit.domain.refined import as_heard

SERVICE_NAME = proto.DESCRIPTOR.services_by_name["JobService"].full_name

Arriving = ArrivingAudio[proto.JobConfig]


@dataclass(frozen=True, kw_only=True)
class JobServicer(JobServiceServicer):
    desk: JobDesk
    models: ServedModels
    refining: Refining
    access: Access
    limits: UploadLimits
    urls: JobUrls
    receivers: AddressPolicy
    """Where webhooks may go."""

    async def CreateJob(
        self, _requests: AsyncIterator[proto.CreateJobRequest], context: Context
    ) -> proto.CreateJobResponse:
        async with answered(context, method="CreateJob"):
            with closing(Arriving(context, limits=self.limits)) as arriving:
                try:
                    accepted = await self._accepted(arriving, context)
                except EarshotError:
                    await arriving.discard_rest()
                    raise
            return proto.CreateJobResponse(job=job_message(accepted.job), is_new=accepted.is_new)

    async def GetJob(self, request: proto.GetJobRequest, context: Context) -> proto.GetJobResponse:
        async with answered(context, method="GetJob"):
            caller = await caller_of(context, self.access)
            return proto.GetJobResponse(job=job_message(await self.desk.get(request.job_id, caller=caller)))

    async def ListJobs(self, request: proto.ListJobsRequest, context: Context) -> proto.ListJobsResponse:
        async with answered(context, method="ListJobs"):
            asked = read_list(request, tenant=(await caller_of(context, self.access)).tenant)
            # One more than asked for tells whether there are more.
            return job_page(await self.desk.page(replace(asked, limit=asked.limit + 1)), asked)

    async def CancelJob(self, request: proto.CancelJobRequest, context: Context) -> proto.CancelJobResponse:
        async with answered(context, method="CancelJob"):
            caller = await caller_of(context, self.access)
            return proto.CancelJobResponse(job=job_message(await self.desk.cancel(request.job_id, caller=caller)))

    async def DeleteJob(self, request: proto.DeleteJobRequest, context: Context) -> proto.DeleteJobResponse:
        async with answered(context, method="DeleteJob"):
            await self.desk.delete(request.job_id, caller=await caller_of(context, self.access))
            return proto.DeleteJobResponse()

    async def GetTranscript(self, request: proto.GetTranscriptRequest, context: Context) -> None:  # type: ignore[override]
        async with answered(context, method="GetTranscript"):
            asked = read_format(request.format)  # before the one read of a secure job
            caller = await caller_of(context, self.access)
            _, transcript = await self.desk.transcript(request.job_id, caller=caller)
            for part in transcript_parts(as_heard(transcript) if request.raw else transcript, asked):
                await context.write(part)

    async def WatchJob(self, request: proto.WatchJobRequest, context: Context) -> None:  # type: ignore[override]
        async with answered(context, method="WatchJob"):
            caller = await caller_of(context, self.access)
            async for job in self.desk.follow(request.job_id, caller=caller):
                await context.write(proto.WatchJobResponse(job=job_message(job)))

    async def _accepted(self, arriving: Arriving, context: Context) -> Accepted:
        caller, job_id = await caller_of(context, self.access), new_job_id()
        async with self.access.admitted(caller):
            config = await arriving.config()
            models = self.models.open_to(caller.models)
            asked = read_job_config(config, models=models, receivers=self.receivers)
            await self.refining.check(asked.mode, tenant=caller.tenant)
            secure, blobs = asked.ttl_seconds is not None, self.desk.parts.blobs
            kept = False
            try:
                accepted = await self.desk.accept(
                    asked,
                    job_id=job_id,
                    caller=caller,
                    audio=await self._stored(arriving, config.url.strip(), job_id=job_id, secure=secure),
                    idempotency_key=config.idempotency_key or None,
                )
                kept = accepted.is_new
                return accepted
            finally:
                if not kept:
                    await blobs.delete_audio(job_id, secure=secure)

    async def _stored(self, arriving: Arriving, url: str, *, job_id: str, secure: bool) -> StoredAudio:
        """Part by part: whoever sends it waits while the store does, so that no more than a part is held here."""
        blobs, heard = self.desk.parts.blobs, hashlib.sha256()

        async def arrived() -> AsyncIterator[bytes]:
            async for part in arriving.file_parts():
                heard.update(part)
                yield part

        if not url:
            size_bytes = await blobs.put_audio(job_id, arrived(), secure=secure)
            return StoredAudio(size_bytes=size_bytes, digest=heard.digest())
        async for _ in arriving.parts():
            raise InvalidRequest("Send a file or a url, not both.", param="url")
        async with self.urls.parts(url) as fetched:
            size_bytes = await blobs.put_audio(job_id, fetched, secure=secure)
        return StoredAudio(size_bytes=size_bytes, digest=url_digest(url))
