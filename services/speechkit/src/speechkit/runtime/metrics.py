"""Every Prometheus metric of the services, defined once; dashboards and alerts may name only these.

Who counts what: HTTP and gRPC at the gateway's edges, recognition in `measured`, media in the gateway's routes.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# Prometheus would store a second series of start times for each counter, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUEST_BUCKETS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""From a refused request to the longest that OpenAI's clients wait for."""

WINDOW_BUCKETS_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 25, 60)
"""From a short window on a GPU to one that waited its whole minute in a queue."""

HTTP_REQUESTS = Counter(
    "earshot_http_requests_total", "HTTP requests answered, by route template.", ["route", "method", "status"]
)
HTTP_SECONDS = Histogram(
    "earshot_http_request_seconds",
    "From a request's first byte to the end of its answer.",
    ["route"],
    buckets=REQUEST_BUCKETS_SECONDS,
)
HTTP_IN_FLIGHT = Gauge("earshot_http_requests_in_flight", "HTTP requests being answered now.")

GRPC_CALLS = Counter("earshot_grpc_calls_total", "gRPC calls answered, by status code.", ["method", "code"])
GRPC_SECONDS = Histogram(
    "earshot_grpc_call_seconds",
    "From the start of a gRPC call to its status.",
    ["method"],
    buckets=REQUEST_BUCKETS_SECONDS,
)
GRPC_IN_FLIGHT = Gauge("earshot_grpc_calls_in_flight", "gRPC calls being answered now.")

UPLOAD_BYTES = Counter("earshot_upload_bytes_total", "Bytes of audio and request bodies read.")
AUDIO_SECONDS = Counter("earshot_audio_seconds_total", "Seconds of media transcribed to the end.", ["model"])
SEGMENTS = Counter("earshot_segments_total", "Segments given to callers.", ["model"])

WINDOWS = Counter(
    "earshot_windows_total", "Windows sent to a recognizer; outcome is ok or the error's reason.", ["model", "outcome"]
)
WINDOW_AUDIO_SECONDS = Counter("earshot_window_audio_seconds_total", "Seconds of audio in those windows.", ["model"])
WINDOW_SECONDS = Histogram(
    "earshot_window_recognition_seconds",
    "From sending a window to its hypothesis, queueing and retries included.",
    ["model"],
    buckets=WINDOW_BUCKETS_SECONDS,
)
WINDOWS_IN_FLIGHT = Gauge("earshot_windows_in_flight", "Windows being recognized now.")
READY = Gauge("earshot_ready", "1 while the check passes, by check.", ["check"])
