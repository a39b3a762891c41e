"""The facts about a machine that its figures can't be read without."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from speechkit.runtime.cores import allowed_cores

PACKAGES = ("ctranslate2", "faster-whisper", "pywhispercpp", "onnxruntime", "av", "numpy")


QUIET_LOAD_PER_CORE = 0.25


def facts() -> list[str]:
    return [
        f"{_processor()}, {allowed_cores()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB of memory",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        ", ".join(f"{package} {_version(package)}" for package in PACKAGES),
        f"load before the start: {load():.1f}",
    ]


def load() -> float:
    """Processes that were running or waiting for a core, over the last minute."""
    return os.getloadavg()[0]


def is_quiet() -> bool:
    """Two threads that must share their cores with others wait for one another most of the time."""
    return load() <= QUIET_LOAD_PER_CORE * allowed_cores()


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
