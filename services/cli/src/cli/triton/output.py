"""The file that tritonserver writes its log to: kept small while it runs, and quoted when a start fails."""

import os
import re
from pathlib import Path
from typing import Self

LIMIT_BYTES = 8 << 20
"""Days of a normal log; two of them are kept."""
QUOTED_LINES = 12
ALL_IS_WELL = re.compile(rb"^(I\d{4} |[|+])")
"""Information, and the tables that it comes with."""


class LogFile:
    """Opened for appending, so that it can be cut to nothing under the feet of the process that writes it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._previous = path.with_suffix(".previous.log")
        if path.exists():
            path.replace(self._previous)
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def trim(self) -> None:
        if self._path.stat().st_size > LIMIT_BYTES:
            self._previous.write_bytes(self._path.read_bytes())
            os.truncate(self._path, 0)

    def ending(self) -> str:
        """The last lines that say more than that all is well."""
        lines = [line for line in self._path.read_bytes().splitlines() if line and not ALL_IS_WELL.match(line)]
        quoted = b"\n    ".join(lines[-QUOTED_LINES:]).decode(errors="replace")
        return f"Its log, {self._path}, ends with:\n    {quoted}" if quoted else f"Its log is {self._path}."
