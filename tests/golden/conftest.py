"""Golden files: what the code writes, compared byte by byte; `make golden` writes them anew, to be read as a diff."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def same_as_golden() -> Callable[[Path, bytes], None]:
    def compare(golden: Path, written: bytes) -> None:
        if os.environ.get("EARSHOT_REWRITE_GOLDEN"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_bytes(written)
        assert golden.read_bytes() == written

    return compare
