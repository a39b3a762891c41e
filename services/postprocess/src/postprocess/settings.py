"""What the post-processing service is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from pydantic import Field, field_validator

from speechkit.domain.addresses import AddressPolicy
from speechkit.runtime.settings import KeySettings, Port, split_list


class PostprocessSettings(KeySettings):
    postprocess_grpc_host: str = Field(default="127.0.0.1", description="Address of the service's gRPC API.")
    postprocess_grpc_port: Port = Field(default=8091, description="Port of the service's gRPC API.")
    postprocess_http_host: str = Field(
        default="127.0.0.1", description="Address of the post-processing service's health and metrics."
    )
    postprocess_http_port: Port = Field(
        default=8082, description="Port of the post-processing service's health and metrics."
    )

    endpoint_private_addresses: str | None = Field(
        default=None,
        description="Hosts and networks that chat endpoints may have although they are not public, or without https, "
        "with commas: ollama.internal, *.corp:8443, 10.1.0.0/16. By default none, or this machine and its network on a "
        "local run.",
    )
    endpoint_idle_seconds: float = Field(
        default=60.0,
        ge=1,
        le=3_600,
        description="How long a chat endpoint may say nothing: a local server reads a long prompt, or loads a model.",
    )
    endpoint_calls_in_flight: int = Field(
        default=32, ge=1, le=1_024, description="Calls to one chat endpoint at once; the others wait for their turn."
    )

    @field_validator("endpoint_private_addresses")
    @classmethod
    def _are_addresses(cls, listed: str | None) -> str | None:
        AddressPolicy.listed(private=split_list(listed))
        return listed
