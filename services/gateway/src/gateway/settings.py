"""What the gateway is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from gateway.models.registry_file import read_registry
from gateway.models.served import ServedModels
from speechkit.domain.addresses import AddressPolicy
from speechkit.runtime.settings import JobSettings, Port, RecognitionSettings, RefinementSettings, split_list


class GatewaySettings(RecognitionSettings, JobSettings, RefinementSettings):
    http_host: str = Field(default="127.0.0.1", description="Address of the HTTP API; loopback until told otherwise.")
    http_port: Port = Field(default=8080, description="Port of the HTTP API.")
    grpc_host: str = Field(default="127.0.0.1", description="Address of the gRPC API.")
    grpc_port: Port = Field(default=8090, description="Port of the gRPC API and its health service.")

    require_keys: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="auto: API keys are asked for as soon as HTTP or gRPC listens beyond this machine's loopback.",
    )
    key_cache_seconds: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="How long a key that was found is believed: the longest that a revoked one still works.",
    )
    limits_without_redis: Literal["allow", "refuse"] = Field(
        default="allow",
        description="What becomes of requests whose limits can't be looked up: let in uncounted, or answered with 503.",
    )

    served_models: Path | None = Field(
        default=None,
        description="A TOML file of served names, their models and defaults; unset, EARSHOT_MODEL and OpenAI's names.",
    )

    max_upload_bytes: int = Field(
        default=26_214_400,
        ge=1,
        le=2_147_483_648,
        description="The largest request body: OpenAI's 25 MiB. Uploads are held in memory while they are decoded.",
    )
    max_job_upload_bytes: int = Field(
        default=5_368_709_120,
        ge=1,
        le=1_099_511_627_776,
        description="The largest upload of a job: 5 GiB. It goes to the blob store as it comes, not through memory.",
    )
    job_url_hosts: str | None = Field(
        default=None,
        description="Hosts that a job's audio may be fetched from by its URL, with commas: media.example.com, "
        "*.cdn.example.com, or * for any public one; unset, none.",
    )
    job_url_deadline_seconds: float = Field(
        default=3_600.0, gt=0, le=86_400, description="How long fetching a job's audio by its URL may take."
    )
    upload_idle_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="How long an upload may stand still; a stalled client holds memory and a connection.",
    )
    request_deadline_seconds: float = Field(
        default=600.0,
        gt=0,
        le=86_400,
        description="How long one request may take, upload included: OpenAI's clients give up after 600 s.",
    )
    status_calls_per_hour: int = Field(
        default=60,
        ge=1,
        le=100_000,
        description="How often the HiSpeech-style API tells the status of one job in any hour; then it answers 429.",
    )
    stream_keepalive_seconds: float = Field(
        default=15.0,
        gt=0,
        le=600,
        description="A stream with nothing to say sends a comment this often; proxies commonly close after 60 s.",
    )
    recognizer_slots: int = Field(
        default=16,
        ge=1,
        le=4_096,
        description="Windows of all requests at the recognizer at once: two batches; the rest waits here, fairly.",
    )
    longest_queue_wait_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="A new request that would wait longer than this gets 429 and the estimate at once.",
    )

    @field_validator("served_models")
    @classmethod
    def _registry_can_be_read(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_registry(path)
        return path

    @field_validator("job_url_hosts")
    @classmethod
    def _are_hosts(cls, listed: str | None) -> str | None:
        AddressPolicy.listed(hosts=split_list(listed))
        return listed

    @property
    def job_url_addresses(self) -> AddressPolicy:
        return AddressPolicy.listed(hosts=split_list(self.job_url_hosts), private=split_list(self.private_addresses))

    @cached_property
    def served(self) -> ServedModels:
        return read_registry(self.served_models) if self.served_models else ServedModels.of(self.model)

    @property
    def keys_required(self) -> bool:
        if self.require_keys == "auto":
            return not self.loopback_only
        return self.require_keys == "on"

    @property
    def loopback_only(self) -> bool:
        """Whether nobody but this machine's own programs can reach any door."""
        return _is_loopback(self.http_host) and _is_loopback(self.grpc_host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"  # whatever another name stands for may change
