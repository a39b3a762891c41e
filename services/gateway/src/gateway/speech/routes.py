"""`POST /v1/audio/transcriptions` and `/v1/audio/translations`: from the form, through the pipeline, to an answer.

Below /api they are there once more, in the manner of the HiSpeech API.

What the fields mean stands in `form`, what the answer looks like in `speechkit.formats`, and how it is
streamed in `edge.http.event_stream`.
"""

import asyncio
from dataclasses import dataclass, replace
from time import perf_counter

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.edge.access import Access, Admission
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.disconnects import unless_client_leaves
from gateway.edge.http.event_stream import EventStream, event_stream
from gateway.edge.http.protocol import break_off
from gateway.intake.forms import UploadLimits, received_form
from gateway.intake.multipart import OpenSpool
from gateway.models.served import ServedModels
from gateway.refinement.answers import warning_headers
from gateway.refinement.choice import mode_in_header
from gateway.refinement.refining import Refining
from gateway.speech.fair_shares import PipelineFor
from gateway.speech.form import HISPEECH, OPENAI, AskedTranscription, Manner, read_transcription_form
from speechkit.domain.deadlines import deadline_at
from speechkit.domain.options import Task
from speechkit.domain.transcript import Transcript
from speechkit.formats import ResponseFormat, TranscriptEvents, render
from speechkit.pipeline import Pipeline, SegmentStream
from speechkit.runtime.measured import count_transcript

log = structlog.get_logger(__name__)

FAREWELL_SECONDS = 5.0
"""How long a stream that ran into its deadline may take to say so."""


@dataclass(frozen=True, kw_only=True)
class Transcriptions:
    pipeline_for: PipelineFor
    models: ServedModels
    refining: Refining
    access: Access
    limits: UploadLimits
    deadline_seconds: float
    keepalive_seconds: float = 15.0
    open_spool: OpenSpool

    def routes(self) -> list[Route]:
        return [
            Route(f"{base}/audio/{name}", _Endpoint(self, task, manner), methods=["POST"])
            for base, manner in (("/v1", OPENAI), ("/api/v1", HISPEECH))
            for name, task in (("transcriptions", Task.TRANSCRIBE), ("translations", Task.TRANSLATE))
        ]

    async def answer(self, request: Request, send: Send, *, task: Task, manner: Manner) -> None:
        deadline = asyncio.get_running_loop().time() + self.deadline_seconds
        caller = caller_of(request)
        pipeline = self.pipeline_for(caller.tenant)
        too_late = f"The request took longer than {self.deadline_seconds:g} seconds; send shorter audio."
        async with (
            deadline_at(deadline, message=too_late) as limit,
            admitted(request, self.access) as admission,
            received_form(request, limits=self.limits, open_spool=self.open_spool) as form,
        ):
            models = self.models.open_to(caller.models)
            asked = read_transcription_form(
                form, models=models, task=task, manner=manner, mode_in_header=mode_in_header(request)
            )
            await self.refining.check(asked.mode, tenant=caller.tenant)
            work = _Work(asked=asked, pipeline=pipeline, tenant=caller.tenant, deadline=deadline, admission=admission)
            if asked.stream:
                limit.reschedule(None)
                await self._stream(work, request, send)
                return
            transcript = await unless_client_leaves(request.receive, self._transcribe(work))
        rendered = render(
            _as_called(transcript, asked),
            response_format=asked.response_format,
            granularities=asked.granularities,
            logprobs=asked.options.logprobs,
            languages=asked.languages,
        )
        response = Response(rendered.body, media_type=rendered.content_type, headers=warning_headers(transcript))
        await response(request.scope, request.receive, send)

    async def _stream(self, work: "_Work", request: Request, send: Send) -> None:
        """Every refusal that is known before the first segment is still an HTTP error with its status."""
        limit = asyncio.timeout_at(work.deadline + FAREWELL_SECONDS)
        try:
            async with limit, event_stream(send, keepalive_seconds=self.keepalive_seconds) as events:
                await unless_client_leaves(request.receive, self._send_events(work, events))
        except TimeoutError:
            if not limit.expired():
                raise
            log.info("stream_broken_off", reason="not_read")
            await break_off(request)

    async def _send_events(self, work: "_Work", stream: EventStream) -> None:
        asked = work.asked
        events = TranscriptEvents(
            response_format=asked.response_format,
            granularities=asked.granularities,
            logprobs=asked.options.logprobs,
            languages=asked.languages,
        )
        collected, started = [], perf_counter()
        async with work.segments() as segments:
            async for segment in segments:
                collected.append(segment)
                for event in events.add(segment):
                    await stream.event(event)
            transcript = segments.transcript(collected)
        work.count(transcript, started)
        for event in events.finish(_as_called(await self._refined(transcript, work), asked)):
            await stream.event(event)

    async def _transcribe(self, work: "_Work") -> Transcript:
        started = perf_counter()
        async with work.segments() as segments:
            transcript = segments.transcript([segment async for segment in segments])
        work.count(transcript, started)
        return await self._refined(transcript, work)

    async def _refined(self, transcript: Transcript, work: "_Work") -> Transcript:
        return await self.refining.refined(
            transcript,
            work.asked.mode,
            work.asked.options,
            tenant=work.tenant,
            keep_segments=work.asked.shows_times,
            deadline_seconds=work.remaining_seconds,
        )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One request on its way to its transcript."""

    asked: AskedTranscription
    pipeline: Pipeline
    tenant: str
    deadline: float
    admission: Admission

    @property
    def remaining_seconds(self) -> float:
        return self.deadline - asyncio.get_running_loop().time()

    def segments(self) -> SegmentStream:
        return self.pipeline.stream(self.asked.media, self.asked.options, deadline_seconds=self.remaining_seconds)

    def count(self, transcript: Transcript, started: float) -> None:
        self.admission.count_audio(transcript.duration_seconds)
        count_transcript(transcript, model=self.asked.options.model, elapsed_seconds=perf_counter() - started)


@dataclass(frozen=True)
class _Endpoint:
    """Writes its answer itself, because a streamed one has to end before the upload is given up."""

    transcriptions: Transcriptions
    task: Task
    manner: Manner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.transcriptions.answer(Request(scope, receive), send, task=self.task, manner=self.manner)


def _as_called(transcript: Transcript, asked: AskedTranscription) -> Transcript:
    if asked.called_language and asked.response_format is ResponseFormat.VERBOSE_JSON:
        return replace(transcript, language=asked.called_language)
    return transcript
