"""What the post-processing service is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from pydantic import Field

from speechkit.runtime.settings import Port, Settings


class PostprocessSettings(Settings):
    postprocess_grpc_host: str = Field(default="127.0.0.1", description="Address of the service's gRPC API.")
    postprocess_grpc_port: Port = Field(default=8091, description="Port of the service's gRPC API.")
