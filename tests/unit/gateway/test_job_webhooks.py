"""`callback_url` of a job, and the record of what became of its webhooks."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.domain.webhooks import DeliveryState, answered
from tests.doors.forms import Part, content_type, multipart, wav
from tests.doors.gateway import FakeGateway

JOBS = "/v1/jobs"
URL = "https://hooks.example/in?token=a%20b"


async def created(client: httpx.AsyncClient, *, callback_url: str, **fields: str) -> httpx.Response:
    asked = {"model": "whisper-1", "callback_url": callback_url} | fields
    parts = [Part(name=name, content=value.encode()) for name, value in asked.items()]
    body = multipart(*parts, Part(name="file", filename="talk.wav", content=wav(1)))
    return await client.post(JOBS, content=body, headers=content_type())


async def ended(client: httpx.AsyncClient, *, callback_url: str = URL) -> dict[str, Any]:
    job: dict[str, Any] = (await created(client, callback_url=callback_url)).json()
    return dict((await client.post(f"{JOBS}/{job['id']}/cancel")).json())


async def test_a_job_s_end_is_on_its_way_to_whom_the_job_named(gateway: FakeGateway) -> None:
    """In the very words that GET has for the job."""
    async with gateway.client() as client:
        job = await ended(client)
        listed = (await client.get(f"{JOBS}/{job['id']}/deliveries")).json()
    (delivery,) = listed["data"]
    assert listed["object"] == "list"
    assert delivery == {
        "id": delivery["id"],
        "object": "job.delivery",
        "job_id": job["id"],
        "event": "job.cancelled",
        "url": URL,
        "status": "pending",
        "attempts": 0,
        "created_at": job["finished_at"],
        "next_attempt_at": job["finished_at"],
        "delivered_at": None,
        "last_status_code": None,
        "last_error": None,
        "history": [],
    }
    assert json.loads(gateway.jobs.deliveries.rows[delivery["id"]].payload)["data"] == job


async def test_a_delivery_that_was_given_up_is_sent_again_when_somebody_asks(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job = await ended(client)
        (sent,) = gateway.jobs.deliveries.rows.values()
        gateway.jobs.deliveries.rows[sent.id] = answered(sent, status=410, now=datetime.now(UTC), chance=0)
        path = f"{JOBS}/{job['id']}/deliveries"
        (given_up,) = (await client.get(path)).json()["data"]
        again = await client.post(f"{path}/{sent.id}/redeliver")
    assert (given_up["status"], given_up["last_status_code"], given_up["next_attempt_at"]) == ("given_up", 410, None)
    (attempt,) = given_up["history"]
    assert (attempt["status_code"], attempt["error"]) == (410, "The receiver answered with status 410.")
    assert again.status_code == 202
    assert (again.json()["id"], again.json()["status"]) == (sent.id, "pending")
    assert gateway.jobs.deliveries.rows[sent.id].state is DeliveryState.PENDING


@pytest.mark.parametrize(
    "path", ["job_none/deliveries", "{job}/deliveries/msg_none/redeliver", "{job}/deliveries/%00/redeliver"]
)
async def test_what_is_not_there_is_a_clear_404(gateway: FakeGateway, path: str) -> None:
    async with gateway.client() as client:
        job = await ended(client)
        method = "POST" if path.endswith("redeliver") else "GET"
        answer = await client.request(method, f"{JOBS}/{path.format(job=job['id'])}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "job_not_found"


async def test_a_job_without_a_callback_has_no_deliveries(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        job = await ended(client, callback_url="")
        assert (await client.get(f"{JOBS}/{job['id']}/deliveries")).json()["data"] == []


@pytest.mark.parametrize(
    "url",
    [
        "hooks.example",
        "ftp://hooks.example",
        "http://a:b@hooks.example",
        "http://10.0.0.1/",
        "http://[::1]/",
        "x" * 3000,
    ],
)
async def test_a_callback_that_can_t_be_is_refused_before_the_work_begins(gateway: FakeGateway, url: str) -> None:
    async with gateway.client() as client:
        answer = await created(client, callback_url=url)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "callback_url"
    assert gateway.blobs.names() == []


async def test_a_webhook_carries_the_transcript_of_jobs_that_ask_for_it_alone(gateway: FakeGateway) -> None:
    async with gateway.client() as client:
        plain = (await created(client, callback_url=URL)).json()["id"]
        asked = (await created(client, callback_url=URL, callback_transcript="true")).json()["id"]
    assert [gateway.jobs.rows[job].callback_transcript for job in (plain, asked)] == [False, True]


@pytest.mark.parametrize(("url", "asked"), [("", "true"), (URL, "perhaps")])
async def test_a_transcript_is_told_to_somebody_or_not_asked_for(gateway: FakeGateway, url: str, asked: str) -> None:
    async with gateway.client() as client:
        answer = await created(client, callback_url=url, callback_transcript=asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "callback_transcript"
    assert gateway.blobs.names() == []


async def test_administrators_say_where_webhooks_may_go(gateway: FakeGateway) -> None:
    gateway.settings = GatewaySettings(webhook_hosts="*.example, 10.1.2.3", private_addresses="10.1.0.0/16")
    async with gateway.client() as client:
        statuses = [
            (await created(client, callback_url=url)).status_code
            for url in (URL, "http://10.1.2.3/", "http://10.1.2.4/", "https://other.org/")
        ]
    assert statuses == [202, 202, 400, 400]
