"""What the worker is told by its environment.

How variables are read and checked is the matter of `speechkit.runtime.settings`.
"""

from pydantic import Field

from speechkit.runtime.settings import JobSettings, Port, RecognitionSettings, RefinementSettings


class WorkerSettings(RecognitionSettings, JobSettings, RefinementSettings):
    worker_http_host: str = Field(default="127.0.0.1", description="Address of the worker's health and metrics.")
    worker_http_port: Port = Field(default=8081, description="Port of the worker's health and metrics.")

    jobs_in_flight: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Jobs that one worker does at once: the windows of one alone leave gaps while it is decoded.",
    )
    job_lease_seconds: float = Field(
        default=30.0,
        ge=3,
        le=3_600,
        description="A worker that is not heard of for so long has died, and its jobs go to others.",
    )
    job_deadline_seconds: float = Field(
        default=43_200.0,
        ge=1,
        le=604_800,
        description="How long one try of a job may take: a day of speech, at twice its speed.",
    )
    max_job_audio_seconds: float = Field(
        default=86_400.0, ge=1, le=360_000, description="The longest sound in a job's file: a day of it."
    )
