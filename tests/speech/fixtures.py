"""pytest fixtures that bring recorded speech, named by what is heard.

Loaded by `pytest_plugins` in tests/conftest.py. They install the small tier when it is missing, once a session.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.speech.clips import Clip, clips
from tests.speech.install import install
from tests.speech.packages import Tier


@pytest.fixture(scope="session")
def speech() -> Callable[[str], Clip]:
    """A clip of the small tier by its name."""
    install(tier=Tier.SMALL)
    found = {clip.name: clip for set_name in ("readings", "telephone-call") for clip in clips(set_name)}
    return found.__getitem__


@pytest.fixture(scope="session")
def beckett(speech: Callable[[str], Clip]) -> Clip:
    """10 s: "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better." """
    return speech("beckett")


@pytest.fixture(scope="session")
def two_cities(speech: Callable[[str], Clip]) -> Clip:
    """44 s, one voice without long pauses: needs at least two windows."""
    return speech("two_cities")


@pytest.fixture(scope="session")
def telephone_call(speech: Callable[[str], Clip]) -> Clip:
    """30 s of a telephone call: seven seconds of nothing, then two speakers who interrupt one another."""
    return speech("telephone_call")


@pytest.fixture(scope="session")
def dialogue(speech: Callable[[str], Clip]) -> Clip:
    """28 s of two actors, with pauses; its words are not written down here."""
    return speech("dialogue")


@pytest.fixture(scope="session")
def speech_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a session may write audio that it makes from clips."""
    return tmp_path_factory.mktemp("speech")
