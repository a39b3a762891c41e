"""Settings: each one bounded and explained, and a wrong one named in a line that a person understands."""

import typing
from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le
from pydantic import Field
from pydantic.fields import FieldInfo

from cli.settings import ServeSettings
from gateway.settings import GatewaySettings
from postprocess.settings import PostprocessSettings
from speechkit.runtime.settings import BadSettings, Settings, load_settings
from worker.settings import WorkerSettings

KINDS: tuple[type[Settings], ...] = (GatewaySettings, WorkerSettings, PostprocessSettings, ServeSettings)
UNITS = ("_seconds", "_bytes", "_port", "_in_flight", "threads", "_slots", "_per_hour")

EVERY_SETTING = {name: field for kind in KINDS for name, field in kind.model_fields.items()}
NUMBERS = {
    name: field
    for name, field in EVERY_SETTING.items()
    if field.annotation in (int, float) or typing.get_origin(field.annotation) in (int, float)
}


@pytest.mark.parametrize("name", EVERY_SETTING)
def test_every_setting_is_explained(name: str) -> None:
    assert len(EVERY_SETTING[name].description or "") > 20


def test_numbers_are_found() -> None:
    assert {"http_port", "request_deadline_seconds", "max_upload_bytes"} <= set(NUMBERS)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_unit_in_its_name_and_bounds_on_both_sides(name: str) -> None:
    assert name.endswith(UNITS)
    assert _bounded(NUMBERS[name], Ge, Gt)
    assert _bounded(NUMBERS[name], Le)


def _bounded(field: FieldInfo, *kinds: type) -> bool:
    return any(isinstance(rule, kinds) for rule in field.metadata)


def test_variables_of_the_environment_win_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_HTTP_PORT", "9090")
    monkeypatch.setenv("EARSHOT_DATA_DIR", "/data")
    settings = load_settings(GatewaySettings)
    assert (settings.http_port, settings.data_dir) == (9090, Path("/data"))


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """compose.yaml and Helm write `EARSHOT_HTTP_PORT=` for what was left out."""
    monkeypatch.setenv("EARSHOT_HTTP_PORT", "")
    assert load_settings(GatewaySettings).http_port == 8080


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("EARSHOT_HTTP_PORT", "http", "valid integer"),
        ("EARSHOT_HTTP_PORT", "70000", "less than or equal to 65535"),
        ("EARSHOT_REQUEST_DEADLINE_SECONDS", "0", "greater than 0"),
        ("EARSHOT_RECOGNIZER", "cloud", "'triton' or 'embedded'"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSettings) as caught:
        load_settings(GatewaySettings)
    message = str(caught.value)
    assert message.startswith(f"{variable}={value}: ")
    assert told in message
    assert "\n" not in message


def test_two_wrong_values_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_HTTP_PORT", "http")
    monkeypatch.setenv("EARSHOT_LOG_LEVEL", "loud")
    with pytest.raises(BadSettings, match=r"EARSHOT_LOG_LEVEL=loud: .*; EARSHOT_HTTP_PORT=http: "):
        load_settings(GatewaySettings)


def test_a_wrong_list_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listed(Settings):
        names: tuple[str, ...] = Field(default=(), description="Several names, written as a JSON list.")

    monkeypatch.setenv("EARSHOT_NAMES", "a,b")
    with pytest.raises(BadSettings, match="names") as caught:
        load_settings(Listed)
    assert "\n" not in str(caught.value)
