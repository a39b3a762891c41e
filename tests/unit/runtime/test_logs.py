"""One line, one event, the same shape for our lines and other libraries'."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from speechkit.runtime.logs import configure_logs


@pytest.fixture(autouse=True)
def _configuration_of_one_test_alone() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """A captured stderr is no terminal."""
    configure_logs(level="info", log_format="auto")
    with structlog.contextvars.bound_contextvars(request_id="req_1"):
        structlog.get_logger("gateway").info("job_finished", job_id=7)
    (line,) = lines(capsys)
    assert line.pop("timestamp", "").endswith("Z")
    assert line == {"event": "job_finished", "job_id": 7, "level": "info", "logger": "gateway", "request_id": "req_1"}


def test_other_libraries_write_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", log_format="json")
    with structlog.contextvars.bound_contextvars(request_id="req_2"):
        logging.getLogger("some.library").warning("disk %s is full", "sda")
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["request_id"]) == ("disk sda is full", "warning", "req_2")


def test_servers_tell_of_trouble_and_not_of_normal_life(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="info", log_format="json")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").error("it broke")
    assert [line["event"] for line in lines(capsys)] == ["it broke"]


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="warning", log_format="json")
    structlog.get_logger("gateway").info("unimportant")
    structlog.get_logger("gateway").warning("important")
    assert [line["event"] for line in lines(capsys)] == ["important"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tracebacks_do_not_show_what_variables_hold(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    """They hold what people said."""
    configure_logs(level="info", log_format=log_format)  # type: ignore[arg-type]  # parametrized
    transcript = ["the pass", "word is hun", "ter2"]
    try:
        "".join(transcript).index("something else")
    except ValueError:
        structlog.get_logger("gateway").exception("request_failed")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "hunter2" not in written
