"""An Apache Kafka of the session's own: one broker in KRaft mode, on free ports and in a folder that goes away.

Its jars come from Maven once, and stay in `build/kafka`.
"""

import base64
import hashlib
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.settings import CHECKOUT
from tests.stack.ports import free_ports
from tests.stores.programs import ProgramMissing, find_program, listens, running

POM = Path(__file__).with_name("kafka.pom.xml")
FETCH_SECONDS = 300
JAVA_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Starts in a few seconds; what it is later asked for is little."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Over TLS alone, to whoever shows this certificate and knows the password, in either way of telling it."""

    folder: Path
    """With cert.pem and key.pem."""
    user: str
    password: str

    def settings(self) -> dict[str, str]:
        both = self.folder / "both.pem"
        both.write_text((self.folder / "key.pem").read_text() + (self.folder / "cert.pem").read_text())
        login = "org.apache.kafka.common.security"
        users = f'username="{self.user}" password="{self.password}" user_{self.user}="{self.password}"'
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(both),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.folder / "cert.pem"),
            "listener.name.broker.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.broker.plain.sasl.jaas.config": f"{login}.plain.PlainLoginModule required {users};",
            "listener.name.broker.scram-sha-256.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
            "listener.name.broker.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
        }

    def format_options(self) -> list[str]:
        known = f"[name={self.user},password={self.password}]"
        return [part for each in ("256", "512") for part in ("--add-scram", f"SCRAM-SHA-{each}={known}")]


@dataclass(frozen=True, kw_only=True)
class KafkaServer:
    port: int
    controller_port: int
    folder: Path
    jars: Path
    lock: Lock | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def initialize(self) -> None:
        self._properties.write_text(self._settings())
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # An id may begin with "-", and so has to be in one word with its option.
        options = ["format", "--standalone", f"--cluster-id={cluster_id}", "-c", str(self._properties)]
        options += self.lock.format_options() if self.lock else []
        subprocess.run([*self._java(), "kafka.tools.StorageTool", *options], check=True, capture_output=True)

    @contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        """May be asked for again after the process has ended, however it did."""
        command = [*self._java(), "kafka.Kafka", str(self._properties)]
        log = self.folder / "kafka.log"
        with running(command, ready=lambda: listens(self.port), log=log) as process:
            yield process

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _java(self) -> list[str]:
        return [find_program("java"), *JAVA_OPTIONS, "-cp", f"{self.jars}/*"]

    def _settings(self) -> str:
        controller = f"127.0.0.1:{self.controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": controller,
            "listeners": f"BROKER://{self.address},CONTROLLER://{controller}",
            "listener.security.protocol.map": f"BROKER:{'SASL_SSL' if self.lock else 'PLAINTEXT'},CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            **(self.lock.settings() if self.lock else {}),
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


@contextmanager
def new_kafka(lock: Lock | None = None) -> Iterator[KafkaServer]:
    """Ready to be served; raises ProgramMissing where this machine can't."""
    jars = _jars()
    folder = Path(tempfile.mkdtemp(prefix="earshot-kafka-"))
    try:
        port, controller_port = free_ports(2)
        server = KafkaServer(port=port, controller_port=controller_port, folder=folder, jars=jars, lock=lock)
        server.initialize()
        yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _jars() -> Path:
    try:
        maven, _ = find_program("mvn"), find_program("java")
    except ProgramMissing:
        raise ProgramMissing("install Java 17 or newer and Maven (mvn), or name one in EARSHOT_TEST_KAFKA") from None
    folder = CHECKOUT / "build" / "kafka" / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as fetched:
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}/jars", "-DincludeScope=runtime"]
        command = [maven, "--batch-mode", "--quiet", "--strict-checksums", "-f", str(POM), *goal]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=FETCH_SECONDS)
        if done.returncode:
            raise ProgramMissing(f"Maven could not fetch it: {done.stdout.strip()[:500]}")
        (Path(fetched) / "jars").rename(folder)
    return folder
