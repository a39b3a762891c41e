"""The worker's own loop on a gateway's fakes, for tests of jobs from one end to the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from speechkit.adapters.doorbell.polling import PollingDoorbell
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.media.spool import spooled
from speechkit.pipeline import Pipeline
from speechkit.runtime.background import in_background
from tests.doors.gateway import FakeGateway
from tests.fakes.sealer import FakeSealer
from tests.fakes.voice_detector import FakeVoiceDetector
from worker.consumer import consume
from worker.transcribing import JobRunner

LEASE = timedelta(seconds=60)


@asynccontextmanager
async def at_work(gateway: FakeGateway) -> AsyncIterator[None]:
    runner = JobRunner(
        jobs=gateway.jobs,
        blobs=gateway.job_blobs,
        sealer=FakeSealer(),
        limits=MemoryLimitStore(),
        open_media=spooled,
        pipeline=Pipeline(decoder=gateway.decoder, voice_detector=FakeVoiceDetector(), recognizer=gateway.recognizer),
        refiner=gateway.refines_with.refiner,
        lease=LEASE,
        deadline_seconds=60,
    )
    doorbell = PollingDoorbell(look_seconds=0.01)
    async with in_background(partial(consume, gateway.jobs, doorbell, runner.run, at_once=4, lease=LEASE), name="jobs"):
        yield
