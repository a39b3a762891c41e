"""Uploads that come in pieces and may break off between them; once they are whole, each becomes one job's audio.

Pure: times are passed in. Where rows are kept is the matter of the UploadStore port, where the bytes lie of JobBlobs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = timedelta(hours=24)
"""An upload nobody goes on with, counted from its newest piece."""
KEPT_SECURE = timedelta(hours=1)
SWEPT_AFTER = timedelta(minutes=1)
"""Beyond its time: for requests that found it just before."""

MOST_WRITES = 20_000
"""To one upload: each piece is an object and a row, and somebody might send single bytes."""

_ID_PREFIX, _JOB_PREFIX = "upload_", "job_"


@dataclass(frozen=True, kw_only=True)
class Upload:
    id: str
    tenant: str
    size_bytes: int
    """Of the whole file, said before its first byte."""
    secure: bool
    """For a secure job: its pieces are in memory alone."""
    expires_at: datetime
    offset: int = 0
    """So much of it is stored for good."""
    fence: int = 0
    """The number of the newest write: a writer that named an older one changes nothing."""

    @property
    def whole(self) -> bool:
        return self.offset == self.size_bytes


@dataclass(frozen=True, kw_only=True)
class Piece:
    name: str
    """Of its blob."""
    size_bytes: int


def upload_id_of(job_id: str) -> str:
    return _ID_PREFIX + job_id.removeprefix(_JOB_PREFIX)


def job_id_of(upload_id: str) -> str:
    """The one job it can become: a request that is sent again finds what the first one made of the upload."""
    return _JOB_PREFIX + upload_id.removeprefix(_ID_PREFIX)


def piece_blob(upload: Upload) -> str:
    """Of the write that makes it, so that two writers never overwrite each other's."""
    return f"uploads/{upload.id}/{upload.fence}"


def expiry(*, secure: bool, now: datetime) -> datetime:
    return now + (KEPT_SECURE if secure else KEPT)


def pieces_blob(job_id: str) -> str:
    """Which pieces are the audio of a job, where it is not one blob."""
    return f"jobs/{job_id}/pieces"
