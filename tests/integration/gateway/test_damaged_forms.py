"""Forms as clients write them, damaged at random, through the whole application: an answer or words of refusal."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

import httpx
import pytest
import pytest_asyncio
from hypothesis import event, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.edge.hispeech_wire import PATHS
from speechkit.domain.jobs import audio_blob
from tests.doors.forms import Part, multipart, wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.fuzz.damage import Damage, damaged, damages
from tests.fuzz.effort import fuzz

UPLOAD = f"{PATHS}/upload"

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOUNDARIES = ["edge", "----WebKitFormBoundary7MA4YWxk", "0" * 70, "a=b=="]

FORM_DATA = b"Content-Disposition: form-data; "
FILE = Part(name="file", filename="speech.wav", content=wav(0.1))
FIELDS = [
    Part(name="model", content=b"whisper-1"),
    Part(name="model", content=b"whisper-1", quoted=False),
    Part(name="language", content=b"en"),
    Part(name="prompt", content="Grüße, 世界".encode()),
    Part(name="stream", content=b"true"),
    Part(name="temperature", content=b"0.2"),
    Part(name="response_format", content=b"verbose_json"),
    Part(name="timestamp_granularities[]", content=b"word"),
    Part(name="include[]", content=b"logprobs"),
    Part(name="chunking_strategy", content=b'{"type":"server_vad","threshold":0.4}'),
    Part(name="chunking_strategy[type]", content=b"server_vad"),
    Part(name="chunking_strategy[silence_duration_ms]", content=b"1e400"),
    Part(name="keywords[]", content=b"Earshot"),
    Part(name="a" * 3_000, content=b"\0"),
]

JOB_FIELDS = [
    Part(name="secure_mode", content=b"true"),
    Part(name="secure_mode", content=b"false"),
    Part(name="secure_mode", content=b"1", quoted=False),
    Part(name="ttl", content=b"60"),
    Part(name="ttl", content=b"36001"),
    Part(name="return_word_timestamps", content=b"true"),
    Part(name="language", content=b"en"),
    Part(name="prompt", content="Grüße, 世界".encode()),
    Part(name="a" * 3_000, content=b"\0"),
]

PATCHES = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"--",
    b"--edge",
    b"\r\n--edge\r\n",
    b"\r\n--edge--\r\n",
    b'"',
    b"\\",
    b";",
    b":",
    b"=",
    b"\0",
    b"\xff\xfe",
    b"\r\nContent-Transfer-Encoding: base64",
    b"\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n" + FORM_DATA + b'name="file"\r\n\r\nx',
    b"\r\nContent-Type: text/plain; charset=utf-16",
    b"\r\n" + FORM_DATA + b"name*=utf-8''m%C3%B6del",
    b"\r\n" + FORM_DATA + b"name*=no-such-charset'x'%ff",
    b"\r\n" + FORM_DATA + b'name="model"; name="file"',
    b"\r\n" + FORM_DATA + b'name="file"; filename=""',
    b"\r\n continued",
    b"\r\nX-Long: " + b"x" * 20_000,
    b"\r\n--edge\r\n" + FORM_DATA + b'name="model"\r\n\r\n' + b"x" * 300,
]

WRONG_TYPES = [
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary="edge',
    "multipart/form-data; boundary=edge; boundary=other",
    "multipart/form-data; boundary*=utf-8''edge",
    f"multipart/form-data; boundary={'x' * 300}",
    "multipart/mixed; boundary=edge",
    "MULTIPART/FORM-DATA; charset=utf-16; BOUNDARY=edge",
    "application/x-www-form-urlencoded",
    "application/json",
    "audio/wav",
    "\x00\xff",
]


SELDOM = st.sampled_from([False] * 15 + [True])


@dataclass(frozen=True, kw_only=True)
class Sent:
    content_type: str
    body: bytes = field(repr=False)  # Hypothesis warns of long ones
    cut_at: list[int]

    async def chunks(self) -> AsyncIterator[bytes]:
        edges = [0, *sorted({cut % (len(self.body) + 1) for cut in self.cut_at}), len(self.body)]
        for start, end in pairwise(edges):
            yield self.body[start:end]


@st.composite
def forms(draw: st.DrawFn, known: list[Part]) -> Sent:
    boundary = draw(st.sampled_from(BOUNDARIES))
    fields = draw(st.lists(st.sampled_from(known), max_size=5))
    at = draw(st.integers(0, len(fields)))
    body = multipart(known[0], *fields[:at], FILE, *fields[at:], boundary=boundary)
    if draw(st.booleans()):
        inflicted: list[Damage] = draw(damages(patches=PATCHES, most=3))
        body = damaged(body, inflicted)
    if draw(SELDOM):
        body = body.replace(b"\r\n", b"\n")
    wrong = draw(SELDOM)
    content_type = draw(st.sampled_from(WRONG_TYPES)) if wrong else f'multipart/form-data; boundary="{boundary}"'
    return Sent(content_type=content_type, body=body, cut_at=draw(st.lists(st.integers(0, 20_000), max_size=4)))


class Door:
    def __init__(self, gateway: FakeGateway, client: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.client = client
        self.statuses: Counter[int] = Counter()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def door() -> AsyncIterator[Door]:
    gateway = FakeGateway()
    async with gateway.client() as client:
        yield Door(gateway, client)


@fuzz(examples_in_ci=1000)
@given(sent=forms(FIELDS))
async def test_a_damaged_form_is_answered_in_openai_s_words(door: Door, sent: Sent) -> None:
    headers = [(b"content-type", sent.content_type.encode("latin-1"))]
    with capture_logs() as lines:
        response = await door.client.post(TRANSCRIPTIONS, content=sent.chunks(), headers=headers)
    door.statuses[response.status_code] += 1
    assert [line for line in lines if line["log_level"] == "error"] == [], sent.body
    assert door.gateway.open_spools == 0
    door.gateway.spools.clear()
    if response.status_code == 200:
        event("answered")
        return
    assert response.status_code in {400, 404}
    error = response.json()["error"]
    event(error["message"][:60])
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert len(response.content) < 1_000


@fuzz(examples_in_ci=200)
@given(sent=forms(JOB_FIELDS))
async def test_a_damaged_upload_becomes_a_job_or_leaves_nothing(sent: Sent) -> None:
    """A job of which everything is where it should be: of a secure one, nothing in the store that lasts."""
    gateway = FakeGateway()
    async with gateway.client() as client:
        headers = [(b"content-type", sent.content_type.encode("latin-1"))]
        with capture_logs() as lines:
            response = await client.post(UPLOAD, content=sent.chunks(), headers=headers)
    assert [line for line in lines if line["log_level"] == "error"] == [], sent.body
    body = response.json()
    if response.status_code == 200:
        event("secure" if body["secure_mode"] else "standard")
        (job,) = gateway.jobs.rows.values()
        assert (job.id, job.secure) == (body["job_id"], body["secure_mode"])
        assert audio_blob(job.id) in (gateway.fleeting._held if job.secure else gateway.blobs.blobs)
        assert not (gateway.blobs.blobs if job.secure else gateway.fleeting._held)
    else:
        event(body["error"][:60])
        assert (body["job_id"], body["success"], body["status"]) == (None, False, response.status_code)
        assert response.status_code == 400
        assert not any((gateway.jobs.rows, gateway.blobs.blobs, gateway.fleeting._held))


async def test_damage_is_neither_always_fatal_nor_always_harmless(door: Door) -> None:
    """Or else the forms above would not get far enough to find anything."""
    assert min(door.statuses[200], door.statuses[400]) >= door.statuses.total() / 10
