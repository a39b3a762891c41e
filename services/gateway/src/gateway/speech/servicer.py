"""The gRPC door: SpeechService, which translates calls to the same pipeline as HTTP.

What messages mean stands in `messages`, how a call fails in `edge.grpc.calls`.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import cast

from earshot.speech.v1 import speech_pb2 as proto
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceServicer
from gateway.edge.access import Access, Caller
from gateway.edge.grpc.callers import caller_of
from gateway.edge.grpc.calls import Context, answered
from gateway.intake.arriving_audio import ArrivingAudio
from gateway.intake.forms import UploadLimits
from gateway.intake.multipart import OpenSpool
from gateway.models.served import ServedModels
from gateway.refinement.refining import Refining
from gateway.speech.fair_shares import PipelineFor
from gateway.speech.messages import AskedStream, model_list, read_config, segment_message, transcript_message
from speechkit.domain.deadlines import deadline_at
from speechkit.domain.errors import EarshotError
from speechkit.domain.transcript import Transcript
from speechkit.pipeline import Pipeline, SegmentStream
from speechkit.ports import PcmDecoder
from speechkit.runtime.measured import count_transcript

SERVICE_NAME = proto.DESCRIPTOR.services_by_name["SpeechService"].full_name

Arriving = ArrivingAudio[proto.TranscriptionConfig]


@dataclass(frozen=True, kw_only=True)
class SpeechServicer(SpeechServiceServicer):
    pipeline_for: PipelineFor
    pcm_decoder: PcmDecoder
    models: ServedModels
    refining: Refining
    access: Access
    limits: UploadLimits
    deadline_seconds: float
    open_spool: OpenSpool

    async def Transcribe(  # type: ignore[override] # noqa: N802 - named by the protocol; events are written, not yielded
        self, _requests: AsyncIterator[proto.TranscribeRequest], context: Context
    ) -> None:
        async with answered(context, method="Transcribe"):
            with closing(Arriving(context, limits=self.limits)) as arriving:
                try:
                    await self._within_deadline(arriving, context)
                except EarshotError:
                    await arriving.discard_rest()
                    raise

    async def ListModels(  # noqa: N802 - named by the protocol
        self, request: proto.ListModelsRequest, context: Context
    ) -> proto.ListModelsResponse:
        async with answered(context, method="ListModels"):
            return model_list(self.models.open_to((await caller_of(context, self.access)).models))

    async def _within_deadline(self, arriving: Arriving, context: Context) -> None:
        caller_seconds = cast(float | None, context.time_remaining())  # its stubs forget that there may be none
        allowed_seconds = min(self.deadline_seconds, math.inf if caller_seconds is None else caller_seconds)
        deadline = asyncio.get_running_loop().time() + allowed_seconds
        too_late = f"The call took longer than {allowed_seconds:.3g} seconds; send shorter audio or allow more time."
        async with deadline_at(deadline, message=too_late):
            caller = await caller_of(context, self.access)
            async with self.access.admitted(caller) as admission:
                pipeline = self.pipeline_for(caller.tenant)
                asked = read_config(await arriving.config(), models=self.models.open_to(caller.models))
                await self.refining.check(asked.mode, tenant=caller.tenant)
                transcript = await self._transcribe(asked, pipeline, arriving, context, deadline)
                admission.count_audio(transcript.duration_seconds)
                refined = await self._refined(transcript, asked, caller, deadline)
                await context.write(proto.TranscribeResponse(transcript=transcript_message(refined)))

    async def _transcribe(
        self, asked: AskedStream, pipeline: Pipeline, arriving: Arriving, context: Context, deadline: float
    ) -> Transcript:
        collected = []
        async with self._segments(asked, pipeline, arriving, deadline) as segments:
            async for segment in segments:
                written = segment_message(segment, logprobs=asked.options.logprobs)
                await context.write(proto.TranscribeResponse(segment=written))
                collected.append(segment)
        transcript = segments.transcript(collected)
        count_transcript(transcript, model=asked.options.model)
        return transcript

    async def _refined(self, transcript: Transcript, asked: AskedStream, caller: Caller, deadline: float) -> Transcript:
        return await self.refining.refined(
            transcript,
            asked.mode,
            asked.options,
            tenant=caller.tenant,
            keep_segments=False,  # they have been told already, as they were heard
            deadline_seconds=deadline - asyncio.get_running_loop().time(),
        )

    @asynccontextmanager
    async def _segments(
        self, asked: AskedStream, pipeline: Pipeline, arriving: Arriving, deadline: float
    ) -> AsyncIterator[SegmentStream]:
        """Of raw samples while they arrive; of a file once it is all there."""
        time = asyncio.get_running_loop().time
        if asked.pcm is not None:
            blocks = self.pcm_decoder.decode(arriving.parts(), asked.pcm)
            stream = pipeline.stream_blocks(blocks, asked.options, deadline_seconds=deadline - time())
            async with stream as segments:
                yield segments
            return
        with closing(self.open_spool()) as spool:
            await arriving.spool_into(spool)
            stream = pipeline.stream(spool, asked.options, deadline_seconds=deadline - time())
            async with stream as segments:
                yield segments
