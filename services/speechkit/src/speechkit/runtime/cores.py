"""How many processor cores this process may use: what the scheduler and the cgroup allow, not what the host has."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def allowed_cores(*, cgroup: Path = CGROUP) -> int:
    quota = _quota_v2(cgroup) or _quota_v1(cgroup)
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A quota of 1.5 cores is better served by two threads that are throttled a little than by one.
    return max(1, min(affinity, math.ceil(quota) if quota else affinity))


def _quota_v2(cgroup: Path) -> float | None:
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def _quota_v1(cgroup: Path) -> float | None:
    try:
        quota = int((cgroup / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((cgroup / "cpu" / "cpu.cfs_period_us").read_text())
        return quota / period if quota > 0 else None
    except (OSError, ValueError):
        return None
