"""A bundle of two small files, and stores that take it from a hub of the test's own."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.weights import hub as hub_module
from cli.weights.lock import Bundle, HubSource, LockedFile, Source
from cli.weights.store import BundleStore
from tests.stack.hub import Hub, serve

CONTENTS = {"config.json": b'{"a": 1}', "model.bin": bytes(range(256)) * 4_000}
"""A megabyte: several reads of the socket."""
HUB_SOURCE = HubSource(repository="someone/small", revision="abc")


def locked(name: str, content: bytes) -> LockedFile:
    return LockedFile(name=name, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@pytest.fixture
def bundle_from() -> Callable[..., Bundle]:
    def bundle(*sources: Source) -> Bundle:
        files = tuple(locked(name, content) for name, content in CONTENTS.items())
        return Bundle(name="small", description="", license="MIT", files=files, sources=sources)

    return bundle


@pytest.fixture
def hub_bundle(bundle_from: Callable[..., Bundle]) -> Bundle:
    return bundle_from(HUB_SOURCE)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(hub_module, "PAUSE_SECONDS", 0.01)
    with serve(Hub({f"/someone/small/resolve/abc/{name}": content for name, content in CONTENTS.items()})) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, hub: Hub) -> BundleStore:
    return BundleStore(tmp_path / "models", hub_endpoint=hub.endpoint)
