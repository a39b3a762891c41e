"""Progress: a bar for people, few lines for logs, the end always told."""

import io

import pytest

from cli.weights.progress import metered


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    monkeypatch.setattr("cli.weights.progress.time.monotonic", lambda: next(now))
    stream = io.StringIO()
    with metered("base/model.bin", total_bytes=4_000_000, stream=stream) as meter:
        for done_bytes in (1_000_000, 2_000_000, 4_000_000):
            meter.set(done_bytes)
    assert stream.getvalue().splitlines() == ["base/model.bin: 2.0 of 4.0 MB", "base/model.bin: 4.0 of 4.0 MB"]


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    with metered("base/model.bin", total_bytes=4_000_000, stream=stream) as meter:
        meter.set(4_000_000)
    assert "100%" in stream.getvalue()
