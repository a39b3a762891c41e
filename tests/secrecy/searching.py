"""Looks for bytes wherever a process can leave them: folders, and files that it has open, deleted ones too."""

import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import psutil

PIECE = 8 * 1024 * 1024


def found_in_folders(folders: Iterable[Path], wanted: Sequence[bytes]) -> list[Path]:
    return [path for folder in folders for path in _files(folder) if _holds(path, wanted)]


def found_in_open_files(processes: Iterable[psutil.Process], wanted: Sequence[bytes]) -> list[str]:
    """Of these processes and their children; memory that has a descriptor is memory."""
    return [
        f"{path.readlink()} of {pid}"
        for pid in sorted({pid for process in processes for pid in _family(process)})
        for path in _open_files(pid)
        if _holds(path, wanted)
    ]


def memory_files(processes: Iterable[psutil.Process], wanted: Sequence[bytes]) -> list[str]:
    """Descriptors of memory that hold any of it."""
    return [
        str(path)
        for pid in sorted({pid for process in processes for pid in _family(process)})
        for path in _descriptors(pid)
        if _target(path).startswith("/memfd:") and _holds(path, wanted)
    ]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        try:
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
        except FileNotFoundError:
            continue  # servers tidy up while we look


def _holds(path: Path, wanted: Sequence[bytes]) -> bool:
    overlap = max(map(len, wanted)) - 1
    try:
        with path.open("rb") as file:
            tail = b""
            while piece := file.read(PIECE):
                if any(each in tail + piece for each in wanted):
                    return True
                tail = piece[-overlap:]
    except OSError:
        return False
    return False


def _family(process: psutil.Process) -> list[int]:
    return [process.pid, *(child.pid for child in process.children(recursive=True))]


def _open_files(pid: int) -> Iterator[Path]:
    for path in _descriptors(pid):
        target = _target(path)
        if target.startswith("/") and not target.startswith(("/memfd:", "/dev/", "/proc/", "/sys/")):
            yield path


def _descriptors(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return []


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
