"""Every metric is counted somewhere: those of normal life in the matrix, those of the moment and of trouble here."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from prometheus_client import REGISTRY, Counter
from prometheus_client.metrics import MetricWrapperBase

from speechkit.adapters.doorbell import kafka_consuming
from speechkit.adapters.doorbell.kafka import KafkaDoorbell
from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.domain.audio import SAMPLE_RATE, Samples
from speechkit.domain.errors import Overloaded
from speechkit.domain.jobs import Job
from speechkit.domain.options import Priority, TranscriptionOptions
from speechkit.domain.refinement import Refinement, one_passage
from speechkit.ports import Hypothesis
from speechkit.runtime import metrics
from speechkit.runtime.background import in_background
from speechkit.runtime.measured import MeasuredRecognizer, MeasuredRefiner
from speechkit.runtime.shared_recognizer import RecognizerSlots
from tests.chart.rules.named_metrics import WHISPER_METRICS
from tests.doors.forms import wav
from tests.doors.gateway import FakeGateway
from tests.doors.grpc_calls import audio, config, transcribe
from tests.doors.waiting import until
from tests.fakes.job_store import FakeJobStore
from tests.fakes.made_jobs import made_job
from tests.fakes.recognizer import MODEL, FakeRecognizer
from tests.fakes.refiner import FakeRefiner
from tests.signals.test_matrix import METRICS
from tests.stores.marks import servers
from worker.measuring import count_jobs, measured

OPTIONS = TranscriptionOptions(model=MODEL, language="en", temperatures=(0.0, 0.2))
SECOND = np.zeros(SAMPLE_RATE, np.float32)
COUNTED_HERE = """
    background_failures_total doorbell_lag grpc_calls_in_flight http_requests_in_flight jobs jobs_in_flight
    oldest_job_seconds queued_audio_seconds refinement_warnings_total window_guards_total windows_in_flight
