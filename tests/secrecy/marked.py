"""`python -m tests.secrecy.marked worker` or `server`: a service whose recognizer hears the marker in everything.

`server` is a gateway and a worker in one process, as `earshot serve` has them.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from gateway.bootstrap import gateway_service
from gateway.settings import GatewaySettings
from speechkit.adapters.job_backing import open_job_backing
from speechkit.runtime.lifetime import run_service
from speechkit.runtime.settings import load_settings
from tests.fakes.recognizer import FakeRecognizer
from worker.bootstrap import worker_service
from worker.settings import WorkerSettings

MARKER = "The heron owes seventeen kettles to nobody"
DELAY_SECONDS = 1.5
"""Long enough to look at what a job leaves while it is worked on."""


def recognizer() -> FakeRecognizer:
    return FakeRecognizer(says=lambda _: f" {MARKER}.", delay_seconds=DELAY_SECONDS)


def worker(settings: WorkerSettings) -> AbstractAsyncContextManager[None]:
    return worker_service(settings, recognizer=recognizer())


@asynccontextmanager
async def server(settings: GatewaySettings) -> AsyncIterator[None]:
    async with (
        open_job_backing(settings) as jobs,
        worker_service(load_settings(WorkerSettings), recognizer=recognizer(), jobs=jobs),
        gateway_service(settings, recognizer=recognizer(), jobs=jobs),
    ):
        yield


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        sys.exit(run_service("earshot-worker", WorkerSettings, worker))
    sys.exit(run_service("earshot-gateway", GatewaySettings, server))
