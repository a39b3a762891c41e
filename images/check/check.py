"""Asks a running platform as its users do: once for `helm test`, or under way for `make e2e`.

    check.py once              a clip, a job, a metric
    check.py load SECONDS      clips one after another on several connections until the time is over
    check.py jobs COUNT        so many jobs, until each has ended

Each ends with a line of JSON that says what was asked and what failed; its exit status is 0 when nothing did.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

CLIP = Path(os.environ.get("CLIP", "/clip/beckett.wav"))
WORDS = {"tried", "failed", "matter", "fail", "better"}
URL = os.environ.get("EARSHOT_URL", "http://127.0.0.1:8080")
MODEL = os.environ.get("EARSHOT_MODEL", "whisper-1")
CONNECTIONS = 3
JOB_SECONDS = 900.0
OVER = {"completed", "failed", "cancelled"}


class Wrong(Exception):
    """What the platform answered, and what it should have."""


async def main(arguments: list[str]) -> int:
    checks: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {"once": once, "load": load, "jobs": jobs}
    async with api_key() as key, client(key) as http:
        report = await checks[arguments[0]](http, *map(float, arguments[1:]))
    print(json.dumps(report), flush=True)
    return 1 if report["failed"] else 0


async def once(http: httpx.AsyncClient) -> dict[str, Any]:
    failed = []
    for check in (transcribes, does_a_job, counts):
        try:
            await check(http)
            print(f"ok: {check.__name__.replace('_', ' ')}", flush=True)
        except (Wrong, httpx.HTTPError) as error:
            failed.append(f"{check.__name__}: {error!r}")
    return {"asked": 3, "failed": failed}


async def transcribes(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/audio/transcriptions", data={"model": MODEL}, files={"file": clip()})
    require(answer.status_code == 200, answer.text)
    require_words(answer.json()["text"])


async def does_a_job(http: httpx.AsyncClient) -> None:
    job = await submit(http)
    require(await end_of(http, job) == "completed", f"{job} did not complete")
    transcript = await http.get(f"/v1/jobs/{job}/transcript?format=text")
    require_words(transcript.text)
    await http.delete(f"/v1/jobs/{job}")


async def counts(http: httpx.AsyncClient) -> None:
    """Of this very gateway at least the request for its metrics, and before that most likely a transcription."""
    lines = (await http.get("/metrics")).text.splitlines()
    require(any(line.startswith("earshot_http_requests_total{") for line in lines), "no requests were counted")


async def load(http: httpx.AsyncClient, seconds: float) -> dict[str, Any]:
    """No request is sent again: whatever a client would have had to repeat counts as failed."""
    answers: Counter[str] = Counter()
    slowest = 0.0
    end = time.monotonic() + seconds

    async def one_connection() -> None:
        nonlocal slowest
        while time.monotonic() < end:
            started = time.monotonic()
            try:
                await transcribes(http)
                answers["ok"] += 1
            except (Wrong, httpx.HTTPError) as error:
                answers[f"{time.strftime('%H:%M:%S')} {error!r}"] += 1
            slowest = max(slowest, time.monotonic() - started)

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    failed = {answer: count for answer, count in answers.items() if answer != "ok"}
    return {"asked": answers.total(), "failed": failed, "slowest_seconds": round(slowest, 2)}


async def jobs(http: httpx.AsyncClient, count: float) -> dict[str, Any]:
    """Its requests are repeated as a client's would be, each job with a key that keeps it one: jobs are at stake."""
    submitted = [await patiently(submit, http, f"check-{time.time_ns()}-{number}") for number in range(int(count))]
    print(json.dumps({"submitted": len(submitted)}), flush=True)
    ends: Counter[str] = Counter()
    for job in submitted:
        ends[await patiently(end_of, http, job)] += 1
    return {"asked": len(submitted), "failed": {end: n for end, n in ends.items() if end != "completed"}}


async def patiently(ask: Any, *arguments: Any) -> Any:
    for _ in range(120):
        try:
            return await ask(*arguments)
        except (Wrong, httpx.HTTPError):
            await asyncio.sleep(1.0)
    return await ask(*arguments)


async def submit(http: httpx.AsyncClient, idempotency_key: str = "") -> str:
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    answer = await http.post("/v1/jobs", data={"model": MODEL}, files={"file": clip()}, headers=headers)
    require(answer.status_code in {200, 202}, answer.text)
    return str(answer.json()["id"])


async def end_of(http: httpx.AsyncClient, job: str) -> str:
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        answer = await http.get(f"/v1/jobs/{job}")
        require(answer.status_code == 200, answer.text)
        if (status := answer.json()["status"]) in OVER:
            return str(status)
        await asyncio.sleep(0.5)
    return "unfinished"


def clip() -> tuple[str, bytes]:
    return CLIP.name, CLIP.read_bytes()


def require_words(text: str) -> None:
    heard = {word.strip(".,!?").lower() for word in text.split()}
    require(len(heard & WORDS) >= 4, f"this was heard: {text!r}")


def require(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise Wrong(otherwise[:500])


def client(key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=URL, headers={"authorization": f"Bearer {key}"}, timeout=300.0, trust_env=False)


@asynccontextmanager
async def api_key() -> AsyncIterator[str]:
    """One of its own, made as an administrator makes it, and revoked at the end."""
    made = earshot("keys", "create", "--tenant", "check")
    told = dict(line.split(maxsplit=1) for line in made.splitlines() if line.startswith(("id:", "key:")))
    try:
        yield told["key:"]
    finally:
        earshot("keys", "revoke", told["id:"])


def earshot(*arguments: str) -> str:
    return subprocess.run(["earshot", *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S607


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
