"""Triton's log: kept small while Triton writes it, and quoted without its chatter."""

import os
from pathlib import Path

import pytest

from cli.triton import output
from cli.triton.output import LogFile


def test_the_ending_leaves_out_that_all_is_well(tmp_path: Path) -> None:
    with LogFile(tmp_path / "triton.log") as log:
        os.write(log.descriptor, b"I0101 fine\n| table |\n+---+\n\nerror: creating server: no such model\nI0101 bye\n")
        assert log.ending().endswith("ends with:\n    error: creating server: no such model")


def test_a_long_log_is_cut_under_the_writers_feet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "LIMIT_BYTES", 10)
    with LogFile(tmp_path / "triton.log") as log:
        os.write(log.descriptor, b"old lines, many\n")
        log.trim()
        os.write(log.descriptor, b"new\n")
        log.trim()
    assert (tmp_path / "triton.log").read_bytes() == b"new\n"
    assert (tmp_path / "triton.previous.log").read_bytes() == b"old lines, many\n"


def test_a_new_start_keeps_the_log_of_the_last_one(tmp_path: Path) -> None:
    for line in (b"first\n", b"second\n"):
        with LogFile(tmp_path / "triton.log") as log:
            os.write(log.descriptor, line)
    assert (tmp_path / "triton.previous.log").read_bytes() == b"first\n"
