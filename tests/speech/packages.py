"""The list of packages that carry recorded speech, as dataclasses.

How they are fetched is the matter of `tests.speech.install`; which clips they hold, of `tests.speech.sources`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LIST = Path(__file__).with_name("packages.toml")
REPOSITORY = Path(__file__).resolve().parents[2]
SPEECH_DIR = REPOSITORY / "build" / "speech"
UNPACKED_DIR = SPEECH_DIR / "packages"


class Tier(StrEnum):
    SMALL = "small"
    WIDE = "wide"


class Kind(StrEnum):
    WHEEL = "wheel"
    SDIST = "sdist"
    DEBIAN = "debian"


@dataclass(frozen=True, kw_only=True)
class Package:
    alternatives: tuple[str, ...]
    kind: Kind
    tier: Tier
    version: str = ""
    """Empty for Debian: whatever the distribution has."""
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.alternatives[0]

    @property
    def folder(self) -> Path:
        """Where it lies unpacked; a new version gets a new folder, so a stale one is never read."""
        return UNPACKED_DIR / "-".join(part for part in (self.name, self.version) if part)


def packages(*, tier: Tier) -> Sequence[Package]:
    """What a tier needs; the wide one includes the small one."""
    wanted = {Tier.SMALL} if tier is Tier.SMALL else {Tier.SMALL, Tier.WIDE}
    return [package for package in _listed() if package.tier in wanted]


def package_folder(name: str) -> Path:
    """Where the package of this name lies, once it is installed."""
    return next(package.folder for package in _listed() if package.name == name)


def _listed() -> list[Package]:
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    python = [
        Package(
            alternatives=(entry["name"],),
            kind=Kind(entry["kind"]),
            tier=Tier(entry["tier"]),
            version=entry["version"],
            sha256=entry["sha256"],
        )
        for entry in listed["python"]
    ]
    debian = [
        Package(alternatives=tuple(entry["name"].split("|")), kind=Kind.DEBIAN, tier=Tier.WIDE)
        for entry in listed["debian"]
    ]
    return python + debian
