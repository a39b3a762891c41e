"""300 jobs of three tenants, while workers, the gateway and Kafka are killed and the database's connections are cut.

Every job that was accepted is completed once, with the transcript of an undisturbed run to the byte, and its webhook
comes, under one id however often. `pytest -s` shows the figures.
"""

import asyncio
import io
import json
import random
import wave
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import httpx
import pytest

from speechkit.adapters.media.pyav_decoder import DecoderLimits, PyAvDecoder
from speechkit.adapters.media.spool import MemorySpool
from speechkit.adapters.silero import SileroVoiceDetector
from speechkit.adapters.sql.database import Database, database_url
from speechkit.adapters.sql.key_store import SqlKeyStore
from speechkit.domain.keys import make_key
from speechkit.domain.limits import KeyLimits
from speechkit.domain.options import TranscriptionOptions
from speechkit.formats import ResponseFormat, render_whole
from speechkit.pipeline import Pipeline
from tests.chaos.actors import Cluster, running_cluster
from tests.chaos.receiver import Receiver
from tests.chaos.stand_in_worker import TellingRecognizer
from tests.fakes.recognizer import MODEL
from tests.speech.clips import Clip
from tests.stack.ports import free_ports
from tests.stores.kafka import KafkaServer, new_kafka
from tests.stores.programs import ProgramMissing, skip_without
from tests.stores.servers import PostgresServer

JOBS = 300
TENANTS = ("a", "b", "c")
CHAOS_SECONDS = 30.0
SETTLE_SECONDS = 120.0
TOLD_SECONDS = 420.0
"""Seldom more than some seconds: who is refused after a worker died with the first attempt comes again in 5 minutes."""
SOUNDS = 12
LONG_ONE_IN = 30
"""So often the whole recording of 44 s, of whose windows a worker that dies leaves some behind."""
SENDERS = 8
LEASE_SECONDS = "3"
KAFKA_LIVES_SECONDS = 9.0
LEAST_ROUNDS = 3
JOBS_OF_A_WORKER = 2


@dataclass
class Figures:
    accepted: dict[str, int] = field(default_factory=dict)
    """The number of the sound, by job."""
    repeated_requests: int = 0
    kafka_killed: int = 0
    database_cut: int = 0
    seconds: float = 0.0


class Broker:
    """Kafka, which is killed and comes again on the same data."""

    def __init__(self, server: KafkaServer) -> None:
        self._server = server
        self._serving = ExitStack()

    def start(self) -> None:
        self.process = self._serving.enter_context(self._server.served())

    async def kill_and_restart(self) -> None:
        self.process.kill()
        await asyncio.to_thread(self.process.wait)
        await asyncio.to_thread(self._serving.close)
        await asyncio.to_thread(self.start)

    def stop(self) -> None:
        self._serving.close()


@pytest.fixture
def broker() -> Iterator[tuple[Broker, str]]:
    try:
        with new_kafka() as server:
            broker = Broker(server)
            broker.start()
            try:
                yield broker, server.address
            finally:
                broker.stop()
    except ProgramMissing as missing:
        skip_without("Kafka", missing)


