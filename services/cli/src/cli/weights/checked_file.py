"""Writes one file under a temporary name while its sum is computed, and gives it its name only if the sum is right.

Where the bytes come from is the sources' part.
"""

import hashlib
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.weights.errors import DiskFull, SourceFailed, is_disk_full
from cli.weights.lock import LockedFile

READ_SIZE_BYTES = 1 << 20


class CheckedFile:
    """A context that leaves either the whole, right file, or a `.part` file that `resume` may continue."""

    def __init__(self, locked: LockedFile, *, directory: Path, resume: bool) -> None:
        self._locked = locked
        self._final = directory / locked.name
        self._part = directory / f"{locked.name}.part"
        self._digest = hashlib.sha256()
        self.done_bytes = 0
        if resume and self._part.exists():
            self._read_what_is_there()
        self._file = self._part.open("r+b" if self.done_bytes else "wb")
        self._file.seek(self.done_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        try:
            self._file.close()  # may write what is still buffered
        except OSError as close_error:
            raise self._explained(close_error) from close_error

    def write(self, data: bytes) -> None:
        if self.done_bytes + len(data) > self._locked.size_bytes:
            self._discard()
            raise SourceFailed(f"{self._locked.name} is longer than the lock file says")
        try:
            self._file.write(data)
        except OSError as error:
            raise self._explained(error) from error
        self._digest.update(data)
        self.done_bytes += len(data)

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.done_bytes = 0

    @property
    def complete(self) -> bool:
        return self.done_bytes == self._locked.size_bytes

    def finish(self) -> None:
        """Gives the file its name. Raises SourceFailed, and keeps nothing, when it is not the file of the lock."""
        if not self.complete:
            raise SourceFailed(f"{self._locked.name} ended after {self.done_bytes} of {self._locked.size_bytes} bytes")
        if self._digest.hexdigest() != self._locked.sha256:
            self._discard()
            raise SourceFailed(
                f"{self._locked.name} has the wrong sha256 ({self._digest.hexdigest()}); it was deleted unused"
            )
        try:
            self._file.flush()
        except OSError as error:
            raise self._explained(error) from error
        self._part.replace(self._final)

    def _read_what_is_there(self) -> None:
        if self._part.stat().st_size > self._locked.size_bytes:
            return
        with self._part.open("rb") as part:
            while data := part.read(READ_SIZE_BYTES):
                self._digest.update(data)
                self.done_bytes += len(data)

    def _discard(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _explained(self, error: OSError) -> Exception:
        return DiskFull(self._part.parent) if is_disk_full(error) else error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
