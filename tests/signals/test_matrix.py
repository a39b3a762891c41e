"""The signal matrix: who sends which spans, metrics and log lines, in a run of the real platform.

Real processes of the services before a real Triton, Kafka, PostgreSQL and Redis; `scenario` says what is asked of them.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.triton.environment import TritonEnvironment
from tests.conftest import TRITON_MODEL
from tests.signals.collector import Collector, SeenSpan, running_collector
from tests.signals.platform import SERVICES, Platform, running_platform
from tests.signals.scenario import ENDPOINT, JOB, KEY, LOST_JOB, OVER_GRPC, OVER_HTTP, PROMPT, Played, played
from tests.speech.clips import Clip
from tests.stack.triton import run_triton
from tests.stores.marks import servers
from tests.stores.servers import PostgresServer, RedisServer

pytestmark = [servers, pytest.mark.timeout(180)]

RECOGNIZED = """
    {0} recognize > triton InferRequest
    triton InferRequest > triton whisper-base
    triton whisper-base > triton compute
"""
REFINED = """
    {0} refine > postprocess Refine
    postprocess Refine > postprocess POST chat
"""
ANSWERED = """
    {0} > gateway recognize
    {0} > gateway refine
    {0} > postprocess GetMode
"""
WORKED_ON = """
    worker job > worker recognize
    worker job > worker refine
"""
TRACES = {
    ENDPOINT: """
    caller > gateway POST /v1/endpoints
    gateway POST /v1/endpoints > postprocess CreateEndpoint
    """,
    OVER_HTTP: "caller > gateway POST /v1/audio/transcriptions"
    + ANSWERED.format("gateway POST /v1/audio/transcriptions")
    + RECOGNIZED.format("gateway")
    + REFINED.format("gateway"),
    OVER_GRPC: "caller > gateway Transcribe"
    + ANSWERED.format("gateway Transcribe")
    + RECOGNIZED.format("gateway")
    + REFINED.format("gateway"),
    JOB: """
    caller > gateway POST /v1/jobs
    gateway POST /v1/jobs > postprocess GetMode
    gateway POST /v1/jobs > ring
    ring > worker ring received
    gateway POST /v1/jobs > worker job
    gateway POST /v1/jobs > worker webhook
    worker webhook > worker POST webhook
    """
    + WORKED_ON
    + RECOGNIZED.format("worker")
    + REFINED.format("worker"),
}
"""Each span's parent, of each trace that a caller began. Whoever sees a job's row first rings for it."""
REPEATED = {
    "worker job": (
        LOST_JOB,
        "caller > worker job" + WORKED_ON + RECOGNIZED.format("worker") + REFINED.format("worker"),
    ),
    "worker webhook": (JOB, "caller > worker webhook\nworker webhook > worker POST webhook"),
}
"""What begins a trace of its own: the trace that it is linked to, and what is in it."""
ASKED_ONCE = "postprocess Refine > postprocess GET chat"
"""How much a chat server's model can read is remembered."""

METRICS = {
    "gateway": """
        audio_length_seconds audio_seconds_total cost_per_hour grpc_call_seconds grpc_calls_total http_request_seconds
        http_requests_total queue_seconds ready real_time_factor refinement_seconds refinements_total segments_total
        upload_bytes_total window_audio_seconds_total window_recognition_seconds windows_total
    """,
    "worker": """
        audio_length_seconds audio_seconds_total cost_per_hour job_seconds job_wait_seconds
        jobs_counted_timestamp_seconds jobs_ended_total jobs_repeated_total outgoing_request_seconds ready
        refinement_seconds refinements_total segments_total webhooks_ended_total window_audio_seconds_total
        window_recognition_seconds windows_total
    """,
    "postprocess": "cost_per_hour grpc_call_seconds grpc_calls_total outgoing_request_seconds ready",
    "triton": """
        whisper_audio_seconds_total whisper_batch_size whisper_batches_total whisper_decode_seconds_total
        whisper_encode_seconds_total whisper_tokens_total whisper_windows_total
    """,
}
CHANCE = re.compile(
    "earshot_(jobs|oldest_job_seconds|doorbell_lag|queued_audio_seconds|.*_in_flight"
    "|whisper_(failures|fallbacks)_total|window_guards_total)"
)
"""Gauges of the moment, and what a worker's death or an uncertain model may bring; `test_counted` has them."""

WORDS = ("fail better", "foolishness", "incredulity", "despair", "heaven")
ATTRIBUTES = re.compile(r"(http|rpc|messaging|error|earshot|triton)\.[a-z_.]+")


@dataclass(frozen=True)
class Run:
    told: Played
    platform: Platform
    collector: Collector


