"""What `earshot` is told by its environment, on top of what each service reads for itself.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from cli.weights.store import DEFAULT_HUB_ENDPOINT
from speechkit.runtime.cores import allowed_cores
from speechkit.runtime.logs import configure_logs
from speechkit.runtime.settings import Port, Settings, SomeSettings, load_settings

CHECKOUT = Path(__file__).parents[4]


class CliSettings(Settings):
    model: str = Field(default="whisper-base", min_length=1, description="The model that is served.")
    models_source: Path = Field(
        default=CHECKOUT / "models", description="Holds models.lock and the Triton model's template."
    )
    hub_endpoint: str = Field(
        default=DEFAULT_HUB_ENDPOINT,
        validation_alias="HF_ENDPOINT",
        description="The Hugging Face hub, or a mirror of it; the hub's own clients read the same variable.",
    )


class ServeSettings(CliSettings):
    recognizer: Literal["triton", "embedded"] | None = Field(
        default=None, description="Unset: triton where it runs, else embedded with a warning."
    )
    threads: int = Field(
        default_factory=allowed_cores, ge=1, le=1_024, description="Cores for recognition; by default all allowed ones."
    )
    triton_host: str | None = Field(
        default=None, description="A Triton that runs elsewhere; unset, `earshot serve` starts one of its own."
    )
    triton_http_port: Port = Field(default=8000, description="Port of the local Triton's HTTP API.")
    triton_grpc_port: Port = Field(default=8001, description="Port of Triton's gRPC API.")
    triton_metrics_port: Port = Field(default=8002, description="Port of the local Triton's metrics.")
    triton_traces_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Where the local Triton sends its spans, by OTLP over HTTP, such as "
        "http://127.0.0.1:4318/v1/traces; the services have OTEL_EXPORTER_OTLP_ENDPOINT.",
    )
    triton_venv: Path = Field(
        default=Path(sys.prefix) / "triton",
        description="The environment that holds the nvidia-pytriton wheel and the model's Python.",
    )
    triton_start_timeout_seconds: float = Field(
        default=120.0, gt=0, le=3_600, description="How long loading the model may take; a large one on a slow disk."
    )


def command_settings(kind: type[SomeSettings]) -> SomeSettings:
    """For a command whose output is what it prints: nothing is logged but what goes wrong."""
    settings = load_settings(kind)
    configure_logs(level="warning", log_format=settings.log_format)
    return settings
