"""Cores are what the cgroup and the scheduler allow: a container with two of sixty-four cores has two."""

import os
from pathlib import Path

import pytest

from speechkit.runtime.cores import allowed_cores


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("quota", "allowed"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("max 100000", 8),
        ("6400000 100000", 8),
        ("", 8),
    ],
)
def test_cgroup_version_2(tmp_path: Path, quota: str, allowed: int) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert allowed_cores(cgroup=tmp_path) == allowed


@pytest.mark.parametrize(("quota", "allowed"), [("300000", 3), ("-1", 8)])
def test_cgroup_version_1(tmp_path: Path, quota: str, allowed: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert allowed_cores(cgroup=tmp_path) == allowed


def test_no_cgroup(tmp_path: Path) -> None:
    assert allowed_cores(cgroup=tmp_path) == 8
