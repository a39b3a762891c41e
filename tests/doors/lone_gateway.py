"""A gateway in a process of its own, to measure its memory: all of it is real but for the recognizer.

`running_alone` starts it; run as `python -m tests.doors.lone_gateway`, it prints its port, logs to its
standard error and serves until its input ends.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import psutil

from cli.settings import CHECKOUT
from gateway.bootstrap import build_gateway
from gateway.edge.access import Access
from gateway.edge.http.protocol import OpenAIProtocol
from gateway.jobs.desk import JobParts
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.job_backing import open_job_backing
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.ports import UploadStore
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from speechkit.runtime.logs import configure_logs
from tests.doors.gateway import no_jobs
from tests.fakes.recognizer import Call, FakeRecognizer
from tests.fakes.refining import FakeRefining
from tests.fakes.upload_store import FakeUploadStore


@dataclass(frozen=True)
class LoneGateway:
    process: psutil.Process
    url: str
    log: Path

    def errors(self) -> list[str]:
        """The log's lines about what nobody foresaw."""
        return [line for line in self.log.read_text().splitlines() if '"level": "error"' in line]


@contextmanager
def running_alone(data_dir: Path | None = None) -> Iterator[LoneGateway]:
    """With `data_dir` jobs and uploads are kept there, by the real stores."""
    command = [sys.executable, "-m", "tests.doors.lone_gateway", *([str(data_dir)] if data_dir else [])]
    with (
        NamedTemporaryFile() as log,
        subprocess.Popen(
            command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout
        port = process.stdout.readline().strip()
        yield LoneGateway(psutil.Process(process.pid), f"http://127.0.0.1:{port}", Path(log.name))


class _NothingKept(list[Call]):
    """A fake's own memory of its calls is not the gateway's."""

    def append(self, call: Call) -> None:
        pass


@asynccontextmanager
async def kept_jobs(data_dir: str | None) -> AsyncIterator[tuple[JobParts, UploadStore]]:
    if data_dir is None:
        yield no_jobs(), FakeUploadStore()
        return
    async with open_job_backing(GatewaySettings(data_dir=Path(data_dir))) as kept:
        parts = JobParts(store=kept.store, blobs=kept.blobs, deliveries=kept.deliveries, announce=lambda: None)
        yield parts, kept.uploads


async def main(data_dir: str | None = None) -> None:
    configure_logs(level="info", log_format="json")
    async with PyAvDecoder(DecoderLimits()) as decoder, kept_jobs(data_dir) as (jobs, uploads):
        doors = build_gateway(
            GatewaySettings(),
            recognizer=FakeRecognizer(calls=_NothingKept()),
            decoder=decoder,
            voice_detector=SileroVoiceDetector(),
            open_spool=MemorySpool,
            access=Access(keys=None, limits=MemoryLimitStore()),
            jobs=jobs,
            uploads=uploads,
            readiness=Readiness(),
            refining=FakeRefining().parts(),
        )
        async with http_server(
            doors.http,
            host="127.0.0.1",
            port=0,
            port_setting="EARSHOT_HTTP_PORT",
            grace_seconds=1,
            protocol=OpenAIProtocol,
        ) as port:
            print(port, flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
