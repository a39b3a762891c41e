"""The gateway's own application on fakes: everything between the socket and the ports is real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from fastapi import FastAPI

from gateway.bootstrap import Doors, build_gateway, serve_grpc
from gateway.edge.access import Access
from gateway.edge.http.protocol import OpenAIProtocol
from gateway.jobs.desk import JobParts
from gateway.refinement.refining import Refining
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.ephemeral.memory_blobs import MemoryBlobs
from speechkit.adapters.media.spool import MemorySpool
from speechkit.ports import GuardedHttp
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from speechkit.runtime.job_blobs import JobBlobs
from tests.fakes.blob_store import FakeBlobStore
from tests.fakes.job_store import FakeJobStore
from tests.fakes.media_decoder import FakeMediaDecoder
from tests.fakes.recognizer import FakeRecognizer
from tests.fakes.refining import FakeRefining
from tests.fakes.upload_store import FakeUploadStore
from tests.fakes.voice_detector import FakeVoiceDetector

TRANSCRIPTIONS = "/v1/audio/transcriptions"


def no_jobs() -> JobParts:
    """For gateways of which nobody asks for a job."""
    blobs = JobBlobs(lasting=FakeBlobStore(), fleeting=MemoryBlobs(room_bytes=0))
    jobs = FakeJobStore()
    return JobParts(store=jobs, blobs=blobs, deliveries=jobs.deliveries, announce=lambda: None)


@dataclass(kw_only=True)
class FakeGateway:
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    recognizer: FakeRecognizer = field(default_factory=FakeRecognizer)
    decoder: FakeMediaDecoder = field(default_factory=FakeMediaDecoder)
    readiness: Readiness = field(default_factory=Readiness)
    access: Access = field(default_factory=lambda: Access(keys=None, limits=MemoryLimitStore()))
    jobs: FakeJobStore = field(default_factory=FakeJobStore)
    blobs: FakeBlobStore = field(default_factory=FakeBlobStore)
    fleeting: MemoryBlobs = field(default_factory=lambda: MemoryBlobs(room_bytes=64 * 1024 * 1024))
    job_urls: GuardedHttp | None = None
    refining: FakeRefining = field(default_factory=FakeRefining)
    postprocess: Refining | None = None
    """The real post-processing service in the fake one's place."""
    uploads: FakeUploadStore = field(default_factory=FakeUploadStore)
    announced: int = 0
    """How often workers were to be rung for."""
    spools: list[MemorySpool] = field(default_factory=list)

    def app(self) -> FastAPI:
        return self.doors().http

    def doors(self) -> Doors:
        return build_gateway(
            self.settings,
            recognizer=self.recognizer,
            decoder=self.decoder,
            voice_detector=FakeVoiceDetector(),
            open_spool=self._open_spool,
            access=self.access,
            jobs=JobParts(
                store=self.jobs, blobs=self.job_blobs, deliveries=self.jobs.deliveries, announce=self._announce
            ),
            uploads=self.uploads,
            readiness=self.readiness,
            job_urls=self.job_urls,
            refining=self.refines_with,
        )

    @property
    def refines_with(self) -> Refining:
        return self.postprocess or self.refining.parts()

    @property
    def job_blobs(self) -> JobBlobs:
        return JobBlobs(lasting=self.blobs, fleeting=self.fleeting)

    @property
    def open_spools(self) -> int:
        return sum(spool.fileno() >= 0 for spool in self.spools)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Straight into the application, without a socket."""
        transport = httpx.ASGITransport(self.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            yield client

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Over a real socket; yields the base URL."""
        async with http_server(
            self.app(),
            host="127.0.0.1",
            port=0,
            port_setting="EARSHOT_HTTP_PORT",
            grace_seconds=1,
            protocol=OpenAIProtocol,
        ) as port:
            yield f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def served_grpc(self) -> AsyncIterator[str]:
        """The gRPC API over a real socket; yields its address."""
        settings = self.settings.model_copy(update={"grpc_port": 0, "shutdown_grace_seconds": 1})
        async with serve_grpc(settings, doors=self.doors(), readiness=self.readiness) as port:
            yield f"127.0.0.1:{port}"

    def _announce(self) -> None:
        self.announced += 1

    def _open_spool(self) -> MemorySpool:
        self.spools.append(spool := MemorySpool())
        return spool
