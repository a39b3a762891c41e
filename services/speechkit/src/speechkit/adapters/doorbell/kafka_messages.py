"""What is written into Kafka: the id of a job and nothing else of it."""

import json
import re

VERSION = 1

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class UnreadableMessage(Exception):
    """The text says why; it never quotes the message."""


def write_message(job_id: str) -> bytes:
    return json.dumps({"version": VERSION, "job_id": job_id}, separators=(",", ":")).encode()


def read_message(value: bytes | None) -> str:
    try:
        message = json.loads(value or b"")
    except ValueError:
        raise UnreadableMessage("not JSON") from None
    if not isinstance(message, dict) or message.get("version") != VERSION:
        raise UnreadableMessage(f"not of version {VERSION}")
    job_id = message.get("job_id")
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise UnreadableMessage("no job_id")
    return job_id
