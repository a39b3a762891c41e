"""A peer that can't be loaded says why, and leaves no process behind."""

import pytest

from tests.peers.engines import Engine, EngineSpec
from tests.peers.process import Absent, PeerProcess


def test_a_peer_without_its_weights_is_absent_with_the_reason() -> None:
    spec = EngineSpec(engine=Engine.FASTER_WHISPER, weights="/nowhere/at/all", threads=1, precision="int8")
    with pytest.raises(Absent, match="nowhere"):
        PeerProcess("peer for a test", spec)
