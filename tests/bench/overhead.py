"""`python -m tests.bench.overhead`: what the gateway itself adds to a request, with a recognizer that answers at once.

Two gateways, each in a process of its own: one with stand-ins for everything behind the ports, which leaves HTTP, the
form, the queue and the answer; and one with the real media decoder and voice detector. What recognition costs is the
matter of `tests.bench`.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from statistics import median, quantiles

import httpx
import psutil

from gateway.bootstrap import build_gateway
from gateway.edge.access import Access
from gateway.settings import GatewaySettings
from speechkit.adapters.ephemeral.memory import MemoryLimitStore
from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.runtime.freed_memory import EVERY_SECONDS, freed_memory_given_back
from speechkit.runtime.health import Readiness
from speechkit.runtime.http_server import http_server
from speechkit.runtime.logs import configure_logs
from tests.bench.machine import facts
from tests.doors.forms import Part, content_type, multipart
from tests.doors.gateway import TRANSCRIPTIONS, no_jobs
from tests.fakes.media_decoder import FakeMediaDecoder
from tests.fakes.recognizer import FakeRecognizer
from tests.fakes.refining import FakeRefining
from tests.fakes.upload_store import FakeUploadStore
from tests.fakes.voice_detector import FakeVoiceDetector
from tests.peers.memory import tree_bytes
from tests.speech.clips import clips
from tests.speech.install import install
from tests.speech.packages import Tier

WARM_UP = 20
REQUESTS = 200
AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Overhead:
    """Of one request after another."""

    wall_ms: list[float]
    """As a client on this machine sees it, over one connection."""
    cpu_ms: float
    """A request's share of the processor time of the gateway and its decoders."""

    @property
    def p50_ms(self) -> float:
        return median(self.wall_ms)

    @property
    def p95_ms(self) -> float:
        return quantiles(self.wall_ms, n=20)[-1]


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Many uploads at once, twice over: what the first time left behind, the second must not add to."""

    answered: list[int]
    wall_seconds: list[float]
    bytes_before: int
    bytes_after: list[int]


def ten_seconds_of_speech() -> bytes:
    """One upload: a WAV of 10 s in a form."""
    install(tier=Tier.SMALL)
    (clip,) = (clip for clip in clips("readings") if clip.name == "beckett")
    asked = [Part(name="model", content=b"whisper-1"), Part(name="response_format", content=b"verbose_json")]
    return multipart(*asked, Part(name="file", filename="speech.wav", content=clip.path.read_bytes()))


@contextmanager
def gateway_process(*, real_media: bool) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a gateway in a process of its own, and that process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_until_told, args=(theirs, real_media), daemon=True)
    process.start()
    try:
        yield ours.recv(), psutil.Process(process.pid)
    finally:
        ours.send(None)
        process.join()


def one_after_another(url: str, process: psutil.Process, body: bytes, *, requests: int) -> Overhead:
    wall_ms: list[float] = []
    with closing(HTTPConnection(url.removeprefix("http://"))) as client:
        for _ in range(WARM_UP):
            _upload(client, body)
        cpu_before = _cpu_seconds(process)
        for _ in range(requests):
            started = time.perf_counter()
            _upload(client, body)
            wall_ms.append(1000 * (time.perf_counter() - started))
        return Overhead(wall_ms=wall_ms, cpu_ms=1000 * (_cpu_seconds(process) - cpu_before) / requests)


async def all_at_once(url: str, process: psutil.Process, body: bytes, *, uploads: int) -> Burst:
    burst = Burst(answered=[], wall_seconds=[], bytes_before=tree_bytes(process), bytes_after=[])
    limits = httpx.Limits(max_connections=uploads)
    for _ in range(2):
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=120) as client:
            started = time.perf_counter()
            answers = await asyncio.gather(*(_uploaded(client, body) for _ in range(uploads)))
        burst.wall_seconds.append(time.perf_counter() - started)
        burst.answered.append(answers.count(200))
        await asyncio.sleep(EVERY_SECONDS + 2)
        burst.bytes_after.append(tree_bytes(process))
    return burst


def main() -> None:
    body = ten_seconds_of_speech()
    print("\n".join(f"- {fact}" for fact in facts()))
    print("\n| gateway | p50 | p95 | processor time |\n| --- | ---: | ---: | ---: |")
    for title, real_media in (("its own share", False), ("with decoding and voice detection of a 10 s WAV", True)):
        with gateway_process(real_media=real_media) as (url, process):
            overhead = one_after_another(url, process, body, requests=REQUESTS)
            print(f"| {title} | {overhead.p50_ms:.1f} ms | {overhead.p95_ms:.1f} ms | {overhead.cpu_ms:.1f} ms |")
            if real_media:
                burst = asyncio.run(all_at_once(url, process, body, uploads=AT_ONCE))
    seconds = " and ".join(f"{each:.1f} s" for each in burst.wall_seconds)
    memory = " → ".join(f"{count / 2**20:.0f} MiB" for count in (burst.bytes_before, *burst.bytes_after))
    print(f"\n{AT_ONCE} uploads at once, twice: {burst.answered} answered, in {seconds}; memory {memory}.")


def _upload(client: HTTPConnection, body: bytes) -> None:
    """By the plainest of clients, or its own work would be counted as the gateway's."""
    client.request("POST", TRANSCRIPTIONS, body, content_type())
    answer = client.getresponse()
    text = answer.read()
    # A gateway that hears no speech would not have asked the recognizer, and be measured too fast.
    if answer.status != 200 or b'"segments":[{' not in text:
        raise RuntimeError(f"the gateway answered {answer.status}: {text.decode()}")


async def _uploaded(client: httpx.AsyncClient, body: bytes) -> int:
    return (await client.post(TRANSCRIPTIONS, content=body, headers=content_type())).status_code


def _cpu_seconds(process: psutil.Process) -> float:
    """Of the gateway, its zygote, and the decoders that have ended."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        times = each.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _serve_until_told(told: Connection, real_media: bool) -> None:
    asyncio.run(_serve(told, real_media=real_media))


async def _serve(told: Connection, *, real_media: bool) -> None:
    configure_logs(level="warning", log_format="json")
    async with freed_memory_given_back(), AsyncExitStack() as stack:
        decoder = PyAvDecoder(DecoderLimits())
        stack.push_async_callback(decoder.aclose)
        if real_media:
            await decoder.start()
        doors = build_gateway(
            GatewaySettings(),
            recognizer=FakeRecognizer(),
            decoder=decoder if real_media else FakeMediaDecoder(),
            voice_detector=SileroVoiceDetector() if real_media else FakeVoiceDetector(),
            open_spool=MemorySpool,
            access=Access(keys=None, limits=MemoryLimitStore()),
            jobs=no_jobs(),
            uploads=FakeUploadStore(),
            readiness=Readiness(),
            refining=FakeRefining().parts(),
        )
        server = http_server(doors.http, host="127.0.0.1", port=0, port_setting="EARSHOT_HTTP_PORT", grace_seconds=1)
        port = await stack.enter_async_context(server)
        told.send(f"http://127.0.0.1:{port}")
        await asyncio.to_thread(told.recv)


if __name__ == "__main__":
    main()
