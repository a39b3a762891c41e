"""An S3 server of the session's own: versitygw on a folder, on a free port.

It is taken from PATH, or built once with Go, into `build/versitygw`.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.settings import CHECKOUT
from tests.stack.ports import free_ports
from tests.stores.programs import ProgramMissing, find_program, listens, running

MODULE = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
BUILD_SECONDS = 600

BUCKET = "earshot"
ACCESS_KEY, SECRET_KEY = "tester", "a secret of tests"


@dataclass(frozen=True, kw_only=True)
class S3Server:
    program: str
    port: int
    folder: Path
    """With a folder for each bucket."""

    @property
    def environment(self) -> dict[str, str]:
        """What a client of it is told."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
        }

    @contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        """May be asked for again after the process has ended, however it did."""
        command = [self.program, "--port", f"127.0.0.1:{self.port}", "--quiet"]
        command += ["--access", ACCESS_KEY, "--secret", SECRET_KEY, "posix", str(self.folder / "buckets")]
        with running(command, ready=lambda: listens(self.port), log=self.folder / "versitygw.log") as process:
            yield process


@contextmanager
def new_s3() -> Iterator[S3Server]:
    """With a bucket, ready to be served; raises ProgramMissing where this machine can't."""
    program = _program()
    folder = Path(tempfile.mkdtemp(prefix="earshot-s3-"))
    try:
        (folder / "buckets" / BUCKET).mkdir(parents=True)
        yield S3Server(program=program, port=free_ports(1)[0], folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> str:
    built = CHECKOUT / "build" / "versitygw" / VERSION
    try:
        return find_program("versitygw", folders=[built])
    except ProgramMissing:
        pass
    try:
        go = find_program("go")
    except ProgramMissing:
        raise ProgramMissing("install Go, which builds versitygw, or versitygw itself") from None
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=built.parent) as folder:
        command = [go, "install", f"{MODULE}@{VERSION}"]
        environment = os.environ | {"GOBIN": f"{folder}/bin"}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, timeout=BUILD_SECONDS
        )
        if done.returncode:
            raise ProgramMissing(f"Go could not build versitygw: {done.stderr.strip()[-500:]}")
        (Path(folder) / "bin").rename(built)
    return str(built / "versitygw")