@pytest.mark.timeout(700)
async def test_every_accepted_job_is_completed_once_with_the_right_text(
    postgres: PostgresServer,
    broker: tuple[Broker, str],
    speech: Callable[[str], Clip],
    tmp_path: Path,
) -> None:
    kafka, address = broker
    recording = speech("two_cities").path
    sounds = [*cuts(recording), recording.read_bytes()]
    figures, began = Figures(), monotonic()
    database = f"chaos_{random.randrange(10**9)}"
    await new_database(postgres, database)
    environment = {
        "EARSHOT_DATABASE_URL": postgres.url.rpartition("/")[0] + f"/{database}",
        "EARSHOT_KAFKA_SERVERS": address,
        "EARSHOT_DATA_DIR": str(tmp_path / "data"),
        "EARSHOT_JOB_LEASE_SECONDS": LEASE_SECONDS,
        "EARSHOT_JOBS_IN_FLIGHT": str(JOBS_OF_A_WORKER),
        "EARSHOT_LOG_FORMAT": "json",
        "EARSHOT_REQUIRE_KEYS": "on",
    }
    keys = await made_keys(environment["EARSHOT_DATABASE_URL"])
    *ports, hook_port = free_ports(5)
    receiver = Receiver(hook_port)
    environment["EARSHOT_PRIVATE_ADDRESSES"] = f"127.0.0.1:{hook_port}"
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(receiver.served())
        cluster = stack.enter_context(running_cluster(environment, folder=tmp_path, ports=ports))
        cuts_until = monotonic() + CHAOS_SECONDS
        await asyncio.gather(
            send_all(cluster, keys, sounds, receiver.url, figures),
            kill_at_random(cluster, keys, postgres, database, figures, until=cuts_until),
            kill_kafka(kafka, figures, until=cuts_until),
        )
        jobs = await settled(cluster, keys, figures)
        figures.seconds = monotonic() - began
        await all_told(receiver)
        expected = [await undisturbed(sound) for sound in sounds]
        transcripts = await all_transcripts(cluster, keys, jobs)
        report(figures, cluster, receiver, jobs)
    assert len(figures.accepted) == JOBS
    assert Counter(job["status"] for job in jobs.values()) == {"completed": JOBS}, "0 lost"
    assert jobs.keys() == figures.accepted.keys(), "no request that was sent again made a second job"
    assert {job: transcripts[job] == expected[sound] for job, sound in figures.accepted.items()} == dict.fromkeys(
        jobs, True
    )
    assert max(Counter(completions(tmp_path)).values()) == 1, "0 done twice"
    assert receiver.accepted.keys() == jobs.keys(), "every end was told"
    assert all(len(set(ids)) == 1 for ids in receiver.accepted.values()), "under one id, however often"
    assert max(job["tries"] for job in jobs.values()) > 1, "nobody was killed over a job: this proves too little"


def cuts(recording: Path) -> Iterator[bytes]:
    """Different stretches of a reading, from two to six seconds, each a WAV."""
    with wave.open(str(recording)) as whole:
        rate = whole.getframerate()
        for number in range(SOUNDS):
            whole.setpos(number * 3 * rate)
            frames = whole.readframes((2 + number % 5) * rate)
            file = io.BytesIO()
            with wave.open(file, "wb") as writer:
                writer.setparams(whole.getparams())
                writer.writeframes(frames)
            yield file.getvalue()


async def undisturbed(sound: bytes) -> bytes:
    async with PyAvDecoder(DecoderLimits()) as decoder:
        pipeline = Pipeline(decoder=decoder, voice_detector=SileroVoiceDetector(), recognizer=TellingRecognizer())
        with MemorySpool() as media:
            media.write(sound)
            transcript = await pipeline.complete(media, TranscriptionOptions(model=MODEL), deadline_seconds=60)
    return render_whole(transcript, response_format=ResponseFormat.VERBOSE_JSON).body


async def made_keys(url: str) -> list[str]:
    """One for each tenant."""
    made = [make_key(tenant=tenant, limits=KeyLimits(), now=datetime.now(UTC)) for tenant in TENANTS]
    async with Database(database_url(url, data_dir=Path())) as database:
        for _, key in made:
            await SqlKeyStore(database).add(key)
    return [secret for secret, _ in made]


async def send_all(cluster: Cluster, keys: list[str], sounds: list[bytes], hook: str, figures: Figures) -> None:
    """Each request is repeated until it is answered, as a client should, with one key for all of its tries."""
    room = asyncio.Semaphore(SENDERS)

    async def send(number: int) -> None:
        sound = number % SOUNDS if number % LONG_ONE_IN else SOUNDS
        async with room:
            asked = {"model": "whisper-1", "callback_url": hook}
            job = await accepted(cluster, keys[number % len(keys)], f"job-{number}", asked, sounds[sound], figures)
            figures.accepted[job] = sound
            await asyncio.sleep(0.7 * CHAOS_SECONDS * SENDERS / JOBS)

    await asyncio.gather(*(send(number) for number in range(JOBS)))


async def accepted(cluster: Cluster, key: str, name: str, asked: dict[str, str], sound: bytes, figures: Figures) -> str:
    while True:
        with suppress(httpx.HTTPError):
            async with client_of(cluster, key) as client:
                answer = await client.post(
                    "/v1/jobs",
                    data=asked,
                    files={"file": ("talk.wav", sound)},
                    headers={"idempotency-key": name},
                )
            if answer.status_code in (200, 202):
                return str(answer.json()["id"])
            assert answer.status_code == 503, answer.text
        figures.repeated_requests += 1
        await asyncio.sleep(0.5)


def client_of(cluster: Cluster, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=cluster.url, timeout=20, headers={"authorization": f"Bearer {key}"})


