"""A secure job, watched while it is worked on and after: neither its words nor its sound are anywhere but in memory.

What is searched: the data folder, the folders of PostgreSQL, Kafka and Redis, all logs at their most talkative, and the
open and deleted files of every process.
"""

import asyncio
import random
import sys
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from tests.chaos.actors import Actor
from tests.doors.waiting import until
from tests.secrecy.marked import MARKER
from tests.secrecy.searching import found_in_folders, found_in_open_files, memory_files
from tests.speech.clips import Clip
from tests.stack.ports import free_ports
from tests.stores.kafka import new_kafka
from tests.stores.marks import servers
from tests.stores.programs import ProgramMissing, skip_without
from tests.stores.servers import new_postgres, new_redis
from tests.web.server import plain, web_server

pytestmark = servers

PROMPT = "About the wombat of Lower Quillon"
SLICE_BYTES = 48


@dataclass(frozen=True, kw_only=True)
class Watched:
    url: str
    processes: list[psutil.Process]
    folders: list[Path]
    database: str | None = None


@pytest.fixture(params=["one process", "cluster"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    http, grpc, worker_port = free_ports(3)
    environment = {
        "EARSHOT_DATA_DIR": str(tmp_path / "data"),
        "EARSHOT_HTTP_PORT": str(http),
        "EARSHOT_GRPC_PORT": str(grpc),
        "EARSHOT_WORKER_HTTP_PORT": str(worker_port),
        "EARSHOT_LOG_LEVEL": "debug",
        "EARSHOT_LOG_FORMAT": "json",
        "EARSHOT_PRIVATE_ADDRESSES": "127.0.0.1",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    (tmp_path / "tmp").mkdir()
    url, database, folders = f"http://127.0.0.1:{http}", None, [tmp_path]
    with ExitStack() as stack:
        if request.param == "cluster":
            try:
                postgres = stack.enter_context(new_postgres())
                redis = stack.enter_context(new_redis())
                kafka = stack.enter_context(new_kafka())
            except ProgramMissing as missing:
                skip_without("cluster", missing)
            for server in (postgres, redis, kafka):
                stack.enter_context(server.served())
            environment |= {
                "EARSHOT_DATABASE_URL": postgres.url,
                "EARSHOT_REDIS_URL": redis.url,
                "EARSHOT_KAFKA_SERVERS": kafka.address,
            }
            database = postgres.url
            folders += [postgres.folder, redis.folder, kafka.folder]
            commands = {"gateway": ["-m", "gateway"], "worker": ["-m", "tests.secrecy.marked", "worker"]}
        else:
            commands = {"server": ["-m", "tests.secrecy.marked", "server"]}
        actors = [
            Actor(name=name, command=[sys.executable, *command], environment=environment, log=tmp_path / f"{name}.log")
            for name, command in commands.items()
        ]
        for actor in actors:
            stack.callback(actor.stop)
            actor.start()
        processes = [psutil.Process(actor.pid) for actor in actors]
        yield Watched(url=url, processes=processes, folders=folders, database=database)


@pytest.mark.timeout(180)
async def test_nothing_of_a_secure_job_is_anywhere_but_in_memory(watched: Watched, beckett: Clip) -> None:
    sound = beckett.path.read_bytes()
    wanted = [MARKER.encode(), PROMPT.encode(), *slices_of(beckett.path)]
    async with httpx.AsyncClient(base_url=watched.url, timeout=30) as client:
        await up(client)
        job = await accepted(client, sound)
        while (await client.get(f"/v1/jobs/{job}")).json()["status"] == "queued":
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        assert await nothing_found(watched, wanted), "while it is worked on"
        await over(client, job)
        assert await nothing_found(watched, wanted), "while its transcript waits"
        assert MARKER in (await client.get(f"/v1/jobs/{job}/transcript")).raise_for_status().json()["text"]
        assert (await client.get(f"/v1/jobs/{job}/transcript")).status_code == 404
        assert await nothing_found(watched, wanted), "after it was read"
        assert not memory_files(watched.processes, wanted), "nor in memory that anybody could still open"
        await a_webhook_may_tell_what_was_said(watched, client, sound, wanted)
        await the_search_finds_what_is_there(watched, client, sound, wanted)


async def a_webhook_may_tell_what_was_said(
    watched: Watched, client: httpx.AsyncClient, sound: bytes, wanted: list[bytes]
) -> None:
    """To whom the job named, where it asked for that: read for each attempt, and written nowhere."""
    answers = {"/": plain(503)}
    async with web_server(answers) as receiver:
        job = await accepted(client, sound, callback_url=receiver.url(), callback_transcript="true")
        await over(client, job)
        await until(lambda: len(receiver.asked) == 1, timeout_seconds=20)
        assert await nothing_found(watched, wanted), "between two attempts"
        answers["/"] = plain()
        await until(lambda: len(receiver.asked) == 2, timeout_seconds=20)
    assert all(MARKER.encode() in asked.body for asked in receiver.asked)
    async with asyncio.timeout(10):
        while (await client.get(f"/v1/jobs/{job}/deliveries")).json()["data"][0]["status"] != "delivered":
            await asyncio.sleep(0.1)
    assert (await client.get(f"/v1/jobs/{job}/transcript")).status_code == 404
    assert await nothing_found(watched, wanted), "after it was told"


async def up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/v1/jobs")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def accepted(client: httpx.AsyncClient, sound: bytes, **fields: str) -> str:
    asked = {"model": "whisper-1", "prompt": PROMPT, "secure": "true"} | fields
    answer = await client.post("/v1/jobs", data=asked, files={"file": ("talk.wav", sound)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def over(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            state: dict[str, Any] = (await client.get(f"/v1/jobs/{job}")).json()
            if state["status"] not in ("queued", "running"):
                assert state["status"] == "completed", state
                return state
            await asyncio.sleep(0.1)


async def nothing_found(watched: Watched, wanted: list[bytes]) -> bool:
    if watched.database:
        connection = await asyncpg.connect(watched.database)
        await connection.execute("CHECKPOINT")
        await connection.close()
    in_files = await asyncio.to_thread(found_in_folders, watched.folders, wanted)
    open_ones = await asyncio.to_thread(found_in_open_files, watched.processes, wanted)
    print(f"found in {in_files} {open_ones}")
    return not in_files and not open_ones


async def the_search_finds_what_is_there(
    watched: Watched, client: httpx.AsyncClient, sound: bytes, wanted: list[bytes]
) -> None:
    """Or it would have proved nothing: a row, a file, and a file that was deleted while it is open."""
    await over(client, await accepted(client, sound, secure="false", idempotency_key="x"))
    assert await nothing_found(watched, wanted), "a standard job's is sealed"
    planted = watched.folders[0] / "planted"
    for each in (wanted[0], wanted[-1]):
        planted.write_bytes(random.randbytes(9_000_000) + each)
        assert found_in_folders(watched.folders, wanted) == [planted]
    with planted.open("rb"):
        planted.unlink()
        assert found_in_open_files([psutil.Process()], wanted)
    if watched.database:
        connection = await asyncpg.connect(watched.database)
        await connection.execute("CREATE TABLE planted (said text)")
        await connection.execute("INSERT INTO planted VALUES ($1)", MARKER)
        await connection.close()
        assert not await nothing_found(watched, wanted)


def slices_of(recording: Path) -> list[bytes]:
    """Stretches of the recording's samples that are loud enough to be nobody else's."""
    with wave.open(str(recording)) as file:
        samples = file.readframes(file.getnframes())
    starts = range(len(samples) // 8, len(samples), len(samples) // 8)
    slices = [samples[start : start + SLICE_BYTES] for start in starts]
    return [each for each in slices if len(set(each)) > SLICE_BYTES // 2]
