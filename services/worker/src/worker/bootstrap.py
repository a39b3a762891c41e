"""Puts the worker together; `earshot serve` starts it through this module too.

The only module of the worker that knows technologies by name.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from speechkit.adapters.guarded_http.client import HttpxGuardedHttp
from speechkit.adapters.job_backing import JobBacking, open_database, open_job_backing, open_keys
from speechkit.adapters.media.pyav_decoder import PyAvDecoder
from speechkit.adapters.media.ranged import blob_media
from speechkit.adapters.postprocess import open_postprocess
from speechkit.adapters.recognition import decoder_limits, open_recognizer
from speechkit.adapters.sealing import MasterSealer
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.adapters.sql.delivery_store import SqlDeliveryStore
from speechkit.pipeline import Pipeline
from speechkit.ports import Recognizer
from speechkit.runtime.background import in_background
from speechkit.runtime.health import Readiness, health_app
from speechkit.runtime.http_server import http_server
from speechkit.runtime.measured import MeasuredHttp, MeasuredRecognizer, MeasuredRefiner, count_discarded
from speechkit.runtime.settings import JobSettings
from speechkit.runtime.webhook_secrets import WebhookSecrets
from worker.consumer import consume, sweep
from worker.expired_uploads import sweep_uploads
from worker.measuring import count_jobs, measured
from worker.notifying import Notifier
from worker.settings import WorkerSettings
from worker.transcribing import JobRunner

SWEEP_SECONDS = 5.0


@asynccontextmanager
async def worker_service(
    settings: WorkerSettings, *, recognizer: Recognizer | None = None, jobs: JobBacking | None = None
) -> AsyncIterator[None]:
    """The whole worker, serving while the context is open; with parts of its own unless it shares a process."""
    readiness = Readiness()
    async with AsyncExitStack() as stack:
        if jobs is None:
            jobs = await stack.enter_async_context(open_job_backing(settings))
        if recognizer is None:
            recognizer = await stack.enter_async_context(open_recognizer(settings, models=[settings.model]))
        limits = decoder_limits(settings, max_audio_seconds=settings.max_job_audio_seconds)
        decoder = await stack.enter_async_context(PyAvDecoder(limits))
        service = await stack.enter_async_context(open_postprocess(settings.postprocess_address))
        lease = timedelta(seconds=settings.job_lease_seconds)
        runner = JobRunner(
            jobs=jobs.store,
            blobs=jobs.blobs,
            sealer=jobs.sealer,
            limits=jobs.limits,
            open_media=blob_media,
            pipeline=Pipeline(
                decoder=decoder,
                voice_detector=SileroVoiceDetector(),
                recognizer=MeasuredRecognizer(recognizer),
                # The embedded engine knows no priorities: whoever waits for an answer waits behind each of these.
                windows_in_flight=1 if settings.recognizer == "embedded" else settings.windows_in_flight,
                observe_discarded=count_discarded,
            ),
            refiner=MeasuredRefiner(service.refiner),
            lease=lease,
            deadline_seconds=settings.job_deadline_seconds,
        )
        consuming = partial(
            consume, jobs.store, jobs.doorbell, measured(runner.run), at_once=settings.jobs_in_flight, lease=lease
        )
        sweeping = partial(sweep, jobs.store, jobs.blobs, every_seconds=SWEEP_SECONDS)
        expiring = partial(sweep_uploads, jobs.uploads, jobs.store, jobs.blobs, every_seconds=SWEEP_SECONDS)
        receivers = await stack.enter_async_context(HttpxGuardedHttp(settings.webhook_addresses))
        notifier = Notifier(
            deliveries=jobs.deliveries,
            jobs=jobs.store,
            blobs=jobs.blobs,
            secrets=jobs.webhook_secrets,
            http=MeasuredHttp(receivers, purpose="webhook"),
        )
        readiness.add("jobs", jobs.ready)
        await stack.enter_async_context(
            http_server(
                health_app(readiness),
                host=settings.worker_http_host,
                port=settings.worker_http_port,
                port_setting="EARSHOT_WORKER_HTTP_PORT",
                grace_seconds=settings.shutdown_grace_seconds,
            )
        )
        await stack.enter_async_context(in_background(sweeping, name="sweep"))
        await stack.enter_async_context(in_background(partial(count_jobs, jobs.store), name="count jobs"))
        await stack.enter_async_context(in_background(expiring, name="sweep uploads"))
        await stack.enter_async_context(in_background(notifier.run, name="notify"))
        await stack.enter_async_context(in_background(consuming, name="consume"))
        try:
            yield
        finally:
            readiness.drain()


@asynccontextmanager
async def open_webhook_secrets(settings: JobSettings) -> AsyncIterator[WebhookSecrets]:
    async with open_database(settings) as database:
        yield WebhookSecrets(store=SqlDeliveryStore(database), sealer=MasterSealer(open_keys(settings)))
