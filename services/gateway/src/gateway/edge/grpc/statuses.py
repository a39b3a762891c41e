"""Every failure of a gRPC call as google.rpc.Status, in the words of the gateway's messages.

How a Status is written, and read back, stands in `speechkit.runtime.call_failures`.
"""

from google.rpc.status_pb2 import Status

from speechkit.domain.errors import EarshotError, Internal
from speechkit.runtime import call_failures

FIELDS = {
    "file": "audio",
    "hotwords": "keywords",
    "include[]": "logprobs",
    "timestamp_granularities[]": "word_timestamps",
}
"""Inside, a parameter has the name that it has in OpenAI's forms."""


def status_of(error: EarshotError) -> Status:
    return call_failures.status_of(error, fields=FIELDS)


def internal_error() -> Internal:
    """For a failure that nobody foresaw: what it was stands in the log, under the id in `x-request-id`."""
    return Internal("The server had an error while processing your call. Try again, or report its x-request-id.")
