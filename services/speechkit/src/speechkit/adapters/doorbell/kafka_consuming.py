"""A worker's place in the consumer group, in a thread of its own: one message at a time, and only while one is wanted.

While none is, the partitions are paused; heartbeats go on in kafka-python's own thread, rebalances in this one.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata
from opentelemetry.trace import SpanKind

from speechkit.adapters.doorbell.kafka_broker import KafkaBroker, ensure_topics
from speechkit.adapters.doorbell.kafka_messages import UnreadableMessage, read_message
from speechkit.adapters.doorbell.kafka_producing import KafkaProducing, Message
from speechkit.runtime import metrics
from speechkit.runtime.tracing import TRACEPARENT, continued, span

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.25
"""How long a shutdown may have to wait, and how long a full worker leaves a rebalance to wait."""
RECONNECT_SECONDS = 1.0
SESSION_SECONDS = 10.0
"""The partitions of a worker that died go to others after this."""

HEARTBEAT_SECONDS = 1.0
"""A worker that comes or leaves is noticed by the others this soon."""
TOPIC_SECONDS = 30.0
"""A topic that the operator makes later, or with more partitions, is noticed this soon."""
LAG_SECONDS = 15.0
"""Between two looks at how many messages wait: about as often as Prometheus asks."""


class KafkaConsuming:
    def __init__(self, broker: KafkaBroker, *, take: Callable[[], bool]) -> None:
        """`take` hands one ring over and says whether somebody took it; only then it is committed."""
        self._broker = broker
        self._take = take
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doorbell-kafka", daemon=True)
        self._unreadable = KafkaProducing(broker)
        self._next_look = 0.0

    def start(self) -> None:
        self._thread.start()

    def want(self) -> None:
        """One ring, please."""
        self._wanted.set()

    def stop(self) -> None:
        """Blocks until the worker has left the group."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._consume()
            except KafkaError as error:
                log.warning("doorbell_unavailable", error=type(error).__name__)
            except Exception:  # whatever kafka-python raises: without this thread the worker would hear no more
                log.exception("doorbell_failed")
            self._stopping.wait(RECONNECT_SECONDS)
        self._unreadable.close()

    def _consume(self) -> None:
        ensure_topics(self._broker)
        consumer = KafkaConsumer(
            **self._broker.connection(),
            group_id=self._broker.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            heartbeat_interval_ms=round(HEARTBEAT_SECONDS * 1000),
            metadata_max_age_ms=round(TOPIC_SECONDS * 1000),
            session_timeout_ms=round(SESSION_SECONDS * 1000),
        )
        try:
            consumer.subscribe([self._broker.topic])
            while not self._stopping.is_set():
                self._poll(consumer)
        finally:
            consumer.close(timeout_ms=1000)

    def _poll(self, consumer: KafkaConsumer) -> None:
        if time.monotonic() > self._next_look:
            self._next_look = time.monotonic() + LAG_SECONDS
            with suppress(KafkaError):  # the next poll meets what was in the way
                metrics.DOORBELL_LAG.set(_lag(consumer))
        if self._wanted.wait(POLL_SECONDS):
            consumer.resume(*consumer.paused())
            found = consumer.poll(timeout_ms=round(POLL_SECONDS * 1000), max_records=1)
        else:
            consumer.pause(*consumer.assignment())
            found = consumer.poll(timeout_ms=0, max_records=1)
        for partition, records in found.items():
            for record in records:
                self._answer(consumer, partition, record)

    def _answer(self, consumer: KafkaConsumer, partition: TopicPartition, record: ConsumerRecord) -> None:
        if self._readable(record):
            self._wanted.clear()  # before it is handed over: whoever takes it may want the next at once
            if not self._take():
                consumer.seek(partition, record.offset)
                return
            _trace(record)
        try:
            consumer.commit({partition: OffsetAndMetadata(record.offset + 1, "", -1)}, timeout_ms=5000)
        except CommitFailedError:
            # The group is being shared out anew: the partition's next owner rings once more, which does no harm.
            log.info("doorbell_ring_repeated", partition=record.partition, offset=record.offset)

    def _readable(self, record: ConsumerRecord) -> bool:
        """Otherwise the message is safe in the other topic when this returns."""
        try:
            read_message(record.value)
            return True
        except UnreadableMessage as reason:
            log.warning(
                "doorbell_message_unreadable", reason=str(reason), partition=record.partition, offset=record.offset
            )
            found_at = f"{record.topic}/{record.partition}/{record.offset}"
            headers = (*record.headers, ("reason", str(reason).encode()), ("found_at", found_at.encode()))
            # A message without a value is kept as an empty one: without a key, too, it could not be sent at all.
            copy = Message(
                topic=self._broker.unreadable_topic, key=record.key, value=record.value or b"", headers=headers
            )
            self._unreadable.send([copy])
            return False


def _lag(consumer: KafkaConsumer) -> int:
    partitions = list(consumer.assignment())
    ends = consumer.end_offsets(partitions, timeout_ms=1000) if partitions else {}
    positions = {each: consumer.position(each, timeout_ms=1000) for each in partitions}
    # No position: it isn't known yet from where this worker reads on. 0 is one, of a partition nobody has read.
    return sum(max(0, end - at) for each, end in ends.items() if (at := positions[each]) is not None)


def _trace(record: ConsumerRecord) -> None:
    """The ring has arrived, in the trace of whoever sent it; which job is taken for it, the job's own span tells."""
    told = dict(record.headers).get(TRACEPARENT, b"").decode(errors="replace")
    attributes = {"messaging.system": "kafka", "messaging.operation.type": "receive"}
    with continued(told), span("ring received", kind=SpanKind.CONSUMER, attributes=attributes):
        pass
