"""What the worker is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from pydantic import Field

from speechkit.runtime.settings import Port, Settings


class WorkerSettings(Settings):
    worker_http_host: str = Field(default="127.0.0.1", description="Address of the worker's health and metrics.")
    worker_http_port: Port = Field(default=8081, description="Port of the worker's health and metrics.")
