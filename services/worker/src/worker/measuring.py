"""What is counted of jobs and webhooks, and where they stand in traces and logs.

The first try of a job and the first sending of a webhook belong to the trace that the job was asked for in; whatever is
repeated, perhaps days later, begins one of its own, with a link to that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import structlog
from opentelemetry.trace import SpanKind, get_current_span

from speechkit.domain.errors import StoreUnavailable
from speechkit.domain.jobs import Census, Failure, Job, JobState
from speechkit.domain.webhooks import Delivery
from speechkit.ports import JobStore
from speechkit.runtime import metrics
from speechkit.runtime.tracing import Value, continued, mark_failed, retried, span

WORKER_DIED = "worker_died"
CENSUS_SECONDS = 15.0
"""About as often as Prometheus asks."""


def measured(run: Callable[[Job], Awaitable[None]]) -> Callable[[Job], Awaitable[None]]:
    async def run_measured(job: Job) -> None:
        if job.fence == 1:
            metrics.JOB_WAIT_SECONDS.observe(_age_seconds(job))
        attributes: dict[str, Value] = {"earshot.model": job.options.model, "earshot.audio_bytes": job.audio_bytes}
        with (
            structlog.contextvars.bound_contextvars(job_id=job.id),
            metrics.JOBS_IN_FLIGHT.track_inprogress(),
            _tried("job", job.traceparent, job_id=job.id, tries=job.tries, attributes=attributes),
        ):
            await run(job)

    return run_measured


async def count_jobs(jobs: JobStore, *, every_seconds: float = CENSUS_SECONDS) -> None:
    """Those that are not over, in the whole installation, for as long as there is a store to ask."""
    while True:
        with suppress(StoreUnavailable):  # the time of the last count tells
            _tell(await jobs.census(), now=datetime.now(UTC))
        await asyncio.sleep(every_seconds)


@contextmanager
def delivery_span(delivery: Delivery) -> Iterator[None]:
    with (
        structlog.contextvars.bound_contextvars(job_id=delivery.job_id),
        _tried("webhook", delivery.traceparent, job_id=delivery.job_id, tries=delivery.attempts, attributes={}),
    ):
        yield


def count_end(job: Job, state: JobState, failure: Failure | None = None) -> None:
    metrics.JOBS_ENDED.labels(state.value, failure.reason.value if failure else "").inc()
    metrics.JOB_SECONDS.labels(state.value).observe(_age_seconds(job))
    if failure:
        mark_failed(get_current_span(), failure.reason.value)


def count_repeat(failure: Failure) -> None:
    metrics.JOBS_REPEATED.labels(failure.reason.value).inc()
    mark_failed(get_current_span(), failure.reason.value)


def count_reaped(job: Job) -> None:
    """As it is after its worker died."""
    if job.state.final:
        count_end(job, job.state, job.failure)
    else:
        metrics.JOBS_REPEATED.labels(WORKER_DIED).inc()


def _tell(census: Mapping[JobState, Census], *, now: datetime) -> None:
    for state in (state for state in JobState if not state.final):
        found = census.get(state)
        metrics.JOBS.labels(state.value).set(found.count if found else 0)
        oldest_seconds = (now - found.oldest).total_seconds() if found else 0.0
        metrics.OLDEST_JOB_SECONDS.labels(state.value).set(max(0.0, oldest_seconds))
    metrics.LAST_CENSUS.set(now.timestamp())


@contextmanager
def _tried(name: str, asked_in: str | None, *, job_id: str, tries: int, attributes: dict[str, Value]) -> Iterator[None]:
    told = attributes | {"earshot.job_id": job_id, "earshot.try": tries}
    if tries > 1:
        with retried(asked_in) as links, span(name, kind=SpanKind.CONSUMER, attributes=told, links=links):
            yield
    else:
        with continued(asked_in), span(name, kind=SpanKind.CONSUMER, attributes=told):
            yield


def _age_seconds(job: Job) -> float:
    return max(0.0, (datetime.now(UTC) - job.created_at).total_seconds())
