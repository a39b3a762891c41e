"""Weights from a hub: whole and right, or not there at all, whatever the server and the network do."""

from pathlib import Path

import pytest

from cli.weights.errors import FetchError
from cli.weights.lock import Bundle
from cli.weights.store import BundleStore
from tests.stack.hub import Hub

from .conftest import CONTENTS

MODEL = "/someone/small/resolve/abc/model.bin"


def contents_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if not path.name.startswith(".")}


def ranges_asked(hub: Hub) -> list[str | None]:
    return [asked for path, asked in hub.requests if path == MODEL]


def test_every_file_arrives_and_nothing_else_stays(store: BundleStore, hub_bundle: Bundle) -> None:
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS
    assert not (store.path(hub_bundle) / ".incoming").exists()


def test_a_redirect_to_another_server_is_followed(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.redirects = True
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS


def test_a_connection_that_breaks_is_taken_up_where_it_broke(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.cut_after_bytes = [len(CONTENTS["config.json"]), 300_000, 400_000]
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS
    assert ranges_asked(hub) == [None, "bytes=300000-", "bytes=700000-"]


def test_a_body_of_unknown_length_that_ends_early_is_taken_up_too(
    store: BundleStore, hub: Hub, hub_bundle: Bundle
) -> None:
    hub.tells_length = False
    hub.cut_after_bytes = [len(CONTENTS["config.json"]), 300_000]
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS


def test_a_new_start_goes_on_where_the_last_one_stopped(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.cut_after_bytes = [len(CONTENTS["config.json"]), 300_000, 0, 0, 0]
    with pytest.raises(FetchError):
        store.ensure(hub_bundle)
    hub.requests.clear()
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS
    assert hub.requests == [(MODEL, "bytes=300000-")]


def test_a_server_without_ranges_sends_the_file_anew(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.supports_ranges = False
    hub.cut_after_bytes = [len(CONTENTS["config.json"]), 300_000]
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS


def test_a_left_over_part_of_something_else_does_not_spoil_the_file(
    store: BundleStore, hub: Hub, hub_bundle: Bundle
) -> None:
    incoming = store.path(hub_bundle) / ".incoming"
    incoming.mkdir(parents=True)
    (incoming / "model.bin.part").write_bytes(b"x" * 300_000)
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS
    assert ranges_asked(hub) == ["bytes=300000-", None]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_asked_again(store: BundleStore, hub: Hub, hub_bundle: Bundle, status: int) -> None:
    hub.statuses = [status, status]
    assert contents_of(store.ensure(hub_bundle)) == CONTENTS


def test_a_wrong_file_is_deleted_and_the_message_says_so(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.files[MODEL] = b"evil" + CONTENTS["model.bin"][4:]
    with pytest.raises(FetchError, match=r"model\.bin has the wrong sha256") as raised:
        store.ensure(hub_bundle)
    assert "deleted unused" in str(raised.value)
    assert not [path for path in store.path(hub_bundle).rglob("*") if path.name.startswith("model.bin")]


def test_a_file_that_is_too_long_is_not_read_to_its_end(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.files[MODEL] = CONTENTS["model.bin"] + b"more"
    with pytest.raises(FetchError, match="longer than the lock file says"):
        store.ensure(hub_bundle)


def test_a_file_that_is_too_short_is_given_up(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    hub.files[MODEL] = CONTENTS["model.bin"][:-1]
    with pytest.raises(FetchError, match=f"after {len(CONTENTS['model.bin']) - 1} of {len(CONTENTS['model.bin'])}"):
        store.ensure(hub_bundle)


def test_a_missing_file_names_its_address(store: BundleStore, hub: Hub, hub_bundle: Bundle) -> None:
    del hub.files[MODEL]
    with pytest.raises(FetchError, match=f"{hub.endpoint}{MODEL}: the server answered 404"):
        store.ensure(hub_bundle)


def test_an_unreachable_hub_names_what_to_check(tmp_path: Path, hub_bundle: Bundle) -> None:
    store = BundleStore(tmp_path, hub_endpoint="http://127.0.0.1:9")
    with pytest.raises(FetchError, match="no connection") as raised:
        store.ensure(hub_bundle)
    assert "HF_ENDPOINT" in str(raised.value)
    assert "HTTPS_PROXY" in str(raised.value)
