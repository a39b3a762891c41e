"""What can go wrong while files are fetched, each with a message for the person at the terminal."""

import errno
from pathlib import Path


class FetchError(Exception):
    """A bundle can't be had; the message says what to do next."""


class SourceFailed(Exception):
    """One source did not deliver; the next one is tried. The message names the source and the reason."""


class DiskFull(FetchError):
    """No other source would help."""

    def __init__(self, directory: Path, *, needed_bytes: int | None = None) -> None:
        needed = f" {needed_bytes / 1e6:.0f} MB are needed there;" if needed_bytes else ""
        super().__init__(
            f"The disk that holds {directory} is full.{needed} free some space, or name a folder on another disk "
            "with EARSHOT_DATA_DIR. What is already fetched is kept, and fetching goes on from there."
        )


def is_disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
