"""The whole platform as processes of their own, each of which tells a collector, a scraper and a log what it does."""

import asyncio
import json
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.chaos.actors import Actor
from tests.signals.collector import Collector
from tests.stack.ports import free_ports
from tests.stack.triton import RunningTriton
from tests.stores.servers import PostgresServer

SERVICES = ("gateway", "worker", "postprocess")
LEASE_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class Platform:
    actors: Mapping[str, Actor]
    http_ports: Mapping[str, int]
    grpc_address: str
    triton: RunningTriton
    collector: Collector

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_ports['gateway']}"

    async def up(self) -> None:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            for port in self.http_ports.values():
                while not await _is_ready(client, f"http://127.0.0.1:{port}/readyz"):
                    await asyncio.sleep(0.1)

    async def counted(self, service: str) -> set[str]:
        """The families of its metrics of which any sample is more than 0."""
        of_services = {name: f"http://127.0.0.1:{port}/metrics" for name, port in self.http_ports.items()}
        url = ({"triton": self.triton.metrics_url} | of_services)[service]
        async with httpx.AsyncClient() as client:
            families = text_string_to_metric_families((await client.get(url)).raise_for_status().text)
        return {
            _full_name(family.name, family.type)
            for family in families
            if family.name.startswith("earshot_") and any(sample.value for sample in family.samples)
        }

    def logged(self, service: str) -> list[dict[str, Any]]:
        """Fails on a line that is no JSON."""
        return [json.loads(line) for line in self.actors[service].log.read_text().splitlines()]


@contextmanager
def running_platform(
    *, postgres: PostgresServer, kafka: str, redis_url: str, triton: RunningTriton, collector: Collector, folder: Path
) -> Iterator[Platform]:
    gateway_http, gateway_grpc, worker_http, postprocess_grpc, postprocess_http = free_ports(5)
    name = f"signals_{random.randrange(10**9)}"
    asyncio.run(_new_database(postgres, name))
    environment = collector.environment | {
        "EARSHOT_DATABASE_URL": postgres.url.rpartition("/")[0] + f"/{name}",
        "EARSHOT_REDIS_URL": redis_url,
        "EARSHOT_KAFKA_SERVERS": kafka,
        "EARSHOT_KAFKA_TOPIC": f"jobs.{name}",
        "EARSHOT_DATA_DIR": str(folder / "data"),
        "EARSHOT_TRITON_GRPC_PORT": str(triton.ports.grpc),
        "EARSHOT_HTTP_PORT": str(gateway_http),
        "EARSHOT_GRPC_PORT": str(gateway_grpc),
        "EARSHOT_WORKER_HTTP_PORT": str(worker_http),
        "EARSHOT_POSTPROCESS_GRPC_PORT": str(postprocess_grpc),
        "EARSHOT_POSTPROCESS_HTTP_PORT": str(postprocess_http),
        "EARSHOT_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "EARSHOT_PRIVATE_ADDRESSES": "127.0.0.1",
        "EARSHOT_ENDPOINT_PRIVATE_ADDRESSES": "127.0.0.1",
        "EARSHOT_COST_PER_HOUR": "0.5",
        "EARSHOT_LOG_FORMAT": "json",
    }
    actors = {
        service: Actor(
            name=service,
            command=[sys.executable, "-m", service],
            environment=environment,
            log=folder / f"{service}.log",
        )
        for service in SERVICES
    }
    try:
        for actor in actors.values():
            actor.start()
        yield Platform(
            actors=actors,
            http_ports={"gateway": gateway_http, "worker": worker_http, "postprocess": postprocess_http},
            grpc_address=f"127.0.0.1:{gateway_grpc}",
            triton=triton,
            collector=collector,
        )
    finally:
        for actor in actors.values():
            actor.stop()


async def _new_database(postgres: PostgresServer, name: str) -> None:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.TransportError:
        return False


def _full_name(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name
