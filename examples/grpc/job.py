"""Hands a file in over gRPC, follows the job, and prints its subtitles: `python job.py talk.mp3 [host:port]`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import grpc

from earshot.jobs.v1.jobs_pb2 import (
    TRANSCRIPT_FORMAT_SRT,
    CreateJobRequest,
    GetTranscriptRequest,
    JobConfig,
    JobState,
    WatchJobRequest,
)
from earshot.jobs.v1.jobs_pb2_grpc import JobServiceStub


def recorded(path: str) -> Iterator[CreateJobRequest]:
    yield CreateJobRequest(config=JobConfig(model="whisper-1", keep_seconds=86_400))
    with Path(path).open("rb") as file:
        while part := file.read(65_536):
            yield CreateJobRequest(audio=part)


with grpc.insecure_channel(sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:8090") as channel:
    jobs = JobServiceStub(channel)
    job_id = jobs.CreateJob(recorded(sys.argv[1])).job.id
    for news in jobs.WatchJob(WatchJobRequest(job_id=job_id)):
        print(JobState.Name(news.job.state), file=sys.stderr)
    for part in jobs.GetTranscript(GetTranscriptRequest(job_id=job_id, format=TRANSCRIPT_FORMAT_SRT)):
        sys.stdout.buffer.write(part.rendered)
