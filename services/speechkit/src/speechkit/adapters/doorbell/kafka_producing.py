"""Messages into Kafka, each safe on every replica in sync before a send returns; blocks, so it belongs in a thread."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from speechkit.adapters.doorbell.kafka_broker import KafkaBroker, ensure_topics


@dataclass(frozen=True, kw_only=True)
class Message:
    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class KafkaProducing:
    """Connects with the first send, and anew after one that failed."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker
        self._producer: KafkaProducer | None = None

    def send(self, messages: Sequence[Message]) -> None:
        """All of them; raises KafkaError when they are not known to be safe within the broker's `ring_seconds`."""
        deadline = time.monotonic() + self._broker.ring_seconds
        try:
            producer = self._producer = self._producer or self._connect()
            sent = [
                producer.send(each.topic, key=each.key, value=each.value, headers=list(each.headers))
                for each in messages
            ]
            for each in sent:
                each.get(timeout=max(0.001, deadline - time.monotonic()))
        except KafkaError:
            self.close()
            raise

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer:
            producer.close(timeout=0)

    def _connect(self) -> KafkaProducer:
        ensure_topics(self._broker)
        milliseconds = round(self._broker.ring_seconds * 1000)
        return KafkaProducer(
            **self._broker.connection(),
            enable_idempotence=True,
            acks="all",
            allow_auto_create_topics=False,
            max_block_ms=milliseconds,
            request_timeout_ms=milliseconds,
            delivery_timeout_ms=milliseconds,
        )
