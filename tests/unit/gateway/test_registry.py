"""The file of served models: names, aliases and defaults that reach the recognizer, and one line for what is wrong."""

from pathlib import Path

import httpx
import pytest

from gateway.settings import GatewaySettings
from speechkit.domain.options import TEMPERATURE_LADDER
from speechkit.runtime.settings import BadSettings, load_settings
from tests.doors.forms import wav
from tests.doors.gateway import TRANSCRIPTIONS, FakeGateway

REGISTRY = """
[[models]]
name = "acme/support"
triton_model = "whisper-base"
aliases = ["whisper-1"]
language = "de"
prompt = "Guten Tag"
keywords = ["Earshot", "Köln"]
temperature = 0.2

[[models]]
name = "whisper-base"
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(REGISTRY, encoding="utf-8")
    return path


@pytest.fixture
def gateway(registry: Path) -> FakeGateway:
    return FakeGateway(settings=GatewaySettings(served_models=registry))


async def transcribe(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post(TRANSCRIPTIONS, data=fields, files={"file": ("speech.wav", wav(1))})


async def test_names_and_aliases_are_listed_and_retrieved_with_a_slash_in_either_spelling(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/v1/models")).json()["data"]
    assert [model["id"] for model in listed] == ["acme/support", "whisper-1", "whisper-base"]
    for spelling in ("acme/support", "acme%2Fsupport"):
        assert (await client.get(f"/v1/models/{spelling}")).json()["id"] == "acme/support"


@pytest.mark.parametrize("name", ["acme/support", "whisper-1"])
async def test_defaults_fill_what_a_request_leaves_unsaid(
    gateway: FakeGateway, client: httpx.AsyncClient, name: str
) -> None:
    assert (await transcribe(client, model=name)).status_code == 200
    options = gateway.recognizer.calls[0].options
    assert (options.model, options.language, options.prompt) == ("whisper-base", "de", "Guten Tag")
    assert (options.hotwords, options.temperatures) == ("Earshot, Köln", (0.2,))


async def test_what_a_request_says_goes_before_the_defaults(gateway: FakeGateway, client: httpx.AsyncClient) -> None:
    said = {"language": "en", "prompt": "Hello", "keywords[]": "York", "temperature": "0"}
    await transcribe(client, model="whisper-1", **said)
    options = gateway.recognizer.calls[0].options
    assert (options.language, options.prompt, options.hotwords) == ("en", "Hello", "York")
    assert options.temperatures == TEMPERATURE_LADDER


async def test_names_that_the_file_does_not_have_are_not_served(client: httpx.AsyncClient) -> None:
    assert (await transcribe(client, model="gpt-4o-transcribe")).status_code == 404


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("models = 3", "models: Input should be a valid list"),
        ("", "models: Field required"),
        ("models = []", "models: List should have at least 1 item"),
        ("[[models]]\nnmae = 'a'", "models.0.name: Field required"),
        ("[[models]]\nname = 'a'\nlangauge = 'de'", "models.0.langauge: Extra inputs are not permitted"),
        ("[[models]]\nname = 'a'\nlanguage = 'klingon'", "Invalid language 'klingon'"),
        ("[[models]]\nname = 'a'\ntemperature = 2.0", "models.0.temperature: Input should be less than or equal to 1"),
        ("[[models]]\nname = 'a'\naliases = ['b', 'a']", "'a' is the name of two models"),
        ("[[models]", "is not TOML"),
    ],
)
def test_a_bad_file_is_one_line_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, complaint: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("EARSHOT_SERVED_MODELS", str(path))
    with pytest.raises(BadSettings) as caught:
        load_settings(GatewaySettings)
    assert str(caught.value).startswith(f"EARSHOT_SERVED_MODELS={path}: ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_SERVED_MODELS", str(tmp_path / "none.toml"))
    with pytest.raises(BadSettings, match="can't be read: No such file"):
        load_settings(GatewaySettings)
