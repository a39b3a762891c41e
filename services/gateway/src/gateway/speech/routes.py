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

from gateway.edge.access import Access
from gateway.edge.http.callers import admitted, caller_of
from gateway.edge.http.disconnects import unless_client_leaves
from gateway.edge.http.event_stream import EventStream, event_stream
from gateway.edge.http.protocol import break_off
from gateway.intake.forms import UploadLimits, received_form
from gateway.intake.multipart import OpenSpool
from gateway.models.served import ServedModels
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
            asked = read_transcription_form(form, models=models, task=task, manner=manner)
            if asked.stream:
                limit.reschedule(None)
                streamed = await self._stream(asked, pipeline, request, send, deadline=deadline)
                admission.count_audio(streamed.duration_seconds if streamed else 0.0)
                return
            transcript = await unless_client_leaves(request.receive, self._transcribe(asked, pipeline, deadline))
            admission.count_audio(transcript.duration_seconds)
        rendered = render(
            _as_called(transcript, asked),
            response_format=asked.response_format,
            granularities=asked.granularities,
            logprobs=asked.options.logprobs,
            languages=asked.languages,
        )
        response = Response(rendered.body, media_type=rendered.content_type)
        await response(request.scope, request.receive, send)

    async def _stream(
        self, asked: AskedTranscription, pipeline: Pipeline, request: Request, send: Send, *, deadline: float
    ) -> Transcript | None:
        """Every refusal that is known before the first segment is still an HTTP error with its status.

        None where the stream broke off: its client was told, or had long stopped reading.
        """
        transcript = None
        limit = asyncio.timeout_at(deadline + FAREWELL_SECONDS)
        try:
            async with limit, event_stream(send, keepalive_seconds=self.keepalive_seconds) as events:
                work = self._send_events(asked, pipeline, events, deadline)
                transcript = await unless_client_leaves(request.receive, work)
        except TimeoutError:
            if not limit.expired():
                raise
            log.info("stream_broken_off", reason="not_read")
            await break_off(request)
        return transcript

    async def _send_events(
        self, asked: AskedTranscription, pipeline: Pipeline, stream: EventStream, deadline: float
    ) -> Transcript:
        events = TranscriptEvents(
            response_format=asked.response_format,
            granularities=asked.granularities,
            logprobs=asked.options.logprobs,
            languages=asked.languages,
        )
        collected, started = [], perf_counter()
        async with self._segments(asked, pipeline, deadline) as segments:
            async for segment in segments:
                collected.append(segment)
                for event in events.add(segment):
                    await stream.event(event)
            transcript = segments.transcript(collected)
        _count(asked, transcript, started)
        for event in events.finish(_as_called(transcript, asked)):
            await stream.event(event)
        return transcript

    async def _transcribe(self, asked: AskedTranscription, pipeline: Pipeline, deadline: float) -> Transcript:
        started = perf_counter()
        async with self._segments(asked, pipeline, deadline) as segments:
            transcript = segments.transcript([segment async for segment in segments])
        _count(asked, transcript, started)
        return transcript

    def _segments(self, asked: AskedTranscription, pipeline: Pipeline, deadline: float) -> SegmentStream:
        pipeline = replace(pipeline, rules=asked.chunking.applied_to(pipeline.rules))
        remaining_seconds = deadline - asyncio.get_running_loop().time()
        return pipeline.stream(asked.media, asked.options, deadline_seconds=remaining_seconds)


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


def _count(asked: AskedTranscription, transcript: Transcript, started: float) -> None:
    count_transcript(transcript, model=asked.options.model, elapsed_seconds=perf_counter() - started)
