"""Every Prometheus metric of the services, defined once; docs/metrics.md, dashboards and alerts name only these.

Who counts what: HTTP and gRPC at the services' edges, what ports do in `measured`, the rest where it happens.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# Prometheus would store a second series of start times for each counter, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUEST_BUCKETS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""From a refused request to the longest that OpenAI's clients wait for."""

WINDOW_BUCKETS_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12, 25, 60)
"""From a short window on a GPU to one that waited its whole minute in a queue."""

QUEUE_BUCKETS_SECONDS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60)
"""From a slot that was free to a window that waited its whole minute."""

AUDIO_BUCKETS_SECONDS = (1, 3, 10, 30, 60, 180, 600, 1_800, 3_600, 7_200, 14_400, 36_000, 86_400)
"""A command, a dictated sentence, one window, a voice message, a call, a meeting, a film, a day."""

REAL_TIME_BUCKETS = (0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 2, 5, 10)
"""From a GPU with nothing else to do to a processor with far too much; speech that is waited for needs less than 1."""

JOB_BUCKETS_SECONDS = (1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
"""From a voice message to what waited for a night."""

# Requests

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

# Transcripts

AUDIO_SECONDS = Counter(
    "earshot_audio_seconds_total", "Seconds of media transcribed to the end, of requests and jobs.", ["model"]
)
AUDIO_LENGTH = Histogram(
    "earshot_audio_length_seconds",
    "How long the media was that was transcribed to the end.",
    ["model"],
    buckets=AUDIO_BUCKETS_SECONDS,
)
SEGMENTS = Counter("earshot_segments_total", "Segments given to callers.", ["model"])
REAL_TIME_FACTOR = Histogram(
    "earshot_real_time_factor",
    "Seconds of work and waiting for each second of media, of files over HTTP whose sender waited for the end; what is "
    "shorter than a second counts as a second.",
    ["model"],
    buckets=REAL_TIME_BUCKETS,
)

# Windows at the recognizer

QUEUE_SECONDS = Histogram(
    "earshot_queue_seconds",
    "How long a window waited in the gateway for its turn at the recognizer.",
    ["priority"],
    buckets=QUEUE_BUCKETS_SECONDS,
)
QUEUED_AUDIO_SECONDS = Gauge(
    "earshot_queued_audio_seconds", "Seconds of audio in the windows that wait for their turn now.", ["priority"]
)
WINDOWS = Counter(
    "earshot_windows_total", "Windows sent to a recognizer; outcome is ok or the error's reason.", ["model", "outcome"]
)
WINDOW_AUDIO_SECONDS = Counter("earshot_window_audio_seconds_total", "Seconds of audio in those windows.", ["model"])
WINDOW_SECONDS = Histogram(
    "earshot_window_recognition_seconds",
    "From sending a window to its hypothesis, the model server's queue and retries included.",
    ["model"],
    buckets=WINDOW_BUCKETS_SECONDS,
)
WINDOWS_IN_FLIGHT = Gauge("earshot_windows_in_flight", "Windows being recognized now.")
WINDOW_GUARDS = Counter(
    "earshot_window_guards_total",
    "Windows in which a guard against invented text acted: temperature (the first text was thrown away), silence "
    "(there was speech, and no text was believed), repetition (a loop that no temperature ended); and texts taken out: "
    "pace (more than anybody can say), phrase (what Whisper writes where nobody speaks, and other signs agreed).",
    ["model", "guard"],
)

# Jobs

JOBS = Gauge(
    "earshot_jobs", "Jobs that are not over, in the whole installation: every worker says the same.", ["state"]
)
OLDEST_JOB_SECONDS = Gauge(
    "earshot_oldest_job_seconds",
    "How long ago the oldest job that is not over was asked for, in the whole installation; 0 without one.",
    ["state"],
)
LAST_CENSUS = Gauge("earshot_jobs_counted_timestamp_seconds", "When this worker last counted the jobs.")
JOBS_ENDED = Counter(
    "earshot_jobs_ended_total",
    "Jobs that a worker brought to an end; reason is that of the failure, or empty.",
    ["state", "reason"],
)
JOBS_REPEATED = Counter(
    "earshot_jobs_repeated_total",
    "Tries that ended with another to come: the failure's reason, or worker_died.",
    ["reason"],
)
JOB_WAIT_SECONDS = Histogram(
    "earshot_job_wait_seconds",
    "From the asking for a job to its first try.",
    buckets=JOB_BUCKETS_SECONDS,
)
JOB_SECONDS = Histogram(
    "earshot_job_seconds", "From the asking for a job to its end.", ["state"], buckets=JOB_BUCKETS_SECONDS
)
JOBS_IN_FLIGHT = Gauge("earshot_jobs_in_flight", "Jobs that this worker works on now.")
DOORBELL_LAG = Gauge(
    "earshot_doorbell_lag", "Messages in the Kafka partitions of this worker that it has not taken yet."
)

# Webhooks, and whatever else goes to addresses that users name

OUTGOING_SECONDS = Histogram(
    "earshot_outgoing_request_seconds",
    "Requests to addresses that users named, by purpose (webhook, job_url, chat) and outcome: the class of the "
    "answer's status, such as 2xx, or unanswered.",
    ["purpose", "outcome"],
    buckets=REQUEST_BUCKETS_SECONDS,
)

WEBHOOKS_ENDED = Counter(
    "earshot_webhooks_ended_total", "Webhooks that will not be sent again: delivered or given_up.", ["state"]
)
for _state in ("delivered", "given_up"):
    WEBHOOKS_ENDED.labels(_state)  # the first one given up is to be an increase, for which there must be a 0 before

# Refinement

REFINEMENTS = Counter(
    "earshot_refinements_total",
    "Transcripts given to the post-processing service, by whoever asked: refined, left_alone (as a mode may want it), "
    "kept_raw, or the error's reason.",
    ["outcome"],
)
REFINEMENT_WARNINGS = Counter(
    "earshot_refinement_warnings_total", "Why texts, or parts of them, were kept raw.", ["check"]
)
REFINEMENT_SECONDS = Histogram(
    "earshot_refinement_seconds", "From asking for a refinement to its answer.", buckets=REQUEST_BUCKETS_SECONDS
)

# The process

READY = Gauge("earshot_ready", "1 while the check passes, by check.", ["check"])
BACKGROUND_FAILURES = Counter(
    "earshot_background_failures_total",
    "Times that work behind a service broke in a way that nobody foresaw, and was begun again.",
    ["work"],
)
COST_PER_HOUR = Gauge(
    "earshot_cost_per_hour", "What an hour of this pod costs, as EARSHOT_COST_PER_HOUR says; 0 where nobody said."
)
