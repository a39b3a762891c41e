"""Puts the gateway together: which adapters stand behind the ports, and the servers in front.

The only module of the gateway that knows technologies by name; `earshot serve` starts the gateway through it too.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import structlog
from fastapi import FastAPI

from earshot.jobs.v1.jobs_pb2_grpc import add_JobServiceServicer_to_server
from earshot.speech.v1.speech_pb2_grpc import add_SpeechServiceServicer_to_server
from gateway.app import build_app
from gateway.edge.access import Access
from gateway.edge.grpc.unreadable_calls import UnreadableCalls
from gateway.edge.http.protocol import OpenAIProtocol
from gateway.edge.key_cache import KeyCache
from gateway.hispeech.routes import HiSpeech
from gateway.intake.forms import UploadLimits
from gateway.intake.multipart import OpenSpool
from gateway.jobs import servicer as job_servicer
from gateway.jobs.audio_url import JobUrls
from gateway.jobs.desk import JobDesk, JobParts
from gateway.jobs.resumable_desk import UploadDesk
from gateway.jobs.resumable_routes import ResumableUploads
from gateway.jobs.routes import Jobs
from gateway.jobs.servicer import JobServicer
from gateway.refinement.endpoint_routes import EndpointRoutes
from gateway.refinement.mode_routes import ModeRoutes
from gateway.refinement.refine_routes import RefineRoutes
from gateway.refinement.refining import Refining
from gateway.settings import GatewaySettings
from gateway.speech import servicer as speech_servicer
from gateway.speech.fair_shares import fair_shares
from gateway.speech.routes import Transcriptions
from gateway.speech.servicer import SpeechServicer
from speechkit.adapters.guarded_http.client import HttpxGuardedHttp, Patience
from speechkit.adapters.job_backing import JobBacking, open_database, open_job_backing
from speechkit.adapters.media.pcm import ResamplingPcmDecoder
from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.postprocess import open_postprocess
from speechkit.adapters.recognition import decoder_limits, open_recognizer
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.adapters.sql.job_store import SqlJobStore
from speechkit.adapters.sql.key_store import SqlKeyStore
from speechkit.pipeline import Pipeline
from speechkit.ports import (
    GuardedHttp,
    JobStore,
    KeyStore,
    LimitStore,
    MediaDecoder,
    Recognizer,
    UploadStore,
    VoiceDetector,
)
from speechkit.runtime.grpc_server import grpc_server
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from speechkit.runtime.measured import MeasuredHttp, MeasuredRecognizer, MeasuredRefiner, count_discarded
from speechkit.runtime.settings import Settings
from speechkit.runtime.shared_recognizer import RecognizerSlots

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Doors:
    """The ways into the same pipeline and to the same jobs."""

    http: FastAPI
    speech: SpeechServicer
    jobs: JobServicer


@asynccontextmanager
async def gateway_service(
    settings: GatewaySettings, *, recognizer: Recognizer | None = None, jobs: JobBacking | None = None
) -> AsyncIterator[None]:
    """The whole gateway, serving while the context is open; with parts of its own unless it shares a process."""
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        models = settings.served.triton_models
        if recognizer is None:
            recognizer = await stack.enter_async_context(open_recognizer(settings, models=models))
        limits = decoder_limits(settings, max_audio_seconds=settings.max_audio_seconds)
        decoder = await stack.enter_async_context(PyAvDecoder(limits))
        if jobs is None:
            jobs = await stack.enter_async_context(open_job_backing(settings))
        readiness.add("recognizer", lambda: _any_ready(recognizer, models))
        readiness.add("decoder", lambda: _starts(decoder))
        access = await stack.enter_async_context(open_access(settings, limits=jobs.limits, readiness=readiness))
        doors = build_gateway(
            settings,
            recognizer=recognizer,
            decoder=decoder,
            voice_detector=SileroVoiceDetector(),
            open_spool=MemorySpool,
            access=access,
            jobs=JobParts(store=jobs.store, blobs=jobs.blobs, deliveries=jobs.deliveries, announce=jobs.outbox.wake),
            uploads=jobs.uploads,
            readiness=readiness,
            job_urls=await stack.enter_async_context(_open_job_urls(settings)),
            refining=await stack.enter_async_context(_open_refining(settings)),
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
    access: Access,
    jobs: JobParts,
    uploads: UploadStore,
    readiness: Readiness,
    refining: Refining,
    job_urls: GuardedHttp | None = None,
) -> Doors:
    measured = MeasuredRecognizer(recognizer)
    pipeline_for = fair_shares(
        Pipeline(
            decoder=decoder,
            voice_detector=voice_detector,
            recognizer=measured,
            windows_in_flight=settings.windows_in_flight,
            observe_discarded=count_discarded,
        ),
        RecognizerSlots(
            measured, slots=settings.recognizer_slots, longest_wait_seconds=settings.longest_queue_wait_seconds
        ),
    )
    models = settings.served
    limits = UploadLimits(body_bytes=settings.max_upload_bytes, idle_seconds=settings.upload_idle_seconds)
    transcriptions = Transcriptions(
        pipeline_for=pipeline_for,
        models=models,
        refining=refining,
        access=access,
        limits=limits,
        deadline_seconds=settings.request_deadline_seconds,
        keepalive_seconds=settings.stream_keepalive_seconds,
        open_spool=open_spool,
    )
    speech = SpeechServicer(
        pipeline_for=pipeline_for,
        pcm_decoder=ResamplingPcmDecoder(max_audio_seconds=settings.max_audio_seconds),
        models=models,
        refining=refining,
        access=access,
        limits=limits,
        deadline_seconds=settings.request_deadline_seconds,
        open_spool=open_spool,
    )
    desk, job_limits = JobDesk(parts=jobs), replace(limits, body_bytes=settings.max_job_upload_bytes)
    upload_desk = UploadDesk(store=uploads, jobs=desk)
    urls = JobUrls(web=job_urls, most_bytes=settings.max_job_upload_bytes)
    app = build_app(
        transcriptions=transcriptions,
        uploads=ResumableUploads(desk=upload_desk, access=access, limits=job_limits),
        jobs=Jobs(
            desk=desk,
            uploads=upload_desk,
            models=models,
            refining=refining,
            access=access,
            limits=job_limits,
            urls=urls,
            receivers=settings.webhook_addresses,
            keepalive_seconds=settings.stream_keepalive_seconds,
        ),
        hispeech=HiSpeech(
            desk=desk,
            models=models,
            refining=refining,
            access=access,
            limits=job_limits,
            longest_wait_seconds=settings.request_deadline_seconds,
            status_calls_per_hour=settings.status_calls_per_hour,
        ),
        endpoints=EndpointRoutes(endpoints=refining.endpoints, access=access, limits=limits),
        modes=ModeRoutes(modes=refining.modes, limits=limits),
        refinements=RefineRoutes(
            refining=refining, access=access, limits=limits, deadline_seconds=settings.request_deadline_seconds
        ),
        access=access,
        readiness=readiness,
    )
    return Doors(
        http=app,
        speech=speech,
        jobs=JobServicer(
            desk=desk,
            models=models,
            refining=refining,
            access=access,
            limits=job_limits,
            urls=urls,
            receivers=settings.webhook_addresses,
        ),
    )


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
            protocol=OpenAIProtocol,
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
        services={
            speech_servicer.SERVICE_NAME: partial(add_SpeechServiceServicer_to_server, doors.speech),
            job_servicer.SERVICE_NAME: partial(add_JobServiceServicer_to_server, doors.jobs),
        },
        interceptors=[UnreadableCalls()],
    )


@asynccontextmanager
async def open_access(settings: GatewaySettings, *, limits: LimitStore, readiness: Readiness) -> AsyncIterator[Access]:
    refuse_uncounted = settings.limits_without_redis == "refuse"
    if not settings.keys_required:
        if settings.loopback_only:
            log.info("api_keys_not_required", why="every door listens on loopback", setting="EARSHOT_REQUIRE_KEYS")
        else:
            log.warning("api_keys_not_required", why="EARSHOT_REQUIRE_KEYS=off", risk="whoever gets here may use it")
        yield Access(keys=None, limits=limits, refuse_uncounted=refuse_uncounted)
        return
    async with open_key_store(settings) as keys:
        await keys.ready()  # migrates now, not at the first request; a database that is away is waited for
        readiness.add("keys", keys.ready)
        if refuse_uncounted:
            readiness.add("limits", limits.ready)
        cache = KeyCache(keys, ttl_seconds=settings.key_cache_seconds)
        yield Access(keys=cache, limits=limits, refuse_uncounted=refuse_uncounted)


@asynccontextmanager
async def open_key_store(settings: Settings) -> AsyncIterator[KeyStore]:
    async with open_database(settings) as database:
        yield SqlKeyStore(database)


@asynccontextmanager
async def open_job_store(settings: Settings) -> AsyncIterator[JobStore]:
    async with open_database(settings) as database:
        yield SqlJobStore(database)


async def _any_ready(recognizer: Recognizer, models: Sequence[str]) -> bool:
    """One model that is away must not take the others from their callers."""
    return any([await recognizer.ready(model) for model in models])


async def _starts(decoder: PyAvDecoder) -> bool:
    """Its processes live, or come back now; raises where they can't, which the readiness report takes for a no."""
    await decoder.start()
    return True


@asynccontextmanager
async def _open_refining(settings: GatewaySettings) -> AsyncIterator[Refining]:
    async with open_postprocess(settings.postprocess_address) as service:
        refiner = MeasuredRefiner(service.refiner)
        yield Refining(refiner=refiner, endpoints=service.endpoints, modes=service.modes)


@asynccontextmanager
async def _open_job_urls(settings: GatewaySettings) -> AsyncIterator[GuardedHttp | None]:
    if settings.job_url_hosts is None:
        yield None
        return
    patience = Patience(idle_seconds=settings.upload_idle_seconds, total_seconds=settings.job_url_deadline_seconds)
    async with HttpxGuardedHttp(settings.job_url_addresses, patience=patience) as web:
        yield MeasuredHttp(web, purpose="job_url")
