"""Every port of Earshot on one page: what the pipeline and the services need, said without naming a technology.

Implementations are in `speechkit.adapters` (named by technology) and in the tests' fakes (`Fake…`); one contract
suite for each port, in `tests/contract`, holds all of them to the promises written here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from speechkit.domain.audio import Block, Samples
from speechkit.domain.endpoints import (
    Endpoint,
    EndpointChanges,
    EndpointDraft,
    EndpointTest,
    KeptEndpoint,
    ListedModels,
)
from speechkit.domain.errors import InvalidRequest
from speechkit.domain.jobs import Census, Failure, Job, JobFilter, JobState, Progress
from speechkit.domain.keys import ApiKey
from speechkit.domain.limits import KeyLimits, Verdict
from speechkit.domain.modes import Mode, ModeChanges
from speechkit.domain.options import Capabilities, TranscriptionOptions
from speechkit.domain.pcm import PcmFormat
from speechkit.domain.refinement import Refined, Refinement, RefineWarning
from speechkit.domain.transcript import Word
from speechkit.domain.uploads import Piece, Upload
from speechkit.domain.webhooks import Delivery


class SeekableMedia(Protocol):
    """An upload, as a descriptor that a decoder can seek in: an MP4 may have its index at the end."""

    def fileno(self) -> int: ...


class MediaDecoder(Protocol):
    """Any container that holds sound, as blocks of 16 kHz mono samples.

    The content decides the format. Raises UnsupportedMedia for what can't be decoded, AudioTooLong past the limit.
    """

    def decode(self, media: SeekableMedia) -> AbstractAsyncContextManager[AsyncIterator[Block]]:
        """Blocks in order, without gaps, from offset 0; leaving the context stops the decoding at once.

        At most a few blocks are decoded ahead of the reader, whatever the file's length.
        """
        ...


class PcmDecoder(Protocol):
    """Raw samples, while they arrive, as blocks of 16 kHz mono samples."""

    def decode(self, parts: AsyncIterator[bytes], pcm: PcmFormat) -> AbstractAsyncContextManager[AsyncIterator[Block]]:
        """Blocks as those of a MediaDecoder, wherever the parts are cut, in the middle of a sample too.

        A part is taken only when the blocks before it have been. Raises AudioTooLong past the limit.
        """
        ...


class VoiceDetector(Protocol):
    """Tells speech from the rest, frame by frame."""

    frame_samples: int

    def session(self) -> "VoiceDetection":
        """The state of one stream; streams do not disturb one another."""
        ...


class VoiceDetection(Protocol):
    async def probabilities(self, samples: Samples) -> NDArray[np.float32]:
        """One probability of speech for each frame; `len(samples)` is a multiple of `frame_samples`."""
        ...


@dataclass(frozen=True, kw_only=True)
class TimedText:
    """One segment of a window, timed from the window's start."""

    start: float
    end: float
    text: str
    tokens: tuple[int, ...]
    """With the segment's timestamp tokens, as OpenAI gives them."""
    token_texts: tuple[bytes, ...] = ()
    """What each token spells; a timestamp spells nothing."""
    token_logprobs: tuple[float, ...] = ()
    words: tuple[Word, ...] = ()


SILENCE = "silence"


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """What the model heard in one window; NaN where the engine can't say."""

    segments: tuple[TimedText, ...]
    language: str
    language_probability: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    finish: str
    """stop, length, repetition, or silence: a text that the engine itself does not believe, where it was asked for."""


class Recognizer(Protocol):
    """A Whisper that turns one window of at most 30 s into text.

    Raises RecognizerUnavailable when there is none (after its own retries, within the deadline), Overloaded when
    its queue refuses the window, DeadlineExceeded past the deadline, InvalidRequest for what the model refuses,
    UnsupportedOption for what the engine can't do, ModelNotFound for a model that is not loaded.
    """

    async def recognize(
        self, samples: Samples, options: TranscriptionOptions, *, deadline_seconds: float
    ) -> Hypothesis:
        """`deadline_seconds` from now. Cancelling the call cancels the work in the engine."""
        ...

    async def capabilities(self, model: str) -> Capabilities: ...

    async def ready(self, model: str) -> bool:
        """Whether a window sent now would be recognized; never raises."""
        ...


