"""Finds the tritonserver that the nvidia-pytriton wheel brought, and tells why it can't run here when it can't.

Installing it is the part of `tools/install-triton`.
"""

import json
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROBE = """
import ctypes, json, os, sys, sysconfig
version = "%d.%d" % sys.version_info[:2]
library = "libpython%s.so.1.0" % version
directories = [d for d in (sysconfig.get_config_var("LIBDIR"), sys.base_prefix + "/lib") if d]
directories = [d for d in directories if os.path.exists(os.path.join(d, library))][:1]
try:
    ctypes.CDLL(os.path.join(directories[0], library) if directories else library)
    problem = None
except OSError:
    problem = library
print(json.dumps({
    "version": version, "missing_library": problem, "library_directories": directories,
    "packages": sysconfig.get_path("purelib"),
}))
"""


class TritonUnavailable(Exception):
    """Triton can't run on this machine as it is; the message says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class TritonEnvironment:
    executables: Path
    """The virtual environment's bin: the Python backend's stub finds its packages by the first python3 in PATH."""
    server: Path
    backend: Path
    """The folder of the Python backend's library, without its stub."""
    stub: Path
    library_directories: tuple[Path, ...]


def find_triton(venv: Path) -> TritonEnvironment:
    """Raises TritonUnavailable."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise TritonUnavailable("Triton's wheel serves Linux x86_64 only.")
    python = venv / "bin" / "python"
    if not python.exists():
        raise TritonUnavailable(_why_not_installed(venv))
    probe = subprocess.run([python, "-I", "-c", PROBE], capture_output=True, text=True, check=False)
    if probe.returncode:
        raise TritonUnavailable(f"{python} does not run: {probe.stderr.strip()}. Delete {venv} and run make again.")
    found = json.loads(probe.stdout)
    if found["missing_library"]:
        raise TritonUnavailable(
            f"Triton's Python backend needs {found['missing_library']}. On Debian and Ubuntu: "
            f"sudo apt-get install libpython{found['version']}"
        )
    packages = Path(found["packages"])
    wheel = packages / "pytriton" / "tritonserver"
    environment = TritonEnvironment(
        executables=venv / "bin",
        server=wheel / "bin" / "tritonserver",
        backend=wheel / "backends" / "python",
        stub=wheel / "python_backend_stubs" / found["version"] / "triton_python_backend_stub",
        library_directories=(packages / "nvidia_pytriton.libs", *map(Path, found["library_directories"])),
    )
    for part in (environment.server, environment.backend, environment.stub):
        if not part.exists():
            raise TritonUnavailable(f"{part} is missing. Delete {venv} and run make again.")
    return environment


def _why_not_installed(venv: Path) -> str:
    """`tools/install-triton` leaves the reason beside the environment that it could not make."""
    try:
        return venv.with_suffix(".missing").read_text().strip()
    except OSError:
        return f"There is no Triton in {venv}; `make install` puts it there, EARSHOT_TRITON_VENV names another place."
