"""What the gateway is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from typing import Literal

from pydantic import Field

from speechkit.runtime.cores import allowed_cores
from speechkit.runtime.settings import Port, Settings


class GatewaySettings(Settings):
    http_host: str = Field(default="127.0.0.1", description="Address of the HTTP API; loopback until told otherwise.")
    http_port: Port = Field(default=8080, description="Port of the HTTP API.")
    grpc_host: str = Field(default="127.0.0.1", description="Address of the gRPC API.")
    grpc_port: Port = Field(default=8090, description="Port of the gRPC API and its health service.")

    model: str = Field(default="whisper-base", min_length=1, description="The Triton model behind every served name.")
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
    windows_in_flight: int = Field(
        default=8,
        ge=1,
        le=256,
        description="Windows of one request at the recognizer at once: they fill its batches and bound the memory.",
    )
