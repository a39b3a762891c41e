"""Fixtures for tests on real stores; without the programs they skip and say which are missing."""

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.stores.kafka import new_kafka
from tests.stores.programs import ProgramMissing
from tests.stores.s3 import BUCKET, S3Server, new_s3
from tests.stores.servers import PostgresServer, RedisServer, new_postgres, new_redis


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    try:
        with new_postgres() as server, server.served():
            yield server
    except ProgramMissing as missing:
        pytest.skip(f"no PostgreSQL: {missing}")


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    try:
        with new_redis() as server, server.served():
            yield server
    except ProgramMissing as missing:
        pytest.skip(f"no Redis or Valkey: {missing}")


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """A broker's address: the one that EARSHOT_TEST_KAFKA names, or one of our own."""
    if address := os.environ.get("EARSHOT_TEST_KAFKA"):
        yield address
        return
    try:
        with new_kafka() as server, server.served():
            yield server.address
    except ProgramMissing as missing:
        pytest.skip(f"no Kafka: {missing}")


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    try:
        with new_s3() as server, server.served():
            yield server
    except ProgramMissing as missing:
        pytest.skip(f"no S3 server: {missing}")


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty one, which this process now has access to."""
    for variable, value in s3.environment.items():
        monkeypatch.setenv(variable, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"
