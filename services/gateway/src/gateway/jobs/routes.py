"""`/v1/jobs`: transcriptions asked for now and fetched later.

Who works on them is the worker's matter; what the form says, of `form`; what a job looks like, of `answers`.
"""

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.edge.access import Access
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.disconnects import unless_client_leaves
from gateway.edge.http.event_stream import EventStream, event_stream
from gateway.edge.http.routing import route
from gateway.intake.forms import UploadLimits
from gateway.jobs.answers import (
    event_of,
    job_answer,
    list_answer,
    read_limit,
    read_states,
    read_transcript_query,
    transcript_answer,
)
from gateway.jobs.audio_upload import stored_upload
from gateway.jobs.audio_url import JobUrls
from gateway.jobs.deliveries import deliveries_answer, delivery_answer
from gateway.jobs.desk import JobDesk, new_job_id
from gateway.jobs.form import read_job_form, read_secure
from gateway.jobs.resumable_desk import UploadDesk
from gateway.models.served import ServedModels
from gateway.refinement.choice import mode_in_header
from gateway.refinement.refining import Refining
from speechkit.domain.addresses import AddressPolicy
from speechkit.domain.jobs import JobFilter
from speechkit.domain.refined import as_heard


@dataclass(frozen=True, kw_only=True)
class Jobs:
    desk: JobDesk
    uploads: UploadDesk
    models: ServedModels
    refining: Refining
    access: Access
    limits: UploadLimits
    urls: JobUrls
    receivers: AddressPolicy
    """Whom webhooks may go to."""
    keepalive_seconds: float

    def routes(self) -> list[Route]:
        transcript = route("/v1/jobs/{job_id}/transcript", GET=self.transcript)
        transcript.methods = {"GET"}  # a HEAD would be the one read of a secure transcript, and show nothing of it
        return [
            route("/v1/jobs", POST=self.create, GET=self.list),
            route("/v1/jobs/{job_id}", GET=self.retrieve, DELETE=self.delete),
            route("/v1/jobs/{job_id}/cancel", POST=self.cancel),
            transcript,
            route("/v1/jobs/{job_id}/deliveries", GET=self.deliveries),
            route("/v1/jobs/{job_id}/deliveries/{delivery_id}/redeliver", POST=self.redeliver),
            Route("/v1/jobs/{job_id}/events", _Events(self), methods=["GET"]),
        ]

    async def create(self, request: Request) -> Response:
        caller, job_id = caller_of(request), new_job_id()
        blobs = self.desk.parts.blobs
        async with (
            admitted(request, self.access),
            stored_upload(
                request,
                blobs,
                job_id=job_id,
                read_secure=read_secure,
                limits=self.limits,
                urls=self.urls,
                in_pieces=True,
            ) as upload,
        ):
            asked = read_job_form(
                upload.form,
                models=self.models.open_to(caller.models),
                receivers=self.receivers,
                mode_in_header=mode_in_header(request),
            )
            await self.refining.check(asked.mode, tenant=caller.tenant)
            key = request.headers.get("idempotency-key")
            if upload_id := upload.form.text("upload"):
                accepted = await self.uploads.accept(asked, upload_id, caller=caller, idempotency_key=key)
            else:
                accepted = await self.desk.accept(
                    asked, job_id=job_id, caller=caller, audio=upload.audio, idempotency_key=key
                )
        if accepted.is_new:
            return job_answer(accepted.job, status=202, headers={"location": f"/v1/jobs/{accepted.job.id}"})
        await blobs.delete_audio(job_id, secure=upload.secure)
        return job_answer(accepted.job)

    async def list(self, request: Request) -> Response:
        query, caller = request.query_params, caller_of(request)
        before = await self.desk.get(query["after"], caller=caller) if "after" in query else None
        asked = JobFilter(
            tenant=caller.tenant,
            states=read_states(query),
            before=(before.created_at, before.id) if before else None,
            limit=read_limit(query),
        )
        # One more than asked for tells whether there are more.
        return list_answer(await self.desk.page(replace(asked, limit=asked.limit + 1)), asked)

    async def retrieve(self, request: Request) -> Response:
        return job_answer(await self.desk.get(_job_id(request), caller=caller_of(request)))

    async def cancel(self, request: Request) -> Response:
        return job_answer(await self.desk.cancel(_job_id(request), caller=caller_of(request)))

    async def delete(self, request: Request) -> Response:
        await self.desk.delete(_job_id(request), caller=caller_of(request))
        return Response(status_code=204)

    async def transcript(self, request: Request) -> Response:
        asked, raw = read_transcript_query(request.query_params)  # before the one read of a secure job
        _, transcript = await self.desk.transcript(_job_id(request), caller=caller_of(request))
        return transcript_answer(as_heard(transcript) if raw else transcript, asked)

    async def deliveries(self, request: Request) -> Response:
        return deliveries_answer(await self.desk.deliveries(_job_id(request), caller=caller_of(request)))

    async def redeliver(self, request: Request) -> Response:
        delivery_id = str(request.path_params["delivery_id"])
        caller = caller_of(request)
        return delivery_answer(await self.desk.redeliver(delivery_id, job_id=_job_id(request), caller=caller))

    async def send_events(self, request: Request, stream: EventStream) -> None:
        async for job in self.desk.follow(_job_id(request), caller=caller_of(request)):
            await stream.event(event_of(job))


@dataclass(frozen=True)
class _Events:
    """Writes its answer itself, because it ends with its client."""

    jobs: Jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        async with event_stream(send, keepalive_seconds=self.jobs.keepalive_seconds) as events:
            await unless_client_leaves(receive, self.jobs.send_events(request, events))


def _job_id(request: Request) -> str:
    return str(request.path_params["job_id"])
