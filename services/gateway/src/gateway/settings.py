"""What the gateway is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from gateway.registry_file import read_registry
from gateway.served_models import ServedModels
from speechkit.runtime.cores import allowed_cores
from speechkit.runtime.settings import Port, Settings


class GatewaySettings(Settings):
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
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis or Valkey where the keys' limits are counted; unset, each gateway counts for itself.",
    )
    limits_without_redis: Literal["allow", "refuse"] = Field(
        default="allow",
        description="What becomes of requests whose limits can't be looked up: let in uncounted, or answered with 503.",
    )

    model: str = Field(
        default="whisper-base",
        min_length=1,
        description="The Triton model behind every served name, unless a file names them.",
    )
    served_models: Path | None = Field(
        default=None,
        description="A TOML file of served names, their models and defaults; unset, EARSHOT_MODEL and OpenAI's names.",
    )
    recognizer: Literal["triton", "embedded"] = Field(
        default="triton",
        description="triton: a model server; embedded: the engine in this process, where Triton doesn't run.",
    )
    triton_host: str = Field(default="127.0.0.1", description="Where Triton's gRPC API listens.")
    triton_grpc_port: Port = Field(default=8001, description="Port of Triton's gRPC API.")
    threads: int = Field(
        default_factory=allowed_cores,
        ge=1,
        le=1_024,
        description="Cores for the embedded recognizer; by default all that the cgroup allows.",
    )

    max_upload_bytes: int = Field(
        default=26_214_400,
        ge=1,
        le=2_147_483_648,
        description="The largest request body: OpenAI's 25 MiB. Uploads are held in memory while they are decoded.",
    )
    upload_idle_seconds: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="How long an upload may stand still; a stalled client holds memory and a connection.",
    )
    max_audio_seconds: float = Field(
        default=14_400.0,
        ge=1,
        le=360_000,
        description="The longest sound in one file; four hours of speech take longer than clients wait anyway.",
    )
    decoder_memory_bytes: int = Field(
        default=268_435_456,
        ge=67_108_864,
        le=8_589_934_592,
        description="Memory for decoding one file beyond the decoder's libraries; ordinary files take a tenth of it.",
    )
    decoder_cpu_seconds: int = Field(
        default=600,
        ge=1,
        le=86_400,
        description="Processor time for decoding one file; a hostile one may keep a decoder busy for ever.",
    )
    request_deadline_seconds: float = Field(
        default=600.0,
        gt=0,
        le=86_400,
        description="How long one request may take, upload included: OpenAI's clients give up after 600 s.",
    )
    stream_keepalive_seconds: float = Field(
        default=15.0,
        gt=0,
        le=600,
        description="A stream with nothing to say sends a comment this often; proxies commonly close after 60 s.",
    )
    windows_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Windows of one request at the recognizer at once: they fill its batches and bound the memory.",
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
