"""The doorbell on a Kafka that lets in only whom it knows: TLS, the client's certificate, a name and a password."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from speechkit.adapters.doorbell.kafka import KafkaDoorbell
from speechkit.adapters.doorbell.kafka_broker import KafkaBroker
from speechkit.domain.errors import StoreUnavailable
from tests.doors.waiting import until
from tests.integration.kafka.ringing import SHARED_SECONDS, working
from tests.stores.kafka import Lock, new_kafka
from tests.stores.marks import servers
from tests.stores.programs import ProgramMissing, skip_without
from tests.web.certificates import make_certificate

PASSWORD = "correct-horse"

pytestmark = servers


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    folder = tmp_path_factory.mktemp("locked-kafka")
    make_certificate(folder, name="localhost")
    try:
        with new_kafka(Lock(folder=folder, user="earshot", password=PASSWORD)) as server, server.served():
            yield KafkaBroker(
                bootstrap_servers=(server.address,),
                tls=True,
                ca_file=str(folder / "cert.pem"),
                certificate_file=str(folder / "cert.pem"),
                key_file=str(folder / "key.pem"),
                sasl_mechanism="SCRAM-SHA-512",
                sasl_username="earshot",
                sasl_password=PASSWORD,
                look_seconds=3600,
            )
    except ProgramMissing as missing:
        skip_without("kafka", missing)


def fresh(broker: KafkaBroker) -> KafkaBroker:
    name = f"test-{uuid4().hex}"
    return replace(broker, topic=name, group=name, partitions=1)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_ring_is_heard_by_whoever_has_the_key(locked: KafkaBroker, mechanism: str) -> None:
    async with KafkaDoorbell(replace(fresh(locked), sasl_mechanism=mechanism)) as doorbell:
        await doorbell.ring({"job-1": None})
        async with working(doorbell) as worker:
            await until(lambda: worker.heard == 1, timeout_seconds=SHARED_SECONDS)


@pytest.mark.parametrize("wrong", ["password", "authority", "certificate", "no TLS"])
async def test_who_has_not_is_told_that_it_is_tried_again_and_nothing_of_the_password(
    locked: KafkaBroker, wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_certificate(tmp_path, name="somebody-else")
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    broker = {
        "password": replace(locked, sasl_password="wrong-horse"),
        "authority": replace(locked, ca_file=cert),
        "certificate": replace(locked, certificate_file=cert, key_file=key),
        "no TLS": replace(locked, tls=False),
    }[wrong]
    async with KafkaDoorbell(replace(fresh(broker), ring_seconds=2.0)) as doorbell:
        with pytest.raises(StoreUnavailable, match="Nothing is lost"):
            await doorbell.ring({"job-1": None})
    assert "horse" not in caplog.text
