"""Fixtures for tests on real stores; without the programs they skip and say which are missing."""

import os
import uuid
from collections.abc import Iterator

import pytest

from tests.stores.azure import CONTAINER, AzureServer, new_azure
from tests.stores.gcs import GcsServer, served_gcs
from tests.stores.kafka import new_kafka
from tests.stores.marks import servers
from tests.stores.programs import ProgramMissing, skip_without
from tests.stores.s3 import BUCKET, S3Server, new_s3
from tests.stores.servers import PostgresServer, RedisServer, new_postgres, new_redis

SERVERS = {"postgres", "redis", "kafka", "s3", "azure", "gcs"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and SERVERS.intersection(item.fixturenames):
            item.add_marker(servers)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """The one that EARSHOT_TEST_POSTGRES names, or one of our own."""
    if url := os.environ.get("EARSHOT_TEST_POSTGRES"):
        yield PostgresServer(port=0, folder=tmp_path_factory.mktemp("postgres"), named=url)
        return
    try:
        with new_postgres() as server, server.served():
            yield server
    except ProgramMissing as missing:
        skip_without("PostgreSQL", missing)


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The one that EARSHOT_TEST_REDIS names, or one of our own."""
    if url := os.environ.get("EARSHOT_TEST_REDIS"):
        yield RedisServer(port=0, folder=tmp_path_factory.mktemp("redis"), named=url)
        return
    try:
        with new_redis() as server, server.served():
            yield server
    except ProgramMissing as missing:
        skip_without("Redis or Valkey", missing)


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
        skip_without("Kafka", missing)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    try:
        with new_s3() as server, server.served():
            yield server
    except ProgramMissing as missing:
        skip_without("S3 server", missing)


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty one, which this process now has access to."""
    for variable, value in s3.environment.items():
        monkeypatch.setenv(variable, value)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def azure() -> Iterator[AzureServer]:
    try:
        with new_azure() as server, server.served():
            yield server
    except ProgramMissing as missing:
        skip_without("Azure", missing)


@pytest.fixture
def container(azure: AzureServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty place in one, which this process now has access to."""
    for variable, value in azure.environment.items():
        monkeypatch.setenv(variable, value)
    return f"az://{CONTAINER}/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def gcs() -> Iterator[GcsServer]:
    try:
        with served_gcs() as server:
            yield server
    except ProgramMissing as missing:
        skip_without("GCS", missing)


@pytest.fixture
def gcs_bucket(gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty place in one, which this process now has access to."""
    for variable, value in gcs.environment.items():
        monkeypatch.setenv(variable, value)
    return f"gs://{BUCKET}/{uuid.uuid4().hex}"
