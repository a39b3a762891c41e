"""A request at each door of the gateway is one trace, which tells what was done and nothing of what was said."""

import grpc
import pytest
from opentelemetry.sdk.trace import TracerProvider

from earshot.speech.v1.speech_pb2_grpc import SpeechServiceStub
from speechkit.domain.errors import RecognizerUnavailable
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway
from tests.doors.grpc_calls import audio, config
from tests.fakes.recognizer import FakeRecognizer
from tests.signals.collector import Collector

SAID = "The heron owes seventeen kettles to nobody"
PROMPT = "About the wombat of Lower Quillon"
KEY = "sk-earshot-of-nobody-in-particular"
TRACE = "0af7651916cd43dd8448eb211c80319c"
ASKED_IN = f"00-{TRACE}-b7ad6b7169203331-01"
SOUND = wav(40)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway(recognizer=FakeRecognizer(says=lambda _: f" {SAID}."))


async def test_a_request_over_http_goes_on_with_its_caller_s_trace(
    gateway: FakeGateway, traced: TracerProvider, collector: Collector
) -> None:
    async with gateway.client() as client:
        answer = await client.post(
            TRANSCRIPTIONS,
            data={"model": "whisper-1", "prompt": PROMPT},
            files={"file": ("wombat.wav", SOUND)},
            headers={"traceparent": ASKED_IN, "tracestate": f"said={PROMPT[:5]}", "authorization": f"Bearer {KEY}"},
        )
    assert SAID in answer.json()["text"]
    traced.force_flush()
    served, *windows = sorted(collector.trace(TRACE), key=lambda span: span.kind != "SERVER")
    assert (served.name, served.parent_id) == (f"POST {TRANSCRIPTIONS}", "b7ad6b7169203331")
    assert served.attributes["http.response.status_code"] == 200
    assert served.attributes["earshot.request_id"] == answer.headers["x-request-id"]
    assert [window.name for window in windows] == ["recognize"] * len(gateway.recognizer.calls)
    assert {window.parent_id for window in windows} == {served.span_id}
    nothing_is_told(collector)


async def test_a_call_over_grpc_goes_on_with_its_caller_s_trace(
    gateway: FakeGateway, traced: TracerProvider, collector: Collector
) -> None:
    metadata = (("traceparent", ASKED_IN), ("authorization", f"Bearer {KEY}"))
    async with gateway.served_grpc() as address, grpc.aio.insecure_channel(address) as channel:
        call = SpeechServiceStub(channel).Transcribe(iter([config(prompt=PROMPT), *audio(SOUND)]), metadata=metadata)
        said = [answer.transcript.text async for answer in call]
    assert SAID in said[-1]
    traced.force_flush()
    served, *windows = sorted(collector.trace(TRACE), key=lambda span: span.kind != "SERVER")
    assert (served.name, served.attributes["rpc.grpc.status_code"]) == ("Transcribe", 0)
    assert {window.parent_id for window in windows} == {served.span_id}
    assert len(windows) == len(gateway.recognizer.calls)
    nothing_is_told(collector)


async def test_a_failed_request_is_marked_and_a_refused_one_is_not(
    gateway: FakeGateway, traced: TracerProvider, collector: Collector
) -> None:
    async with gateway.client() as client:
        refused = await client.post(
            TRANSCRIPTIONS, data={"model": "whisper-1", "language": PROMPT}, files={"file": SOUND}
        )
        gateway.recognizer.fails_with = RecognizerUnavailable(f"away while {SAID}")
        failed = await client.post(TRANSCRIPTIONS, data={"model": "whisper-1"}, files={"file": SOUND})
    traced.force_flush()
    served = {span.attributes["http.response.status_code"]: span for span in collector.spans if span.kind == "SERVER"}
    assert set(served) == {refused.status_code, failed.status_code} == {400, 503}
    assert (served[400].failed, served[503].failed) == (False, True)
    [window] = [span for span in collector.spans if span.name == "recognize" and span.failed][:1]
    assert window.attributes["error.type"] == "recognizer_unavailable"
    nothing_is_told(collector)


async def test_probes_make_no_spans(gateway: FakeGateway, traced: TracerProvider, collector: Collector) -> None:
    async with gateway.client() as client:
        for path in ("/healthz", "/readyz", "/metrics"):
            await client.get(path, headers={"traceparent": ASKED_IN})
    traced.force_flush()
    assert collector.spans == []


def nothing_is_told(collector: Collector) -> None:
    assert collector.raw
    sent = b"".join(collector.raw)
    for private in (SAID, "heron", PROMPT, "wombat", KEY):
        assert private.encode() not in sent
    assert SOUND[1000:1048] not in sent
