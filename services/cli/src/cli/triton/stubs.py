"""Watches the Python processes under tritonserver, because it keeps calling a model ready whose process is dead.

Seen with 2.51: after SIGKILL of the stub, `/v2/models/…/ready` answers 200 for ever, and each request fails.
"""

from pathlib import Path

PROC = Path("/proc")


def children_of(parent: int) -> frozenset[int]:
    return frozenset(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and _is_child(entry, parent))


def is_alive(process: int) -> bool:
    status = _status(PROC / str(process))
    return status is not None and status[0] != "Z"


def _is_child(entry: Path, parent: int) -> bool:
    status = _status(entry)
    return status is not None and int(status[1]) == parent


def _status(entry: Path) -> list[str] | None:
    """State, parent and what follows; None for a process that has ended meanwhile."""
    try:
        # The name before, in parentheses, may itself hold spaces and parentheses.
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
