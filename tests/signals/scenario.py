"""What is asked of the platform: a file at each door, refined; a job; a job whose worker dies; a webhook that fails."""

import asyncio
from dataclasses import dataclass, field

import grpc
import httpx

from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub
from tests.chat.server import chat_server
from tests.doors.grpc_calls import audio, config
from tests.signals.platform import SERVICES, Platform
from tests.web.server import Answer, Asked, plain, web_server

ENDPOINT, OVER_HTTP, OVER_GRPC, JOB, LOST_JOB = (str(digit) * 32 for digit in range(1, 6))
"""The traces that the callers have begun."""

PROMPT = "About the wombat of Lower Quillon"
KEY = "sk-of-nobody-in-particular"
MODE = {"model": "whisper-1", "mode": "clean-up"}


@dataclass
class Played:
    request_ids: dict[str, str] = field(default_factory=dict)
    """Of each request, by its trace."""
    job_ids: dict[str, str] = field(default_factory=dict)
    counted: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in (*SERVICES, "triton")})
    chats: list[str] = field(default_factory=list)
    """The trace that each call to the chat server belonged to, by its headers."""
    hooks: list[str] = field(default_factory=list)
    hook_url: str = ""
    said: list[str] = field(default_factory=list)


async def played(platform: Platform, *, short: bytes, long: bytes) -> Played:
    told = Played()
    await platform.up()
    async with chat_server() as chat, web_server(refusing_once(told)) as receiver:
        async with httpx.AsyncClient(base_url=platform.url, timeout=60) as client:
            caller = Caller(client, told)
            draft = {"name": "Home", "base_url": chat.base_url, "model": "m", "api_key": KEY}
            await caller.post("/v1/endpoints", ENDPOINT, json=draft)
            form = MODE | {"prompt": PROMPT}
            files = {"file": (f"{PROMPT}.wav", short)}
            heard = await caller.post("/v1/audio/transcriptions", OVER_HTTP, data=form, files=files)
            told.said.append(heard.json()["text"])
            await over_grpc(platform, short, told)
            told.hook_url = receiver.url(f"/{KEY}")
            await caller.job(JOB, data=form | {"callback_url": told.hook_url}, files=files)
            await caller.over(JOB)
            # Before the worker is killed: a delivery that it holds would wait for the end of its claim.
            async with asyncio.timeout(30):
                while len(told.hooks) < 2:
                    await asyncio.sleep(0.1)
            await count(platform, told)
            await caller.job(LOST_JOB, data=form, files={"file": long})
            await caller.until(LOST_JOB, "running")
            await platform.actors["worker"].kill()
            platform.actors["worker"].start()
            await platform.up()
            await caller.over(LOST_JOB)
            await count(platform, told)
        told.chats = [asked.headers["traceparent"].split("-")[1] for asked in chat.chats]
    return told


@dataclass(frozen=True)
class Caller:
    client: httpx.AsyncClient
    told: Played

    async def post(self, path: str, trace: str, **body: object) -> httpx.Response:
        answer = await self.client.post(path, headers={"traceparent": asked_in(trace)}, **body)  # type: ignore[arg-type]
        assert answer.is_success, answer.text
        self.told.request_ids[trace] = answer.headers["x-request-id"]
        return answer

    async def job(self, trace: str, **body: object) -> None:
        self.told.job_ids[trace] = (await self.post("/v1/jobs", trace, **body)).json()["id"]

    async def over(self, trace: str) -> None:
        await self.until(trace, "completed")
        text = await self.client.get(f"/v1/jobs/{self.told.job_ids[trace]}/transcript?format=text")
        self.told.said.append(text.raise_for_status().text)

    async def until(self, trace: str, state: str) -> None:
        async with asyncio.timeout(60):
            while (await self.client.get(f"/v1/jobs/{self.told.job_ids[trace]}")).json()["status"] != state:
                await asyncio.sleep(0.1)


async def over_grpc(platform: Platform, sound: bytes, told: Played) -> None:
    async with grpc.aio.insecure_channel(platform.grpc_address) as channel:
        requests = [config(prompt=PROMPT, mode="clean-up"), *audio(sound)]
        metadata = (("traceparent", asked_in(OVER_GRPC)),)
        call = SpeechServiceStub(channel).Transcribe(iter(requests), metadata=metadata, timeout=60)
        told.request_ids[OVER_GRPC] = str(dict(await call.initial_metadata())["x-request-id"])
        told.said += [answer.transcript.text async for answer in call if answer.transcript.text]


async def count(platform: Platform, told: Played) -> None:
    """Also before a worker dies, with whom its counts go."""
    for service in told.counted:
        told.counted[service] |= await platform.counted(service)


def refusing_once(told: Played) -> Answer:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        told.hooks.append(asked.headers["traceparent"].split("-")[1])
        writer.write(plain(500 if len(told.hooks) == 1 else 204))

    return answer


def asked_in(trace: str) -> str:
    return f"00-{trace}-{'ab' * 8}-01"
