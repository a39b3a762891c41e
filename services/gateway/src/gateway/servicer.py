"""The gRPC door: SpeechService, which translates calls to the same pipeline as HTTP.

What messages mean stands in `speech_messages`, how a call fails in `call_edge`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import cast

from earshot.speech.v1 import speech_pb2 as proto
from earshot.speech.v1.speech_pb2_grpc import SpeechServiceServicer
from gateway.arriving_audio import ArrivingAudio
from gateway.call_edge import Context, answered
from gateway.multipart import OpenSpool
from gateway.served_models import ServedModels
from gateway.speech_messages import AskedStream, model_list, read_config, segment_event, transcript_event
from gateway.uploads import UploadLimits
from speechkit.domain.errors import DeadlineExceeded
from speechkit.domain.transcript import Transcript
from speechkit.pipeline import Pipeline, SegmentStream
from speechkit.ports import PcmDecoder
from speechkit.runtime import metrics

SERVICE_NAME = proto.DESCRIPTOR.services_by_name["SpeechService"].full_name


@dataclass(frozen=True, kw_only=True)
class SpeechServicer(SpeechServiceServicer):
    pipeline: Pipeline
    pcm_decoder: PcmDecoder
    models: ServedModels
    limits: UploadLimits
    deadline_seconds: float
    open_spool: OpenSpool

    async def Transcribe(  # type: ignore[override] # noqa: N802 - named by the protocol; events are written, not yielded
        self, requests: AsyncIterator[proto.TranscribeRequest], context: Context
    ) -> None:
        async with answered(context, method="Transcribe"):
            allowed_seconds = self._allowed_seconds(context)
            deadline = asyncio.get_running_loop().time() + allowed_seconds
            try:
                async with asyncio.timeout_at(deadline):
                    await self._transcribe(ArrivingAudio(requests, limits=self.limits), context, deadline)
            except TimeoutError as error:
                raise DeadlineExceeded(
                    f"The call took longer than {allowed_seconds:.3g} seconds; send shorter audio or allow more time."
                ) from error

    async def ListModels(  # noqa: N802 - named by the protocol
        self, request: proto.ListModelsRequest, context: Context
    ) -> proto.ListModelsResponse:
        async with answered(context, method="ListModels"):
            return model_list(self.models)

    def _allowed_seconds(self, context: Context) -> float:
        caller_seconds = cast(float | None, context.time_remaining())  # its stubs forget that there may be none
        return self.deadline_seconds if caller_seconds is None else min(caller_seconds, self.deadline_seconds)

    async def _transcribe(self, arriving: ArrivingAudio, context: Context, deadline: float) -> None:
        asked = read_config(await arriving.config(), models=self.models)
        collected = []
        async with self._segments(asked, arriving, deadline) as segments:
            async for segment in segments:
                await context.write(segment_event(segment, logprobs=asked.options.logprobs))
                collected.append(segment)
        transcript = Transcript(
            task=asked.options.task.value,
            language=segments.language,
            duration_seconds=segments.duration_seconds,
            segments=tuple(collected),
        )
        metrics.AUDIO_SECONDS.labels(asked.options.model).inc(transcript.duration_seconds)
        metrics.SEGMENTS.labels(asked.options.model).inc(len(collected))
        await context.write(transcript_event(transcript))

    @asynccontextmanager
    async def _segments(
        self, asked: AskedStream, arriving: ArrivingAudio, deadline: float
    ) -> AsyncIterator[SegmentStream]:
        """Of raw samples while they arrive; of a file once it is all there."""
        time = asyncio.get_running_loop().time
        if asked.pcm is not None:
            blocks = self.pcm_decoder.decode(arriving.parts(), asked.pcm)
            stream = self.pipeline.stream_blocks(blocks, asked.options, deadline_seconds=deadline - time())
            async with stream as segments:
                yield segments
            return
        with closing(self.open_spool()) as spool:
            await arriving.spool_into(spool)
            stream = self.pipeline.stream(spool, asked.options, deadline_seconds=deadline - time())
            async with stream as segments:
                yield segments
