"""The facts about a machine that its figures can't be read without."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from speechkit.runtime.cores import allowed_cores

PACKAGES = ("ctranslate2", "faster-whisper", "pywhispercpp", "onnxruntime", "av", "numpy")


def facts() -> list[str]:
    one_minute, _, _ = os.getloadavg()
    return [
        f"{_processor()}, {allowed_cores()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB of memory",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        ", ".join(f"{package} {_version(package)}" for package in PACKAGES),
        f"load before the start: {one_minute:.1f}",
    ]


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