async def kill_at_random(
    cluster: Cluster, keys: list[str], postgres: PostgresServer, database: str, figures: Figures, *, until: float
) -> None:
    """In rounds, each of them everybody once; a worker while there are jobs in work."""
    chance = random.Random(20260203)
    rounds = 0
    while rounds < LEAST_ROUNDS or monotonic() < until:
        rounds += 1
        for actor in chance.sample([*cluster.actors, None], len(cluster.actors) + 1):
            if actor is None:
                figures.database_cut += 1
                await cut_connections(postgres, database)
                continue
            if actor in cluster.workers:
                await many_run(cluster, keys)
            await actor.kill()
            await asyncio.sleep(chance.uniform(0, 1))
            actor.start()


async def many_run(cluster: Cluster, keys: list[str]) -> None:
    """More than one worker does at once, so that the one who is killed has some of them; while there are so many."""
    deadline = monotonic() + 10
    while monotonic() < deadline:
        count = 0
        for key in keys:
            with suppress(httpx.HTTPError):
                async with client_of(cluster, key) as client:
                    count += len((await client.get("/v1/jobs?status=running")).json().get("data", ()))
        if count > JOBS_OF_A_WORKER:
            return
        await asyncio.sleep(0.1)


async def kill_kafka(kafka: Broker, figures: Figures, *, until: float) -> None:
    while monotonic() + KAFKA_LIVES_SECONDS < until:
        await asyncio.sleep(KAFKA_LIVES_SECONDS)
        figures.kafka_killed += 1
        await kafka.kill_and_restart()


async def new_database(postgres: PostgresServer, name: str) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


async def cut_connections(postgres: PostgresServer, database: str) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database)
    await connection.close()


async def settled(cluster: Cluster, keys: list[str], figures: Figures) -> dict[str, dict[str, Any]]:
    """Every job that there is, once all of them are over."""
    deadline = monotonic() + SETTLE_SECONDS
    while True:
        jobs = {job["id"]: job for key in keys async for job in listed(cluster, key)}
        open_jobs = [job for job in jobs.values() if job["status"] in ("queued", "running")]
        if (not open_jobs and jobs.keys() >= figures.accepted.keys()) or monotonic() > deadline:
            return jobs
        await asyncio.sleep(0.5)


async def all_told(receiver: Receiver) -> None:
    """A webhook whose worker was killed is sent again when the worker's claim on it is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(TOLD_SECONDS):
            while len(receiver.accepted) < JOBS:
                await asyncio.sleep(0.2)


async def listed(cluster: Cluster, key: str) -> AsyncIterator[dict[str, Any]]:
    """With the key of its tenant, for what is asked of it later."""
    query: dict[str, Any] = {"limit": 100}
    async with client_of(cluster, key) as client:
        while True:
            page = (await client.get("/v1/jobs", params=query)).raise_for_status().json()
            for job in page["data"]:
                yield job | {"key": key}
            if not page["has_more"]:
                return
            query["after"] = page["last_id"]


async def all_transcripts(cluster: Cluster, keys: list[str], jobs: dict[str, dict[str, Any]]) -> dict[str, bytes]:
    transcripts = {}
    for key in keys:
        async with client_of(cluster, key) as client:
            for job in (job for job in jobs.values() if job["key"] == key):
                answer = await client.get(f"/v1/jobs/{job['id']}/transcript?format=verbose_json")
                transcripts[job["id"]] = answer.raise_for_status().content
    return transcripts


def completions(folder: Path) -> Iterator[str]:
    """The jobs of which a worker's log says that its claim was the one that completed them."""
    for log in folder.glob("worker-*.log"):
        for line in log.read_text(errors="replace").splitlines():
            with suppress(json.JSONDecodeError):
                if (entry := json.loads(line)).get("event") == "job_completed":
                    yield entry["job_id"]


def report(figures: Figures, cluster: Cluster, receiver: Receiver, jobs: dict[str, dict[str, Any]]) -> None:
    killed = {actor.name: actor.killed for actor in cluster.actors}
    print(
        f"\n{len(figures.accepted)} jobs accepted ({figures.repeated_requests} requests repeated), "
        f"{dict(Counter(job['status'] for job in jobs.values()))}, in {figures.seconds:.0f} s; killed: {killed}, Kafka "
        f"{figures.kafka_killed}, database cut {figures.database_cut}; tries: "
        f"{dict(Counter(job['tries'] for job in jobs.values()))}; webhooks: {len(receiver.accepted)} jobs told, "
        f"{sum(map(len, receiver.accepted.values()))} times, {len(receiver.refused)} refused at first"
    )
