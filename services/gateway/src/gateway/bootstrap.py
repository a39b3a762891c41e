"""Puts the gateway together: which adapters stand behind the ports, and the servers in front.

The only module of the gateway that knows technologies by name; `earshot serve` starts the gateway through it too.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI

from earshot.speech.v1.speech_pb2_grpc import add_SpeechServiceServicer_to_server
from gateway.app import build_app
from gateway.multipart import OpenSpool
from gateway.served_models import ServedModels
from gateway.servicer import SERVICE_NAME, SpeechServicer
from gateway.settings import GatewaySettings
from gateway.transcriptions import Transcriptions
from gateway.uploads import UploadLimits
from speechkit.adapters.media.pcm import ResamplingPcmDecoder
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.pipeline import Pipeline
from speechkit.ports import MediaDecoder, Recognizer, VoiceDetector
from speechkit.runtime.grpc_server import grpc_server
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from speechkit.runtime.listening import address
from speechkit.runtime.measured import MeasuredRecognizer


@dataclass(frozen=True, kw_only=True)
class Doors:
    """Two ways into the same pipeline."""

    http: FastAPI
    grpc: SpeechServicer


@asynccontextmanager
async def gateway_service(settings: GatewaySettings) -> AsyncIterator[None]:
    """The whole gateway, serving while the context is open."""
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        recognizer = await stack.enter_async_context(open_recognizer(settings))
        decoder = await stack.enter_async_context(PyAvDecoder(_decoder_limits(settings)))
        readiness.add("recognizer", lambda: recognizer.ready(settings.model))
        readiness.add("decoder", lambda: _starts(decoder))
        doors = build_gateway(
            settings,
            recognizer=recognizer,
            decoder=decoder,
            voice_detector=SileroVoiceDetector(),
            open_spool=MemorySpool,
            readiness=readiness,
        )
        await stack.enter_async_context(serve_gateway(settings, doors=doors, readiness=readiness))
        yield


def build_gateway(
    settings: GatewaySettings,
    *,
    recognizer: Recognizer,
    decoder: MediaDecoder,
    voice_detector: VoiceDetector,
    open_spool: OpenSpool,
    readiness: Readiness,
) -> Doors:
    pipeline = Pipeline(
        decoder=decoder,
        voice_detector=voice_detector,
        recognizer=MeasuredRecognizer(recognizer),
        windows_in_flight=settings.windows_in_flight,
    )
    models = ServedModels(settings.model)
    limits = UploadLimits(body_bytes=settings.max_upload_bytes, idle_seconds=settings.upload_idle_seconds)
    transcriptions = Transcriptions(
        pipeline=pipeline,
        models=models,
        limits=limits,
        deadline_seconds=settings.request_deadline_seconds,
        keepalive_seconds=settings.stream_keepalive_seconds,
        open_spool=open_spool,
    )
    speech = SpeechServicer(
        pipeline=pipeline,
        pcm_decoder=ResamplingPcmDecoder(max_audio_seconds=settings.max_audio_seconds),
        models=models,
        limits=limits,
        deadline_seconds=settings.request_deadline_seconds,
        open_spool=open_spool,
    )
    return Doors(http=build_app(transcriptions=transcriptions, readiness=readiness), grpc=speech)


@asynccontextmanager
async def serve_gateway(settings: GatewaySettings, *, doors: Doors, readiness: Readiness) -> AsyncIterator[int]:
    """HTTP and gRPC; yields the HTTP port."""
    async with (
        serve_grpc(settings, doors=doors, readiness=readiness),
        http_server(
            doors.http,
            host=settings.http_host,
            port=settings.http_port,
            port_setting="EARSHOT_HTTP_PORT",
            grace_seconds=settings.shutdown_grace_seconds,
        ) as http_port,
    ):
        try:
            yield http_port
        finally:
            readiness.drain()


def serve_grpc(settings: GatewaySettings, *, doors: Doors, readiness: Readiness) -> AbstractAsyncContextManager[int]:
    """gRPC alone; yields its port."""
    return grpc_server(
        readiness=readiness,
        host=settings.grpc_host,
        port=settings.grpc_port,
        port_setting="EARSHOT_GRPC_PORT",
        grace_seconds=settings.shutdown_grace_seconds,
        services={SERVICE_NAME: partial(add_SpeechServiceServicer_to_server, doors.grpc)},
    )


@asynccontextmanager
async def open_recognizer(settings: GatewaySettings) -> AsyncIterator[Recognizer]:
    # Imported where they are chosen: a gateway in front of Triton has no recognition engine installed.
    if settings.recognizer == "embedded":
        from speechkit.adapters.embedded import EmbeddedRecognizer

        weights_dir = settings.data_dir / "models"
        async with EmbeddedRecognizer(weights_dir, models=[settings.model], threads=settings.threads) as embedded:
            yield embedded
    else:
        from speechkit.adapters.triton import TritonRecognizer

        async with TritonRecognizer(address(settings.triton_host, settings.triton_grpc_port)) as recognizer:
            yield recognizer


def _decoder_limits(settings: GatewaySettings) -> DecoderLimits:
    return DecoderLimits(
        max_audio_seconds=settings.max_audio_seconds,
        memory_bytes=settings.decoder_memory_bytes,
        cpu_seconds=settings.decoder_cpu_seconds,
    )


async def _starts(decoder: PyAvDecoder) -> bool:
    """Its processes live, or come back now; raises where they can't, which the readiness report takes for a no."""
    await decoder.start()
    return True
