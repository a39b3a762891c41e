"""Settings from the environment: `EARSHOT_…` variables, checked once at start, with one clear line when one is wrong.

Which settings a service has stands in its own `settings` module.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from speechkit.domain.addresses import AddressPolicy
from speechkit.runtime.cores import allowed_cores

ENV_PREFIX = "EARSHOT_"

Port = Annotated[int, Field(ge=0, le=65_535)]
"""0 lets the system choose a free one, which only tests want."""


class BadSettings(Exception):
    """The environment says something that can't be; the message names the variable, in one line."""


class Settings(BaseSettings):
    """What every service is told."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("var"), description="Weights, databases and the model repository live here.")
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database, for several gateways; unset, SQLite in the data folder.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log line that is written."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: readable on a terminal, JSON everywhere else."
    )
    cost_per_hour: float = Field(
        default=0.0,
        ge=0,
        le=1_000_000,
        description="What an hour of this process costs, in any currency: its share of the node, or of the bill. With "
        "it dashboards show what an hour of audio costs; 0 is not known.",
    )
    shutdown_grace_seconds: int = Field(
        default=25,
        ge=0,
        le=3_600,
        description="How long requests in flight may finish after SIGTERM; under Kubernetes' 30 s, or they are killed.",
    )


class RecognitionSettings(Settings):
    """For the services that turn sound into text."""

    model: str = Field(
        default="whisper-base",
        min_length=1,
        description="The Triton model behind every served name, unless a file names them.",
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
    windows_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Windows of one request at the recognizer at once: they fill its batches and bound the memory.",
    )


class KeySettings(Settings):
    """For the services that seal what they store."""

    master_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal all the others, the current one first; unset, a file of the data folder.",
    )


class JobSettings(KeySettings):
    """For the services that take jobs, and those that do them."""

    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis or Valkey without persistence, for the keys' limits and for secure jobs; unset, this "
        "process's memory.",
    )
    kafka_servers: str | None = Field(
        default=None,
        description="host:port of Kafka's brokers, with commas; unset, workers look at the table of jobs themselves.",
    )
    kafka_topic: str = Field(
        default="earshot.jobs", pattern="^[a-zA-Z0-9._-]{1,200}$", description="Where workers are rung for."
    )
    kafka_tls: bool = Field(default=False, description="Whether the brokers are spoken to over TLS.")
    kafka_ca_file: Path | None = Field(default=None, description="Who signs for the brokers; unset, the system's list.")
    kafka_certificate_file: Path | None = Field(default=None, description="What this service shows the brokers.")
    kafka_key_file: Path | None = Field(default=None, description="The key of that certificate.")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="How this service tells the brokers who it is; unset, not at all."
    )
    kafka_sasl_username: str | None = Field(default=None, description="The name that goes with that mechanism.")
    kafka_sasl_password: SecretStr | None = Field(default=None, description="The password of that name.")
    blobs: str | None = Field(
        default=None,
        description="Where jobs keep audio and transcripts, sealed: s3://…, gs://…, az://… or a folder's path; unset, "
        "a folder in the data folder.",
    )
    secure_memory_bytes: int = Field(
        default=1_073_741_824,
        ge=1_048_576,
        le=1_099_511_627_776,
        description="Memory for the audio and transcripts of secure jobs where there is no Redis.",
    )

    webhook_hosts: str = Field(
        default="*",
        description="Hosts that jobs' webhooks may go to, with commas: *.example.com, hooks.example.org:8443. By "
        "default any public one.",
    )
    private_addresses: str | None = Field(
        default=None,
        description="Hosts and networks that webhooks and job URLs may name although they are not public, with commas: "
        "hooks.internal, *.corp:8443, 10.1.0.0/16.",
    )

    @field_validator("webhook_hosts", "private_addresses")
    @classmethod
    def _are_addresses(cls, listed: str | None) -> str | None:
        AddressPolicy.listed(private=split_list(listed))
        return listed

    @property
    def webhook_addresses(self) -> AddressPolicy:
        return AddressPolicy.listed(hosts=split_list(self.webhook_hosts), private=split_list(self.private_addresses))


class RefinementSettings(Settings):
    """For the services that have transcripts refined."""

    postprocess_host: str = Field(
        default="127.0.0.1",
        description="Where the post-processing service listens. While it is away, transcripts stay raw.",
    )
    postprocess_grpc_port: Port = Field(default=8091, description="Port of the post-processing service's gRPC API.")

    @property
    def postprocess_address(self) -> str:
        host = f"[{self.postprocess_host}]" if ":" in self.postprocess_host else self.postprocess_host
        return f"{host}:{self.postprocess_grpc_port}"


SomeSettings = TypeVar("SomeSettings", bound=Settings)


def split_list(listed: str | None) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in (listed or "").split(",") if part.strip()]


def load_settings(kind: type[SomeSettings]) -> SomeSettings:
    """The settings that the environment gives; raises BadSettings."""
    try:
        return kind()
    except ValidationError as error:
        raise BadSettings("; ".join(_explain(problem["loc"], problem) for problem in error.errors())) from None
    except SettingsError as error:
        raise BadSettings(f"{error}. Write it as JSON.") from None


def _explain(location: tuple[int | str, ...], problem: object) -> str:
    assert isinstance(problem, dict)
    variable = f"{ENV_PREFIX}{location[0]}".upper() if location else f"{ENV_PREFIX}*"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{variable}={problem['input']}: {message}" if location else message