"""
OF_REAL_WINDOWS = "whisper_failures_total whisper_fallbacks_total"
"""Of a real Triton in `test_scheduling`, and in `tests.unit.whisper_triton`."""


def told(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"earshot_{name}", labels) or 0.0


def test_every_metric_that_is_defined_is_counted_in_a_test() -> None:
    defined = {_name(metric) for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)}
    defined |= {f"earshot_whisper_{name}" for name in re.findall(r'= metric\(\s*"(\w+)"', WHISPER_METRICS.read_text())}
    tested = " ".join((*METRICS.values(), COUNTED_HERE, OF_REAL_WINDOWS)).split()
    assert {f"earshot_{name}" for name in tested} == defined


class UnsureRecognizer(FakeRecognizer):
    """Falls back to a higher temperature, and ends in a loop."""

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        heard = await super().recognize(samples, options, deadline_seconds=deadline_seconds)
        return replace(heard, temperature=options.temperatures[-1], finish="repetition")


@pytest.mark.parametrize(
    ("recognizer", "acted"),
    [
        (FakeRecognizer(), set()),
        (FakeRecognizer(says=lambda _: " "), {"silence"}),
        (UnsureRecognizer(), {"temperature", "repetition"}),
    ],
    ids=["sure", "silent", "unsure"],
)
async def test_guards_against_invented_text_are_counted_when_they_act(
    recognizer: FakeRecognizer, acted: set[str]
) -> None:
    guards = ("temperature", "silence", "repetition")
    before = {guard: told("window_guards_total", model=MODEL, guard=guard) for guard in guards}
    await MeasuredRecognizer(recognizer).recognize(SECOND, OPTIONS, deadline_seconds=5)
    after = {guard: told("window_guards_total", model=MODEL, guard=guard) for guard in guards}
    assert {guard for guard in guards if after[guard] > before[guard]} == acted


async def test_why_a_text_was_kept_raw_is_counted() -> None:
    before = told("refinement_warnings_total", check="overloaded"), told("refinements_total", outcome="kept_raw")
    asked = Refinement(mode="clean-up", tenant="a", passages=one_passage("said"))
    await MeasuredRefiner(FakeRefiner(failure=Overloaded("busy"))).refine(asked, deadline_seconds=5)
    after = told("refinement_warnings_total", check="overloaded"), told("refinements_total", outcome="kept_raw")
    assert after == (before[0] + 1, before[1] + 1)


async def test_a_mode_that_wants_nothing_changed_is_no_failure_to_refine() -> None:
    before = told("refinements_total", outcome="left_alone")
    asked = Refinement(mode="verbatim", tenant="a", passages=one_passage("said"))
    await MeasuredRefiner(FakeRefiner()).refine(asked, deadline_seconds=5)
    assert told("refinements_total", outcome="left_alone") == before + 1


async def test_background_work_that_breaks_is_counted_by_its_name() -> None:
    async def breaks() -> None:
        raise KeyError

    async with in_background(breaks, name="test"):
        await until(lambda: told("background_failures_total", work="test") == 1)


async def test_audio_that_waits_for_its_turn_is_told_while_it_waits() -> None:
    slots = RecognizerSlots(MeasuredRecognizer(FakeRecognizer(delay_seconds=0.2)), slots=1, longest_wait_seconds=60)
    share = slots.for_request(tenant="a", request="1")
    options = replace(OPTIONS, priority=Priority.LIVE)
    windows = [asyncio.create_task(share.recognize(SECOND, options, deadline_seconds=5)) for _ in range(3)]
    await until(lambda: told("queued_audio_seconds", priority="live") == 2)
    assert told("windows_in_flight") == 1
    await asyncio.gather(*windows)
    assert (told("queued_audio_seconds", priority="live"), told("windows_in_flight")) == (0, 0)


async def test_requests_and_calls_are_told_while_they_are_answered() -> None:
    gateway = FakeGateway(recognizer=FakeRecognizer(delay_seconds=0.3))
    async with gateway.client() as client, gateway.served_grpc() as address:
        posted = client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": wav(2)})
        request = asyncio.create_task(posted)
        call = asyncio.create_task(transcribe(address, [config(), *audio(wav(2))]))
        await until(lambda: (told("http_requests_in_flight"), told("grpc_calls_in_flight")) == (1, 1))
        await asyncio.gather(request, call)
        assert (told("http_requests_in_flight"), told("grpc_calls_in_flight")) == (0, 0)


async def test_a_job_is_told_while_it_is_worked_on() -> None:
    seen: list[float] = []

    async def run(_: Job) -> None:
        seen.append(told("jobs_in_flight"))

    await measured(run)(made_job())
    assert (seen, told("jobs_in_flight")) == ([1], 0)


async def test_jobs_that_are_not_over_are_told_with_the_age_of_the_oldest() -> None:
    jobs = FakeJobStore()
    now = datetime.now(UTC)
    for number in (1, 2):
        await jobs.add(made_job(number, created_at=now.replace(year=now.year - number)))
    counting = asyncio.create_task(count_jobs(jobs))
    await until(lambda: told("jobs", state="queued") == 2)
    counting.cancel()
    assert told("oldest_job_seconds", state="queued") == pytest.approx(2 * 365.25 * 86_400, rel=0.01)
    assert (told("jobs", state="running"), told("oldest_job_seconds", state="running")) == (0, 0)


@servers
async def test_messages_that_no_worker_has_taken_are_told(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_consuming, "LAG_SECONDS", 0.1)
    name = f"lag-{datetime.now(UTC).timestamp():.0f}"
    broker = KafkaBroker(bootstrap_servers=(kafka,), topic=name, group=name, partitions=4, look_seconds=3_600)
    async with KafkaDoorbell(broker) as doorbell, doorbell.rings() as rings:
        await doorbell.ring({"job-0": None})
        await anext(rings)
        await doorbell.ring({f"job-{number}": None for number in range(1, 9)})
        await until(lambda: told("doorbell_lag") == 8)
        for _ in range(8):
            await anext(rings)
        await until(lambda: told("doorbell_lag") == 0)


def _name(metric: MetricWrapperBase) -> str:
    [family] = metric.collect()
    return f"{family.name}_total" if isinstance(metric, Counter) else str(family.name)