@pytest.fixture(scope="module")
def run(
    postgres: PostgresServer,
    redis: RedisServer,
    kafka: str,
    triton_environment: TritonEnvironment,
    weights_dir: Path,
    beckett: Clip,
    two_cities: Clip,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("signals")
    with running_collector() as collector:
        traces_url = f"http://127.0.0.1:{collector.http_port}/v1/traces"
        with (
            run_triton(
                triton_environment, model=TRITON_MODEL, weights=weights_dir, data_dir=folder, traces_url=traces_url
            ) as triton,
            running_platform(
                postgres=postgres, kafka=kafka, redis_url=redis.url, triton=triton, collector=collector, folder=folder
            ) as platform,
        ):
            told = asyncio.run(played(platform, short=beckett.path.read_bytes(), long=two_cities.path.read_bytes()))
        yield Run(told, platform, collector)  # all have ended, and with that sent whatever they had


@pytest.mark.parametrize("trace", TRACES, ids=["endpoint", "over HTTP", "over gRPC", "job"])
def test_a_request_and_all_that_follows_from_it_are_one_trace(run: Run, trace: str) -> None:
    assert edges(run.collector.trace(trace)) in expected(run, trace, TRACES[trace])


@pytest.mark.parametrize("first", REPEATED)
def test_what_is_repeated_is_a_trace_of_its_own_that_is_linked_to_the_first(run: Run, first: str) -> None:
    linked_to, inside = REPEATED[first]
    [again] = [span for span in run.collector.spans if span.linked_traces and named(span) == first]
    assert again.linked_traces == (linked_to,)
    assert again.attributes["earshot.try"] == 2
    assert edges(run.collector.trace(again.trace_id)) in expected(run, again.trace_id, inside)


def test_chat_servers_and_receivers_are_told_the_trace_as_well(run: Run) -> None:
    again = {named(span): span.trace_id for span in run.collector.spans if span.linked_traces}
    assert run.told.chats == [OVER_HTTP, OVER_GRPC, JOB, again["worker job"]]
    assert run.told.hooks == [JOB, again["worker webhook"]]


@pytest.mark.parametrize("service", METRICS)
def test_each_service_counts_what_is_its_own(run: Run, service: str) -> None:
    counted = {metric for metric in run.told.counted[service] if not CHANCE.fullmatch(metric)}
    assert counted == {f"earshot_{metric}" for metric in METRICS[service].split()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_log_line_is_json_that_says_when_who_and_what(run: Run, service: str) -> None:
    lines = run.platform.logged(service)
    assert lines
    assert all({"timestamp", "level", "logger", "event"} <= set(line) for line in lines)


def test_one_id_finds_the_lines_of_a_request_in_every_service(run: Run) -> None:
    for trace in (OVER_HTTP, OVER_GRPC):
        ids = {"trace_id": trace, "request_id": run.told.request_ids[trace]}
        assert events(run, "gateway", ids) & {"request_finished", "call_finished"}
        assert events(run, "postprocess", ids) >= {"refined", "call_finished"}
        assert ids["request_id"] in triton_ids(run) or lost(run, trace)


def test_a_job_s_lines_have_its_id_and_that_of_its_trace(run: Run) -> None:
    ids = {"trace_id": JOB, "job_id": run.told.job_ids[JOB]}
    assert events(run, "gateway", ids | {"request_id": run.told.request_ids[JOB]}) == {"job_accepted"}
    assert events(run, "worker", ids) == {"job_completed", "delivery_attempted"}
    assert events(run, "postprocess", ids) == {"refined", "call_finished"}
    assert ids["job_id"] in triton_ids(run) or lost(run, JOB)
    of_lost = {"job_id": run.told.job_ids[LOST_JOB]}
    assert events(run, "worker", of_lost) == {"job_reaped", "job_completed"}


def test_no_signal_holds_what_was_said_asked_or_kept_secret(run: Run) -> None:
    sent = b"".join(run.collector.raw).decode(errors="replace").lower()
    written = "".join(actor.log.read_text() for actor in run.platform.actors.values()).lower()
    assert all(word in " ".join(run.told.said).lower() for word in WORDS), "or this would prove nothing"
    for private in (*WORDS, PROMPT.lower(), KEY, run.told.hook_url):
        assert private not in sent
        assert private not in written
    assert all(ATTRIBUTES.fullmatch(name) for span in run.collector.spans for name in span.attributes)


def edges(spans: list[SeenSpan]) -> set[str]:
    by_id = {span.span_id: named(span) for span in spans}
    by_id |= {"": "caller", "ab" * 8: "caller"}
    return {f"{by_id[span.parent_id]} > {named(span)}" for span in spans} - {ASKED_ONCE}


def expected(run: Run, trace: str, lines: str) -> list[set[str]]:
    """The edges that a trace may have: all, or all but those that Triton sends."""
    everything = wanted(lines)
    of_services = {edge for edge in everything if not re.search(r"\btriton\b", edge)}
    return [everything, of_services] if lost(run, trace) else [everything]


def lost(run: Run, trace: str) -> bool:
    """Triton 2.51 sends nothing of a request now and then when the machine is busy, but most must come."""
    traced = {span.trace_id for span in run.collector.spans if span.service == "earshot-triton"}
    return trace not in traced and len(traced & {OVER_HTTP, OVER_GRPC, JOB}) >= 2


def wanted(lines: str) -> set[str]:
    return {line.strip() for line in lines.splitlines() if line.strip()}


def named(span: SeenSpan) -> str:
    return "ring" if span.name == "ring" else f"{span.service.removeprefix('earshot-')} {span.name}"


def events(run: Run, service: str, ids: dict[str, str]) -> set[str]:
    return {line["event"] for line in run.platform.logged(service) if ids.items() <= line.items()}


def triton_ids(run: Run) -> set[str]:
    return {str(span.attributes.get("triton.request_id")) for span in run.collector.spans}
