"""`POST /v1/audio/transcriptions`: from the form, through the pipeline, to a formatted answer.

What the fields mean stands in `transcription_form`, what the answer looks like in `speechkit.formats`.
"""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from gateway.disconnects import unless_client_leaves
from gateway.multipart import OpenSpool
from gateway.served_models import ServedModels
from gateway.transcription_form import AskedTranscription, read_transcription_form
from gateway.uploads import UploadLimits, received_form
from speechkit.domain.errors import DeadlineExceeded
from speechkit.domain.transcript import Transcript
from speechkit.formats import render
from speechkit.pipeline import Pipeline
from speechkit.runtime import metrics


@dataclass(frozen=True, kw_only=True)
class Transcriptions:
    pipeline: Pipeline
    models: ServedModels
    limits: UploadLimits
    deadline_seconds: float
    open_spool: OpenSpool

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/v1/audio/transcriptions", self.create, methods=["POST"], response_model=None)
        return router

    async def create(self, request: Request) -> Response:
        deadline = asyncio.get_running_loop().time() + self.deadline_seconds
        try:
            async with (
                asyncio.timeout_at(deadline),
                received_form(request, limits=self.limits, open_spool=self.open_spool) as form,
            ):
                asked = read_transcription_form(form, models=self.models)
                transcript = await unless_client_leaves(request.receive, self._transcribe(asked, deadline))
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"The request took longer than {self.deadline_seconds:g} seconds; send shorter audio."
            ) from error
        rendered = render(transcript, response_format=asked.response_format, granularities=asked.granularities)
        return Response(rendered.body, media_type=rendered.content_type)

    async def _transcribe(self, asked: AskedTranscription, deadline: float) -> Transcript:
        remaining_seconds = deadline - asyncio.get_running_loop().time()
        transcript = await self.pipeline.complete(asked.media, asked.options, deadline_seconds=remaining_seconds)
        metrics.AUDIO_SECONDS.labels(asked.options.model).inc(transcript.duration_seconds)
        metrics.SEGMENTS.labels(asked.options.model).inc(len(transcript.segments))
        return transcript
