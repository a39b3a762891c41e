"""Jobs: transcriptions asked for now and fetched later; their states, their legal moves, and which tries are repeated.

Pure: times are passed in. Where rows are kept is the matter of the JobStore port, who works on them of the worker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from speechkit.domain.errors import InvalidRequest, Reason
from speechkit.domain.options import TranscriptionOptions
from speechkit.domain.refined import ModeChoice
from speechkit.domain.refinement import RefineWarning

MAX_TRIES = 6
"""Of one job, by workers that died over it or met a fault that may pass."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)

MAX_SECURE_BYTES = 512 * 1024 * 1024
"""Of a secure job's audio, which lies in memory until a worker has heard it."""
DEFAULT_TTL_SECONDS = 900
LONGEST_TTL_SECONDS = 36_000

MAX_IDEMPOTENCY_KEY_CHARACTERS = 255
MAX_TITLE_CHARACTERS = 120

MAY_PASS = frozenset(
    {
        Reason.OVERLOADED,
        Reason.RECOGNIZER_UNAVAILABLE,
        Reason.REFINER_UNAVAILABLE,
        Reason.STORE_UNAVAILABLE,
        Reason.DEADLINE_EXCEEDED,
        Reason.INTERNAL,
    }
)
"""What another try may end differently; a file that can't be decoded stays one."""


OUTAGES = frozenset(
    {Reason.OVERLOADED, Reason.RECOGNIZER_UNAVAILABLE, Reason.REFINER_UNAVAILABLE, Reason.STORE_UNAVAILABLE}
)
"""None of the job's doing: an evening without a model server must not fail what was accepted."""
MAX_OUTAGE_TRIES = 36
"""Some five hours of them."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Nothing happens any more by itself; a person may still send a failed job round again."""
        return self in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED}),
    JobState.COMPLETED: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Progress:
    windows_done: int = 0
    windows_known: int = 0
    """Grows while the file is still being decoded."""
    seconds_done: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    reason: Reason
    message: str


WORKERS_DIED = Failure(
    reason=Reason.INTERNAL,
    message="Workers died over this job, again and again. The server's administrator finds the reason in its log.",
)
SECURE_WORKER_DIED = Failure(
    reason=Reason.INTERNAL,
    message="The worker that had this secure job died, and nothing of it is kept for another. Send the audio again.",
)


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is known of a job; its audio and its transcript are blobs under names that follow from its id."""

    id: str
    tenant: str
    model: str
    """The served name that was asked for; `options.model` is the Triton model behind it."""
    options: TranscriptionOptions
    """Without hints, which are words that may tell what is spoken about: they lie with the audio."""
    has_hints: bool = False
    audio_bytes: int
    created_at: datetime
    keep_until: datetime | None = None
    """When everything of the job is deleted; None is never."""
    idempotency_key: str | None = None
    request_digest: str = ""
    """Of all that was asked, the audio included: the same idempotency key must come with the same."""
    ttl_seconds: int | None = None
    """Of a secure job: how long an unread transcript is there. None is a standard job."""
    key_id: str | None = None
    """The API key whose limits its audio counts against."""
    traceparent: str | None = None
    """The trace that it was asked for in, in W3C's words; whoever works on it goes on with that."""
    callback_url: str | None = None
    """Who is told when the job is over."""
    callback_transcript: bool = False
    """Whether what was said is told with it."""
    mode: ModeChoice | None = None
    """What refines its transcript; None: nothing does."""

    state: JobState = JobState.QUEUED
    tries: int = 0
    """Claims of it so far."""
    fence: int = 0
    """The number of the newest claim: only its holder may write."""
    not_before: datetime | None = None
    """While it waits for another try."""
    lease_until: datetime | None = None
    """While it runs: a worker that has not renewed it by then has died."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    audio_seconds: float | None = None
    """Known once it is completed."""
    language: str = ""
    warnings: tuple[RefineWarning, ...] = ()
    """Of a completed job: why its text, or a part of it, is raw although a mode was to refine it."""
    failure: Failure | None = None
    """Why it failed, or why it waits for another try."""

    def __post_init__(self) -> None:
        if self.idempotency_key is not None:
            check_idempotency_key(self.idempotency_key)

    @property
    def secure(self) -> bool:
        """Nothing that was said is on any disk: audio, hints and transcript are in memory, once and not for long."""
        return self.ttl_seconds is not None


@dataclass(frozen=True, kw_only=True)
class Census:
    """Of the jobs in one state."""

    count: int
    oldest: datetime
    """When the one was asked for that waits the longest for its end."""


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which jobs to list, the newest first."""

    tenant: str | None
    """None is every tenant's, for whoever runs the server."""
    states: frozenset[JobState] = frozenset(JobState)
    before: tuple[datetime, str] | None = None
    """The creation and id of the last job of the page before."""
    limit: int = 20


def check_idempotency_key(key: str) -> None:
    if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY_CHARACTERS or not key.isprintable():
        raise InvalidRequest(
            f"An idempotency key must have 1 to {MAX_IDEMPOTENCY_KEY_CHARACTERS} printable characters.",
            param="idempotency_key",
        )


def audio_blob(job_id: str) -> str:
    """The name of what was uploaded."""
    return f"jobs/{job_id}/audio"


def hints_blob(job_id: str) -> str:
    return f"jobs/{job_id}/hints"


def transcript_blob(job: Job) -> str:
    """Of the claim that wrote it, so that a worker who lost the job overwrites nothing."""
    return f"jobs/{job.id}/transcript-{job.fence}"


def estimated_seconds(job: Job) -> float:
    """How much sound an upload holds before anybody has heard it: about as much as compressed speech of its size."""
    return job.audio_bytes / 16_000


def rank(job: Job) -> datetime:
    """The order of a tenant's jobs: a short one overtakes a long one that has not waited for as long as it lasts."""
    return job.created_at + timedelta(seconds=estimated_seconds(job))


def without_worker(job: Job) -> Failure | None:
    """Why a job whose worker died ends with it; None when another goes on with it."""
    if job.secure:
        return SECURE_WORKER_DIED
    return WORKERS_DIED if job.tries >= MAX_TRIES else None


def next_try(*, tries: int, reason: Reason, now: datetime) -> datetime | None:
    """When a job that failed for this reason is to be tried again; None when it has failed for good."""
    if reason not in MAY_PASS or tries >= (MAX_OUTAGE_TRIES if reason in OUTAGES else MAX_TRIES):
        return None
    wait: timedelta = min(LONGEST_RETRY, FIRST_RETRY * 2 ** max(0, tries - 1))
    return now + wait
