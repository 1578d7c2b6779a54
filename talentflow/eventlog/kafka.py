"""The event log in Kafka or Redpanda, by librdkafka.

A document's versions keep their order: its id is the key, and a key has one partition. The producer is idempotent and waits
for all replicas, so a message is acknowledged when it is safe and is there once, whatever was sent again in between.
A value above `kafka_max_message_bytes` is kept as a file and the message says where (a claim check), since brokers refuse
large messages.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from talentflow.capabilities import Capabilities
from talentflow.errors import BadSettings, MissingExtra, ServiceUnavailable, StorageFull, TalentflowError
from talentflow.eventlog import Appended, Message, Received
from talentflow.eventlog.claims import CLAIM_CHECK, redeem
from talentflow.eventlog.messages import topic_schema
from talentflow.eventlog.registry import VALUE_SCHEMA, SchemaRegistry
from talentflow.eventlog.security import Refusals, librdkafka_options
from talentflow.ids import content_hash
from talentflow.settings import Settings

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka import Message as Polled

Headers = list[tuple[str, str | bytes | None]]

_DELIVERY_SECONDS = 60.0
_ANSWER_SECONDS = 20.0
_LOOK_SECONDS = 2.0
"""How often it is looked whether there is an answer."""
_POLL_MESSAGES = 200
"""Delivery reports are taken once in so many messages."""
PRODUCER: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "zstd",
    "linger.ms": 20,
    "batch.size": 2**20,
    "queue.buffering.max.kbytes": 128 * 1024,
    "message.max.bytes": 32 * 2**20,
    "delivery.timeout.ms": int(_DELIVERY_SECONDS * 1000),
}
"""How librdkafka sends."""


class KafkaEventLog:
    """An event log on the brokers of `settings.kafka_bootstrap`; topics are made when they are first written to.

    With a registry the messages of a topic that has a schema name it in a header. Safe to use from several threads.
    Raises: MissingExtra, BadSettings (no brokers are named), ServiceUnavailable.
    """

    capabilities = Capabilities(concurrent_writers=True)

    def __init__(self, settings: Settings, registry: SchemaRegistry | None = None) -> None:
        try:
            from confluent_kafka import Consumer, KafkaException, Producer
            from confluent_kafka.admin import AdminClient
        except ImportError as error:
            raise MissingExtra("confluent-kafka", "kafka") from error
        if not settings.kafka_bootstrap:
            raise BadSettings(
                "no Kafka brokers are named: set TALENTFLOW_KAFKA_BOOTSTRAP=host:port, "
                "or start one with  talentflow services up kafka"
            )
        self._settings = settings
        self._registry = registry
        self._objects = settings.objects_dir
        self._lock = threading.Lock()
        self._known: dict[str, Headers] = {}
        common: dict[str, Any] = {"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0} | librdkafka_options(settings)
        self._refusals = Refusals()
        told: dict[str, Any] = common | {"error_cb": self._refusals.note}
        try:
            self._admin = AdminClient(told)
        except KafkaException as error:
            raise BadSettings(
                f"the settings of Kafka cannot be used ({error.args[0].str()}): correct what begins with TALENTFLOW_KAFKA_"
            ) from None
        self.log_id = f"kafka:{self._cluster()}:{settings.kafka_topic_prefix}"
        self._producer = Producer(told | PRODUCER)
        self._consumer = Consumer(
            common
            | {
                "group.id": "talentflow-reader",
                "enable.auto.commit": False,
                # the last offsets may be of no message: a transaction's end, what compaction took away
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "fetch.max.bytes": 64 * 2**20,
                "isolation.level": "read_committed",
            }
        )

    def append(self, topic: str, messages: Iterable[Message]) -> Appended:
        """See `EventLog.append`. There are no groups: each message is safe for itself, and a kill leaves what was sent before.

        When the local queue is full it waits for the brokers to take some. Raises: ServiceUnavailable (some messages were
        not acknowledged: send them again, documents are told apart by id), StorageFull, BadSettings (the brokers refuse them).
        """
        from confluent_kafka import KafkaException

        deliveries = _Deliveries()
        common: Headers = []
        name, most, produce = self._named(topic), self._settings.kafka_max_message_bytes, self._producer.produce
        delivered = deliveries.count
        for message in messages:
            if deliveries.sent == 0:
                common = self._ensure(topic)
            value, headers = message.value, message.headers
            if len(value) > most:
                value, headers = self._checked_in(message)
            sent = [*common, *_encoded(headers)] if headers else common
            try:
                produce(name, value, _encode(message.key), headers=sent, on_delivery=delivered)
            except (BufferError, KafkaException) as error:
                self._produce_again(error, name, value, _encode(message.key), sent, deliveries)
            deliveries.sent += 1
            if deliveries.sent % _POLL_MESSAGES == 0:
                self._producer.poll(0)
                if deliveries.error is not None:
                    break
        return Appended(self._acknowledged(topic, deliveries))

    def _produce_again(
        self, error: BufferError | KafkaException, name: str, value: bytes, key: bytes, headers: Headers, deliveries: _Deliveries
    ) -> None:
        """After a failure: as long as the queue is full, wait for the brokers to take some of it. Raises what else it was."""
        from confluent_kafka import KafkaException

        deadline = time.monotonic() + _DELIVERY_SECONDS
        while isinstance(error, BufferError):
            if time.monotonic() > deadline:
                raise ServiceUnavailable(self._unavailable("its brokers take no messages")) from None
            self._producer.poll(0.1)
            try:
                self._producer.produce(name, value, key, headers=headers, on_delivery=deliveries.count)
            except (BufferError, KafkaException) as again:
                error = again
            else:
                return
        raise self._translated(error.args[0]) from error

    def _acknowledged(self, topic: str, deliveries: _Deliveries) -> int:
        """Wait until each message that was sent has its report; their number."""
        if deliveries.sent == 0:
            return 0
        deadline = time.monotonic() + _DELIVERY_SECONDS + 5
        self._producer.flush(_DELIVERY_SECONDS + 5)
        # another thread may be counting a report that it took while this one flushed
        while (reported := deliveries.reported()) < deliveries.sent and time.monotonic() < deadline:
            self._producer.poll(0.05)
        if deliveries.error is not None:
            raise self._translated(deliveries.error)
        if reported < deliveries.sent:
            missing = deliveries.sent - reported
            raise ServiceUnavailable(self._unavailable(f"{missing} messages to {topic} were not acknowledged"))
        return reported

    def read(self, topic: str, offsets: dict[int, int], limit: int) -> list[Received]:
        """See `EventLog.read`. Raises: ServiceUnavailable."""
        from confluent_kafka import KafkaError, TopicPartition

        if limit <= 0:
            return []
        name = self._named(topic)
        with self._lock, self._errors():
            ends = self._ends(topic)
            starts = {p: max(offsets.get(p, 0), low) for p, (low, _) in ends.items()}
            open_ = {p: start for p, start in starts.items() if start < ends[p][1]}
            if not open_:
                return []
            self._consumer.assign([TopicPartition(name, p, start) for p, start in open_.items()])
            try:
                received: list[Received] = []
                deadline = time.monotonic() + _ANSWER_SECONDS
                while open_ and len(received) < limit:
                    # no more than there are: it waits for as many as it is asked for
                    there = sum(max(1, ends[p][1] - start) for p, start in open_.items())
                    for polled in self._consumer.consume(min(limit - len(received), there, 1000), timeout=0.5):
                        partition, error = int(polled.partition() or 0), polled.error()
                        deadline = time.monotonic() + _ANSWER_SECONDS
                        if error is not None and error.code() != KafkaError._PARTITION_EOF:
                            raise self._translated(error)
                        if error is None:
                            received.append(self._received(topic, polled))
                            open_[partition] = received[-1].offset + 1
                        if error is not None or open_[partition] >= ends[partition][1]:
                            open_.pop(partition, None)
                    if time.monotonic() > deadline:
                        raise ServiceUnavailable(self._unavailable(f"{topic} could not be read to its end"))
            finally:
                self._consumer.unassign()
        return received[:limit]

    def _received(self, topic: str, polled: Polled) -> Received:
        sent: dict[str, bytes] = dict(polled.headers() or ())  # pyright: ignore[reportArgumentType, reportAssignmentType]
        headers = {name: (value or b"").decode("utf-8", "surrogateescape") for name, value in sent.items()}
        _, timestamp = polled.timestamp()
        partition, offset = int(polled.partition() or 0), int(polled.offset() or 0)
        received = Received(topic, partition, offset, timestamp, _decode(polled.key()), polled.value() or b"", headers)
        return redeem(received, self._objects)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """See `EventLog.end_offsets`. Raises: ServiceUnavailable."""
        with self._lock, self._errors():
            return {partition: high for partition, (_, high) in self._ends(topic).items()}

    def close(self) -> None:
        with self._lock:
            self._producer.flush(_DELIVERY_SECONDS)
            self._consumer.close()

    def _cluster(self) -> str:
        """The id of the cluster. It is told at once that one is refused, though librdkafka would go on trying."""
        from confluent_kafka import KafkaException

        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                return str(self._admin.list_topics(timeout=_LOOK_SECONDS).cluster_id)
            except KafkaException as error:
                why = self._translated(error.args[0])
                if isinstance(why, BadSettings):
                    raise why from None
                if time.monotonic() > deadline:
                    raise self._refusals.no_answer(self._settings, error.args[0]) from None

    def _ends(self, topic: str) -> dict[int, tuple[int, int]]:
        """Partition → first kept offset and next offset; {} for a topic that is not there, or was never written to."""
        from confluent_kafka import TopicPartition

        name = self._named(topic)
        found = self._admin.list_topics(name, timeout=_ANSWER_SECONDS).topics[name]
        if found.error is not None:
            return {}
        ends: dict[int, tuple[int, int]] = {}
        for partition in sorted(found.partitions):
            low, high = self._consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=_ANSWER_SECONDS)
            ends[partition] = (low, high)
        return ends if any(high for _, high in ends.values()) else {}

    def _ensure(self, topic: str) -> Headers:
        """Have the topic and its schema before the first message; the headers that name the schema."""
        name = self._named(topic)
        if name not in self._known:
            known: Headers = []
            if self._registry is not None and topic_schema(topic) is not None:
                known = [(VALUE_SCHEMA, self._registry.registered(topic).header)]
            self._make(name)
            self._known[name] = known
        return self._known[name]

    def _make(self, name: str) -> None:
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import NewTopic

        with self._errors():
            if name not in self._admin.list_topics(timeout=_ANSWER_SECONDS).topics:
                made = NewTopic(
                    name,
                    num_partitions=self._settings.kafka_partitions,
                    replication_factor=self._settings.kafka_replicas,
                    config={"retention.ms": "-1"},  # a log keeps what nobody has read yet; brokers drop it after a week
                )
                try:
                    self._admin.create_topics([made], operation_timeout=_ANSWER_SECONDS)[name].result(_ANSWER_SECONDS)
                except KafkaException as error:
                    if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                        raise

    def _named(self, topic: str) -> str:
        return f"{self._settings.kafka_topic_prefix}{topic}"

    def _checked_in(self, message: Message) -> tuple[bytes, dict[str, str]]:
        """A large value is kept as a file under its hash, which is safe before the message is."""
        name = content_hash(message.value)
        path = self._objects / name[:2] / name
        if not path.exists():
            aside = path.with_name(f"{name}.{os.getpid()}.part")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with aside.open("wb") as file:
                    file.write(message.value)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(aside, path)
            except OSError as error:
                aside.unlink(missing_ok=True)
                raise StorageFull(
                    f"a large message could not be kept in {self._objects}: {error.strerror}; free space there"
                ) from error
        return b"", message.headers | {CLAIM_CHECK: f"{name[:2]}/{name}"}

    @contextmanager
    def _errors(self) -> Generator[None]:
        from confluent_kafka import KafkaException

        try:
            yield
        except KafkaException as error:
            raise self._translated(error.args[0]) from error

    def _translated(self, error: KafkaError) -> TalentflowError:
        from confluent_kafka import KafkaError as Code

        brokers, code = self._settings.kafka_bootstrap, error.code()
        self._admin.poll(0)
        if (refused := self._refusals.why(error)) is not None:
            return BadSettings(f"the brokers at {brokers} cannot be used: {refused}")
        if code == Code.KAFKA_STORAGE_ERROR:
            return StorageFull(f"the brokers at {brokers} cannot store messages: free space on their disks")
        if code == Code.MSG_SIZE_TOO_LARGE:
            return BadSettings(
                f"a message is larger than the brokers at {brokers} take: set TALENTFLOW_KAFKA_MAX_MESSAGE_BYTES below their "
                "message.max.bytes, and it will be kept as a file"
            )
        if code in (Code.TOPIC_AUTHORIZATION_FAILED, Code.CLUSTER_AUTHORIZATION_FAILED):
            return BadSettings(f"the brokers at {brokers} do not allow it ({error.str()}): have this user given the right")
        return ServiceUnavailable(self._unavailable(str(error.str())))

    def _unavailable(self, cause: str) -> str:
        return f"Kafka at {self._settings.kafka_bootstrap} does not do it: {cause}; see whether its brokers run, then try again"


class _Deliveries:
    """Counts the delivery reports of one append, in whichever thread they come."""

    def __init__(self) -> None:
        self.sent = 0
        self.error: KafkaError | None = None
        self._reports = count()
        self._looks = count()

    def count(self, error: KafkaError | None, _message: Polled) -> None:
        next(self._reports)  # one step of the interpreter, which `+= 1` is not
        if error is not None:
            self.error = error

    def reported(self) -> int:
        """How many reports have come, of success and failure."""
        return next(self._reports) - next(self._looks)


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _decode(key: Any) -> str:
    """A key of ours as it was; another's may be any bytes."""
    try:
        return bytes(key or b"").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return bytes(key).decode("utf-8", "backslashreplace")


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name, value.encode("utf-8", "surrogateescape")) for name, value in headers.items()]