class KeyStore(Protocol):
    """The API keys, kept for good. Every method raises StoreUnavailable when the store can't be reached."""

    async def add(self, key: ApiKey) -> None: ...

    async def find(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, revoked or not."""
        ...

    async def all(self) -> tuple[ApiKey, ...]:
        """Every key that was ever made, the oldest first."""
        ...

    async def revoke(self, key_id: str, *, now: datetime) -> ApiKey | None:
        """The key, which is revoked from now on or was already; None where there is no such key."""
        ...

    async def ready(self) -> bool:
        """Whether keys could be looked up now; never raises."""
        ...


class LimitStore(Protocol):
    """What keys have used of their limits, shared by every gateway and not kept for good.

    The arithmetic is that of `speechkit.domain.limits`, atomically. Every method raises StoreUnavailable when the
    store can't be reached.
    """

    async def admit(self, key_id: str, limits: KeyLimits, *, lease: str, lease_seconds: float) -> Verdict:
        """One more request of the key, under a name of its own; what is refused is not counted."""
        ...

    async def renew(self, key_id: str, *, lease: str, lease_seconds: float) -> None:
        """The request goes on; without this it is given up for dead after `lease_seconds`."""
        ...

    async def finish(self, key_id: str, *, lease: str, audio_seconds: float) -> None:
        """The request is over, and this much audio was transcribed for it."""
        ...

    async def count(self, name: str, *, most: int, per_seconds: float) -> float:
        """One more of what may happen so often in any such time: 0, or how many seconds are left until it may.

        What may not is not counted.
        """
        ...

    async def ready(self) -> bool:
        """Whether requests could be counted now; never raises."""
        ...


class JobStore(Protocol):
    """The job rows, which are the truth about every job. Every method raises StoreUnavailable without a store.

    Moves between states are compare-and-set. What a worker writes names the fence of its claim and returns False,
    changing nothing, once the claim is not the newest or the job is no longer running: cancelled, deleted, finished.
    """

    async def add(self, job: Job) -> Job:
        """The job, queued and waiting to be rung for; both or neither.

        Where its tenant used the idempotency key before, or there is a job of this id, that job instead; raises
        IdempotencyConflict when other words were asked for under the key.
        """
        ...

    async def get(self, job_id: str, *, tenant: str) -> Job | None: ...

    async def page(self, asked: JobFilter) -> tuple[Job, ...]:
        """The newest first."""
        ...

    async def claim(self, *, now: datetime, lease: timedelta) -> Job | None:
        """The fairest waiting job, now running under a new fence; None where nothing waits.

        The tenant who was served the fewest audio seconds comes first. Of its jobs, the one that was asked for first;
        a short one may overtake a long one that has not waited for as long as it lasts. A tenant who comes back after
        a pause has saved up nothing.
        """
        ...

    async def renew(self, job: Job, *, now: datetime, lease: timedelta, progress: Progress) -> bool: ...

    async def complete(
        self,
        job: Job,
        *,
        now: datetime,
        audio_seconds: float,
        language: str,
        warnings: tuple[RefineWarning, ...] = (),
        remembered: bool = True,
    ) -> bool:
        """With the progress that the job given here has. `remembered`: whether any of its windows may have been."""
        ...

    async def fail(self, job: Job, *, now: datetime, failure: Failure) -> bool: ...

    async def put_back(self, job: Job, *, now: datetime, not_before: datetime | None, failure: Failure | None) -> bool:
        """Queued again: for another try after a failure, or, without one, handed back as if it had not been claimed."""
        ...

    async def cancel(self, job_id: str, *, tenant: str, now: datetime) -> Job | None:
        """The job, which is cancelled from now on or was over already; None where there is none."""
        ...

    async def delete(self, job_id: str, *, tenant: str) -> bool:
        """The row with all that hangs on it, in whatever state; False where there is none."""
        ...

    async def redrive(self, job_id: str, *, now: datetime) -> Job | None:
        """A failed job, queued once more with all its tries; None where none has this id, or nothing is left of it."""
        ...

    async def reap(self, *, now: datetime) -> Sequence[Job]:
        """Jobs whose worker died, its lease being over: queued again, or failed after MAX_TRIES. As they are now."""
        ...

    async def outlived(self, *, now: datetime, limit: int) -> Sequence[Job]:
        """Jobs that are to be kept no longer."""
        ...

    async def census(self) -> Mapping[JobState, Census]:
        """Of every tenant's jobs that are not over; a state without any is not there."""
        ...

    async def unrung(self, *, now: datetime, limit: int) -> Mapping[str, str | None]:
        """The jobs whose worker has not been rung for since they were queued, and whose time has come.

        Their ids, each with the trace that the job was asked for in.
        """
        ...

    async def rung(self, job_ids: Sequence[str]) -> None: ...

    async def heard(self, job: Job) -> Mapping[str, bytes]:
        """What was remembered of the job's windows, by their keys."""
        ...

    async def remember(self, job: Job, *, window: str, heard: bytes) -> bool:
        """One finished window, for whoever goes on with the job."""
        ...


class UploadStore(Protocol):
    """The rows of uploads that come in pieces. Every method raises StoreUnavailable without a store.

    Whoever writes has begun to, and is the only one until somebody else begins: what the one before adds then changes
    nothing. So a client comes back at once, even while its broken connection is still open at this end.
    """

    async def add(self, upload: Upload) -> None: ...

    async def get(self, upload_id: str, *, tenant: str) -> Upload | None:
        """Also one whose time is over, until it is deleted."""
        ...

    async def begin(self, upload: Upload) -> Upload | None:
        """The upload, now this writer's; None where there is none, or not at this offset any more."""
        ...

    async def extend(self, upload: Upload, *, piece: Piece, expires_at: datetime) -> Upload | None:
        """The upload with one more piece, still this writer's; None, adding nothing, where it has become another's."""
        ...

    async def pieces(self, upload: Upload) -> tuple[Piece, ...]:
        """In their order."""
        ...

    async def delete(self, upload: Upload) -> None:
        """Without complaint where there is none."""
        ...

    async def expired(self, *, now: datetime, limit: int) -> Sequence[Upload]: ...


@dataclass(frozen=True, kw_only=True)
class SealedSecrets:
    """What signs a tenant's webhooks, as a Sealer has sealed it."""

    current: bytes
    previous: bytes | None = None
    previous_until: datetime | None = None


class DeliveryStore(Protocol):
    """Webhooks on their way: the JobStore writes one whenever a job with a callback ends, and with the job it goes.

    Every method raises StoreUnavailable without a store.
    """

    async def of_job(self, job_id: str, *, tenant: str) -> tuple[Delivery, ...]:
        """In the order of what they tell."""
        ...

    async def claim(self, *, now: datetime, lease: timedelta, besides: Collection[str]) -> Delivery | None:
        """The one that has been due for longest, of tenants besides these; another attempt is counted with it.

        When the lease is over and nothing was settled, it is due again.
        """
        ...

    async def settle(self, delivery: Delivery) -> bool:
        """What became of an attempt; False, changing nothing, where it is not the newest or the delivery is over."""
        ...

    async def redeliver(self, delivery_id: str, *, job_id: str, tenant: str, now: datetime) -> Delivery | None:
        """Due once more, whatever became of it; None where there is none."""
        ...

    async def secrets(self, tenant: str, *, unless_there: bytes) -> SealedSecrets:
        """The tenant's, of which the first is this; who asks at the same time gets the same."""
        ...

    async def rotate(self, tenant: str, *, sealed: bytes, previous_until: datetime) -> None:
        """Puts this in the place of the current one, which is the previous one from now on."""
        ...


class EndpointStore(Protocol):
    """The rows of chat endpoints, with their keys sealed. Every method raises StoreUnavailable without a store."""

    async def add(self, endpoint: KeptEndpoint) -> KeptEndpoint:
        """As it is kept: the first of a tenant is its default. Raises NameTaken."""
        ...

    async def get(self, endpoint_id: str, *, tenant: str) -> KeptEndpoint | None: ...

    async def all(self, *, tenant: str) -> tuple[KeptEndpoint, ...]:
        """By name."""
        ...

    async def change(
        self, endpoint_id: str, *, tenant: str, change: Callable[[KeptEndpoint], KeptEndpoint]
    ) -> KeptEndpoint | None:
        """As nobody else changes it meanwhile. One that becomes the default is the only one. Raises NameTaken."""
        ...

    async def delete(self, endpoint_id: str, *, tenant: str) -> bool:
        """False where there is none."""
        ...


ModeWords = Mapping[str, Any]
"""What a tenant says of a mode, by the names of `speechkit.domain.modes.ModeChanges`."""


class ModeStore(Protocol):
    """What tenants say of modes, their own and built-in ones. Every method raises StoreUnavailable without a store."""

    async def add(self, name: str, words: ModeWords, *, tenant: str) -> None:
        """Raises NameTaken."""
        ...

    async def get(self, name: str, *, tenant: str) -> ModeWords | None: ...

    async def all(self, *, tenant: str) -> Mapping[str, ModeWords]:
        """By name."""
        ...

    async def put(self, name: str, words: ModeWords, *, tenant: str) -> None:
        """In the place of what was said before."""
        ...

    async def delete(self, name: str, *, tenant: str) -> bool:
        """False where there is none."""
        ...


class Doorbell(Protocol):
    """Wakes workers when there are jobs; which job it is they ask the JobStore. It may ring too often, or be lost."""

    async def ring(self, jobs: Mapping[str, str | None]) -> None:
        """Ids of jobs, each with its trace for whoever watches rings on their way.

        Returns once the rings are safe with whoever carries them; raises StoreUnavailable otherwise.
        """
        ...

    def rings(self) -> AbstractAsyncContextManager[AsyncIterator[None]]:
        """One item for each time that a worker should look for a job; a ring that was taken comes to nobody else.

        The next is asked for only once there is room for a job, so that a full worker leaves rings to others.
        """
        ...


class Sealer(Protocol):
    """Short texts, unreadable to whoever holds the database alone."""

    def seal(self, plain: bytes, *, about: str) -> bytes: ...

    def unseal(self, sealed: bytes, *, about: str) -> bytes:
        """Raises Internal for what was altered, or was sealed about something else."""
        ...


ReadBlob = Callable[[int, int], Awaitable[bytes]]
"""A stretch of one blob, from a start and of a length; past its end there is nothing."""


class BlobStore(Protocol):
    """Named byte sequences too large for a row, unreadable to whoever holds the disk or the bucket alone.

    Every method raises StoreUnavailable when the store can't be reached.
    """

    async def put(self, name: str, parts: AsyncIterator[bytes]) -> int:
        """Takes the parts as they come, with flat memory; says how many bytes. A broken-off put leaves nothing."""
        ...

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Raises NotFound where there is none, and Internal where what is there was altered."""
        ...

    async def delete(self, name: str) -> None:
        """From the first moment on nobody can read it any more; without complaint where there is none."""
        ...


class EphemeralBlobs(Protocol):
    """Named byte sequences that are in memory alone and end by themselves.

    Every method raises StoreUnavailable when the store can't be reached.
    """

    async def put(self, name: str, parts: AsyncIterator[bytes], *, ttl_seconds: float, limit_bytes: int) -> int:
        """Takes the parts as they come; says how many bytes. A broken-off put leaves nothing.

        Raises UploadTooLarge past the limit, Overloaded when the store has no room.
        """
        ...

    async def read(self, name: str, *, start: int = 0, length: int | None = None) -> bytes:
        """Raises NotFound where there is none, or no more."""
        ...

    async def take(self, name: str) -> bytes:
        """The whole of it, for one caller alone: it is gone with this call. Raises NotFound as `read` does."""
        ...

    async def delete(self, name: str) -> None:
        """Without complaint where there is none."""
        ...

    async def ready(self) -> bool:
        """Whether something could be put now; never raises."""
        ...


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    status: int
    retry_after: str | None = None
    """The header, as the server wrote it."""


class HttpFailure(InvalidRequest):
    """No whole answer came from an address that a user named."""

    def __init__(self, message: str, *, trouble: "HttpTrouble") -> None:
        super().__init__(message, param="url")
        self.trouble = trouble


class HttpTrouble(StrEnum):
    NOT_REACHED = "not_reached"
    """Refused here, or nothing answers there: whoever named the address must not learn which."""
    UNTRUSTED = "untrusted"
    TOO_SLOW = "too_slow"
    BROKEN_OFF = "broken_off"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, kw_only=True)
class HttpReply:
    status: int
    retry_after: str | None
    """The header, as the server wrote it."""
    parts: AsyncIterator[bytes]
    """Of the body, as they arrive."""


class GuardedHttp(Protocol):
    """HTTP to addresses that users name: to public ones, to private ones only where an administrator listed them.

    Raises InvalidRequest for an address that is refused and for one where nothing answers, in the same words, and for
    every other failure on the way, in its own. Nothing an answer says is unpacked, and no cookie is kept.
    """

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The status, whatever it is; redirects are not followed, and the answer's body is not read."""
        ...

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, most_bytes: int, total_seconds: float
    ) -> AbstractAsyncContextManager[HttpReply]:
        """The whole answer, whatever its status; redirects are not followed. Raises HttpFailure, also past a limit."""
        ...

    def fetch(self, url: str, *, most_bytes: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The file there, in parts as they arrive, after a few redirects. Raises UploadTooLarge past the limit."""
        ...


class Refiner(Protocol):
    """Raw transcripts in, refined ones out."""

    async def refine(self, asked: Refinement, *, deadline_seconds: float) -> Refined:
        """Whatever goes wrong, the raw text with a warning that says why, well before the deadline.

        Only a strict caller is told by an error instead: ModeNotFound, RefinerUnavailable, DeadlineExceeded, or
        RefinementFailed. Cancelling the call cancels what the endpoint was asked.
        """
        ...


class Endpoints(Protocol):
    """The chat endpoints of each tenant.

    Raises EndpointNotFound for another tenant's as for none, InvalidRequest for what can't be saved, NameTaken,
    StoreUnavailable without a store, and RefinerUnavailable where the service behind it can't be reached.
    """

    async def create(self, draft: EndpointDraft, *, tenant: str) -> Endpoint:
        """The first of a tenant is its default."""
        ...

    async def get(self, endpoint_id: str, *, tenant: str) -> Endpoint: ...

    async def all(self, *, tenant: str) -> tuple[Endpoint, ...]:
        """By name."""
        ...

    async def update(self, endpoint_id: str, changes: EndpointChanges, *, tenant: str) -> Endpoint:
        """A new URL clears the result of the last test."""
        ...

    async def duplicate(self, endpoint_id: str, *, tenant: str, name: str = "") -> Endpoint:
        """With its key and the result of its last test; without the result where the key can't be copied."""
        ...

    async def delete(self, endpoint_id: str, *, tenant: str) -> tuple[str, ...]:
        """Its key too. Names of the modes that need another endpoint now."""
        ...

    async def test(self, tested: str | EndpointDraft, *, tenant: str) -> EndpointTest:
        """Of a saved endpoint, by its id, or of a draft; the former's result is kept."""
        ...

    async def models(self, listed: str | EndpointDraft, *, tenant: str) -> ListedModels: ...


class Modes(Protocol):
    """The modes of each tenant, the built-in ones among them.

    Raises ModeNotFound, InvalidRequest for what can't be saved, NameTaken, EndpointNotFound for an endpoint that is not
    the tenant's, StoreUnavailable without a store, and RefinerUnavailable where the service behind it can't be reached.
    """

    async def create(self, draft: Mode, *, tenant: str) -> Mode: ...

    async def get(self, name: str, *, tenant: str) -> Mode: ...

    async def all(self, *, tenant: str) -> tuple[Mode, ...]:
        """The built-in ones, then the tenant's own by name."""
        ...

    async def update(self, name: str, changes: ModeChanges, *, tenant: str) -> Mode:
        """A built-in one is changed for this tenant alone."""
        ...

    async def delete(self, name: str, *, tenant: str) -> None:
        """A built-in one is from then on as it was at first."""
        ...
