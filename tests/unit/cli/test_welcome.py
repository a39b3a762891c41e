"""The ready message: addresses that work from this machine, and a command that survives any path."""

import shlex
from pathlib import Path

import pytest

from cli.welcome import welcome
from gateway.settings import GatewaySettings


def command_in(message: str) -> list[str]:
    (line,) = [line for line in message.splitlines() if line.startswith("    curl")]
    return shlex.split(line)


def test_a_path_with_spaces_stays_one_argument(tmp_path: Path) -> None:
    sample = tmp_path / "my files" / "it's.wav"
    assert command_in(welcome(GatewaySettings(), sample=sample))[-1] == f"file=@{sample}"


@pytest.mark.parametrize(("listening", "reachable"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")])
def test_a_wildcard_is_shown_as_an_address_to_type(tmp_path: Path, listening: str, reachable: str) -> None:
    message = welcome(GatewaySettings(http_host=listening, http_port=81), sample=tmp_path / "a.wav")
    assert f"http://{reachable}:81/v1/audio/transcriptions" in command_in(message)


def test_without_a_sample_the_callers_own_recording_is_named() -> None:
    assert "file=@a-recording-of-yours.wav" in command_in(welcome(GatewaySettings(), sample=None))


def test_the_first_command_sends_a_key_where_one_is_asked_for() -> None:
    assert "Authorization" not in " ".join(command_in(welcome(GatewaySettings(), sample=None)))
    message = welcome(GatewaySettings(http_host="0.0.0.0"), sample=None)
    assert "Authorization: Bearer $EARSHOT_API_KEY" in command_in(message)
    assert "earshot keys create" in message
