"""The list of speech packages is complete, and what is pinned is pinned for good."""

import re

import pytest

from tests.speech.clips import clips
from tests.speech.packages import Kind, Package, Tier, package_folder, packages
from tests.speech.sources import SOURCES

PYTHON_PACKAGES = [package for package in packages(tier=Tier.WIDE) if package.kind is not Kind.DEBIAN]


@pytest.mark.parametrize("package", PYTHON_PACKAGES, ids=lambda package: package.name)
def test_every_python_package_is_pinned_by_version_and_hash(package: Package) -> None:
    assert package.version
    assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)


def test_the_small_tier_needs_no_debian() -> None:
    assert all(package.kind is not Kind.DEBIAN for package in packages(tier=Tier.SMALL))


def test_the_wide_tier_holds_the_small_one() -> None:
    assert set(packages(tier=Tier.SMALL)) < set(packages(tier=Tier.WIDE))


@pytest.mark.parametrize("package", PYTHON_PACKAGES, ids=lambda package: package.name)
def test_another_version_of_a_package_gets_another_folder(package: Package) -> None:
    assert package_folder(package.name).name == f"{package.name}-{package.version}"


def test_every_set_has_a_name_of_its_own() -> None:
    names = [source.set_name for source in SOURCES]
    assert len(names) == len(set(names))


def test_a_set_that_is_not_installed_says_how_to_install_it() -> None:
    with pytest.raises(LookupError, match=r"tests\.speech\.install --wide"):
        clips("no-such-set")
