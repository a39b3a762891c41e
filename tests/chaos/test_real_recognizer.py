"""A smaller run on a real Triton and embedded stores: two workers on one SQLite, each killed over its jobs."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.actors import running_cluster
from tests.speech.clips import Clip
from tests.stack.ports import free_ports
from tests.stack.triton import RunningTriton
from tests.stores.marks import servers

pytestmark = servers

CLIPS = ("beckett", "two_cities")
JOBS = 8
ALIKE = 0.97
"""Of the words: which windows share a batch is another matter each time, and moves the last bits of a probability."""


@pytest.mark.timeout(240)
async def test_jobs_whose_workers_are_killed_end_in_what_was_said(
    triton: RunningTriton, speech: Callable[[str], Clip], tmp_path: Path
) -> None:
    environment = {
        "EARSHOT_DATA_DIR": str(tmp_path / "data"),
        "EARSHOT_TRITON_GRPC_PORT": str(triton.ports.grpc),
        "EARSHOT_JOB_LEASE_SECONDS": "3",
        "EARSHOT_LOG_FORMAT": "json",
    }
    worker = [sys.executable, "-m", "worker"]
    with running_cluster(environment, folder=tmp_path, ports=free_ports(4), worker=worker) as cluster:
        async with httpx.AsyncClient(base_url=cluster.url, timeout=60) as client:
            await up(client)
            heard = {name: await heard_at_once(client, speech(name)) for name in CLIPS}
            jobs = {await accepted(client, speech(name)): name for name in CLIPS * (JOBS // len(CLIPS))}
            for actor in cluster.workers:
                await running(client)
                await actor.kill()
                actor.start()
            states = [await over(client, job) for job in jobs]
            texts = {job: (await client.get(f"/v1/jobs/{job}/transcript?format=text")).text for job in jobs}
    assert Counter(state["status"] for state in states) == {"completed": JOBS}
    assert max(state["tries"] for state in states) > 1, "nobody was killed over a job: this proves too little"
    for job, name in jobs.items():
        alike = SequenceMatcher(None, heard[name].split(), texts[job].split(), autojunk=False).ratio()
        assert alike > ALIKE, texts[job]


async def up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


async def heard_at_once(client: httpx.AsyncClient, clip: Clip) -> str:
    answer = await client.post(
        "/v1/audio/transcriptions",
        data={"model": "whisper-1", "response_format": "text"},
        files={"file": clip.path.read_bytes()},
    )
    return answer.raise_for_status().text


async def accepted(client: httpx.AsyncClient, clip: Clip) -> str:
    answer = await client.post("/v1/jobs", data={"model": "whisper-1"}, files={"file": clip.path.read_bytes()})
    return str(answer.raise_for_status().json()["id"])


async def running(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while not (await client.get("/v1/jobs?status=running")).json()["data"]:
            await asyncio.sleep(0.02)


async def over(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            state: dict[str, Any] = (await client.get(f"/v1/jobs/{job}")).json()
            if state["status"] not in ("queued", "running"):
                return state
            await asyncio.sleep(0.2)
