"""Where Kafka is, how it is entered, and which topics are ours."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError, TopicAlreadyExistsError


@dataclass(frozen=True, kw_only=True)
class KafkaBroker:
    bootstrap_servers: tuple[str, ...]
    """Each as host:port."""
    topic: str = "earshot.jobs"
    group: str = "earshot-workers"
    partitions: int | None = 12
    """Of a topic that is not there yet, and so the most workers that are rung for at once; None makes no topics."""
    replication_factor: int = -1
    """-1 is the broker's own default."""
    ring_seconds: float = 5.0
    """A ring that is not safe by then has failed; the outbox rings again."""
    look_seconds: float = 5.0
    """A worker with room looks for jobs this often unrung: rings may lie in the partitions of one that is full."""

    tls: bool = False
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    sasl_mechanism: str | None = None
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512."""
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)

    @property
    def unreadable_topic(self) -> str:
        """Where messages go that are none of ours, each with the reason."""
        return f"{self.topic}.unreadable"

    def connection(self) -> Mapping[str, Any]:
        """What every client of the broker is to be told."""
        return {
            "bootstrap_servers": list(self.bootstrap_servers),
            "bootstrap_timeout_ms": round(self.ring_seconds * 1000),
            "reconnect_backoff_max_ms": 1000,
            "security_protocol": ("SASL_" if self.sasl_mechanism else "") + ("SSL" if self.tls else "PLAINTEXT"),
            "ssl_cafile": self.ca_file,
            "ssl_certfile": self.certificate_file,
            "ssl_keyfile": self.key_file,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
        }


def ensure_topics(broker: KafkaBroker) -> None:
    """Both topics are there when this returns, unless the operator makes them; raises KafkaError."""
    _ensure_listening(broker)
    if broker.partitions is None:
        return
    admin = KafkaAdminClient(**broker.connection())
    try:
        for topic, partitions in ((broker.topic, broker.partitions), (broker.unreadable_topic, 1)):
            wanted = {topic: {"num_partitions": partitions, "replication_factor": broker.replication_factor}}
            with suppress(TopicAlreadyExistsError):
                admin.create_topics(wanted)
            # Another worker may have made it this very moment, and a group is shared out by what its members see.
            admin.wait_for_topics([topic])
    finally:
        admin.close()


def _ensure_listening(broker: KafkaBroker) -> None:
    """A client of kafka-python 3.0 that finds no broker when it is made leaves its thread running for good."""
    for server in broker.bootstrap_servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=broker.ring_seconds).close()
        except OSError:
            continue
        return
    raise KafkaConnectionError("no bootstrap server can be reached")
