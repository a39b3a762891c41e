"""Azure's blobs on this machine: Azurite, Microsoft's own emulator, in memory and on a free port.

npm brings it once, into `build/azurite`.
"""

import base64
import hashlib
import hmac
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx

from cli.settings import CHECKOUT
from tests.stack.ports import free_ports
from tests.stores.programs import ProgramMissing, find_program, listens, running

VERSION = "3.35.0"
FETCH_SECONDS = 300

CONTAINER = "earshot"
ACCOUNT, KEY = "tester", base64.b64encode(b"a secret of tests").decode()
SERVICE_VERSION = "2021-08-06"


@dataclass(frozen=True, kw_only=True)
class AzureServer:
    program: str
    port: int
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a client of it is told."""
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{self.port}/{ACCOUNT}",
        }

    @contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        """With an empty container."""
        options = ["--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--inMemoryPersistence"]
        options += ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
        command = ["env", f"AZURITE_ACCOUNTS={ACCOUNT}:{KEY}", self.program, *options]
        with running(command, ready=lambda: listens(self.port), log=self.folder / "azurite.log") as process:
            self._make_container()
            yield process

    def _make_container(self) -> None:
        headers = {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-version": SERVICE_VERSION}
        told = "".join(f"{name}:{value}\n" for name, value in headers.items())
        asked = f"PUT{12 * chr(10)}{told}/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
        signed = base64.b64encode(hmac.digest(base64.b64decode(KEY), asked.encode(), hashlib.sha256)).decode()
        url = f"{self.environment['AZURE_STORAGE_ENDPOINT']}/{CONTAINER}?restype=container"
        httpx.put(url, headers=headers | {"Authorization": f"SharedKey {ACCOUNT}:{signed}"}).raise_for_status()


@contextmanager
def new_azure() -> Iterator[AzureServer]:
    """Ready to be served; raises ProgramMissing where this machine can't."""
    program = _program()
    folder = Path(tempfile.mkdtemp(prefix="earshot-azure-"))
    try:
        yield AzureServer(program=program, port=free_ports(1)[0], folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> str:
    fetched = CHECKOUT / "build" / "azurite" / VERSION
    try:
        return find_program("azurite-blob", folders=[fetched / "node_modules" / ".bin"])
    except ProgramMissing:
        pass
    try:
        npm = find_program("npm")
    except ProgramMissing:
        raise ProgramMissing("install Node with npm, which brings Azurite, or azurite-blob itself") from None
    fetched.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=fetched.parent) as folder:
        command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, f"azurite@{VERSION}"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=FETCH_SECONDS, env=dict(os.environ)
        )
        if done.returncode:
            raise ProgramMissing(f"npm could not fetch it: {done.stderr.strip()[:500]}")
        Path(folder).rename(fetched)
        Path(folder).mkdir()  # for the context to take away
    return find_program("azurite-blob", folders=[fetched / "node_modules" / ".bin"])
