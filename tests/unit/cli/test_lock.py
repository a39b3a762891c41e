"""models.lock: the committed file is whole, and a damaged one is refused before anything is fetched."""

from pathlib import Path

import pytest

from cli.settings import CHECKOUT
from cli.weights.lock import HubSource, LockFileError, PackageSource, read_lock

SHA256 = "0" * 64
GOOD = f"""
[models.small]
description = "d"
license = "MIT"
files = [{{ name = "model.bin", size_bytes = 1, sha256 = "{SHA256}" }}]
sources = [{{ kind = "hub", repository = "a/b", revision = "c" }}]
"""


def read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "models.lock"
    path.write_text(text)
    read_lock(path)


def test_whisper_base_is_the_publishers_file() -> None:
    """The sum that Systran publishes for faster-whisper-base."""
    lock = read_lock(CHECKOUT / "models" / "models.lock")
    sums = {file.name: file.sha256 for file in lock.models["whisper-base"].files}
    assert sums["model.bin"] == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


def test_every_packages_source_holds_every_file() -> None:
    lock = read_lock(CHECKOUT / "models" / "models.lock")
    for bundle in (*lock.models.values(), *lock.samples.values()):
        for source in bundle.sources:
            assert isinstance(source, HubSource | PackageSource)
            if isinstance(source, PackageSource):
                assert set(source.members) == {file.name for file in bundle.files}


def test_a_good_entry_is_read(tmp_path: Path) -> None:
    read(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("part", "replacement"),
    [
        ("model.bin", "../model.bin"),
        ("model.bin", ".hidden"),
        (SHA256, "0" * 63),
        ('kind = "hub"', 'kind = "ftp"'),
        ('license = "MIT"', ""),
        ("size_bytes = 1", "bytes = 1"),
        ("[models.small]", "[models.small"),
        ("[models.small]", "[others.small]"),
    ],
)
def test_a_damaged_entry_is_refused(tmp_path: Path, part: str, replacement: str) -> None:
    with pytest.raises(LockFileError, match=r"models\.lock"):
        read(tmp_path, GOOD.replace(part, replacement))


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(LockFileError, match="EARSHOT_MODELS_SOURCE"):
        read_lock(tmp_path / "models.lock")
