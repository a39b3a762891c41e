"""What the model tells of trouble: an event in JSON, in a line of Triton's log, with the id of the request or job.

Never an exception's message, which may quote what was said.
"""

import json
import traceback
from typing import Any

import triton_python_backend_utils as pb_utils


def log_failure(event: str, error: BaseException, *, request_id: str = "") -> None:
    fields: dict[str, Any] = {"event": event, "level": "error", "error": type(error).__name__}
    if request_id:
        fields["request_id"] = request_id
    frames = traceback.extract_tb(error.__traceback__)
    fields["raised_at"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-5:]]
    pb_utils.Logger.log_error(json.dumps(fields))
