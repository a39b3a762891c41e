"""The dashboards, panel by panel."""

from panels import Panel, increase, panel, quantiles, rate, share, stat

PROBES = 'route!~"/healthz|/readyz|/metrics"'
EDGE = 'component!="postprocess"'
FAULTS = 'code=~"INTERNAL|UNAVAILABLE|UNKNOWN"'
WINDOWS = rate("earshot_whisper_windows_total", "model")
HEARD = rate("earshot_whisper_audio_seconds_total", "model")
REFINED = "earshot_refinements_total"
OUTGOING = "earshot_outgoing_request_seconds"

ABOUT_COST = (
    "What the pods cost, idle or not, over the hours of audio of the last hour: in the currency of "
    "EARSHOT_COST_PER_HOUR, and nothing where that is not set."
)
ABOUT_GUARDS = (
    "Of all windows. silence: there was speech, and no text to believe. repetition: a loop that nothing ended. "
    "temperature: the first text was thrown away."
)

OVERVIEW: list[Panel] = [
    stat(
        "Requests that the server failed",
        "percentunit",
        "avg(earshot:request_errors:ratio_rate1h{§}) or vector(0)",
        about="In the last hour; 0.1 % may.",
    ),
    stat(
        "Files slower than they last",
        "percentunit",
        "avg(earshot:slow_transcriptions:ratio_rate1h{§})",
        about="Of those whose senders waited, in the last hour; 1 % may.",
    ),
    stat(
        "Cost of an hour of audio",
        "none",
        "sum(earshot:cost_per_hour:sum{§}) / sum(earshot:audio:rate1h{§})",
        about=ABOUT_COST,
    ),
    panel(
        "Requests",
        "reqps",
        ("HTTP {{status}}", rate("earshot_http_requests_total", "status", PROBES)),
        ("gRPC {{code}}", rate("earshot_grpc_calls_total", "code", EDGE)),
        stacked=True,
    ),
    panel(
        "Failures by route",
        "reqps",
        ("{{route}} {{status}}", rate("earshot_http_requests_total", "route, status", 'status=~"5.."')),
        ("{{method}} {{code}}", rate("earshot_grpc_calls_total", "method, code", FAULTS)),
    ),
    panel(
        "Audio transcribed, in times real time",
        "none",
        ("{{model}}", rate("earshot_audio_seconds_total", "model")),
        stacked=True,
        about="Hours of audio in an hour, of requests and jobs.",
    ),
    panel("Jobs that are not over", "short", ("{{state}}", "max by (state) (earshot_jobs{§})"), stacked=True),
    panel(
        "Requests in flight",
        "short",
        ("HTTP", "sum(earshot_http_requests_in_flight{§})"),
        ("gRPC", "sum(earshot_grpc_calls_in_flight{§})"),
    ),
    panel(
        "Pods that pass each check",
        "short",
        ("{{component}} {{check}}", "sum by (component, check) (earshot_ready{§})"),
    ),
    panel("Uploads", "Bps", ("read", rate("earshot_upload_bytes_total"))),
    quantiles("How long the audio is", "s", "earshot_audio_length_seconds"),
    panel("Background work that broke", "short", ("{{work}}", increase("earshot_background_failures_total", "work"))),
]

LATENCY: list[Panel] = [
    quantiles(
        "Real-time factor",
        "none",
        "earshot_real_time_factor",
        about="Seconds of work for each second of audio: above 1, people wait for longer than they spoke.",
    ),
    quantiles("Requests for transcriptions", "s", "earshot_http_request_seconds", selector='route=~".*/audio/.*"'),
    quantiles("Calls over gRPC", "s", "earshot_grpc_call_seconds", selector=EDGE),
    quantiles(
        "Wait for a turn",
        "s",
        "earshot_queue_seconds",
        by="priority",
        about="In the gateway, before a window is sent to a model server.",
    ),
    panel(
        "Audio that waits for a turn",
        "s",
        ("{{priority}}", "sum by (priority) (earshot_queued_audio_seconds{§})"),
        stacked=True,
        about="What autoscaling of the model servers looks at.",
    ),
    quantiles(
        "From sending a window to its text",
        "s",
        "earshot_window_recognition_seconds",
        about="The model server's queue and retries included.",
    ),
    panel(
        "Windows at the recognizer",
        "short",
        ("{{component}}", "sum by (component) (earshot_windows_in_flight{§})"),
        stacked=True,
    ),
    panel("How windows end", "reqps", ("{{outcome}}", rate("earshot_windows_total", "outcome")), stacked=True),
    panel(
        "Wait in the model server",
        "µs",
        ("{{pod}}", share(rate("nv_inference_queue_duration_us", "pod"), rate("nv_inference_request_success", "pod"))),
        about="Of a window, on average.",
    ),
]

JOBS: list[Panel] = [
    panel("Jobs that are not over", "short", ("{{state}}", "max by (state) (earshot_jobs{§})"), stacked=True),
    panel("The oldest", "s", ("{{state}}", "max by (state) (earshot_oldest_job_seconds{§})")),
    panel("At work", "short", ("{{pod}}", "sum by (pod) (earshot_jobs_in_flight{§})"), stacked=True),
    quantiles("From asking to the first try", "s", "earshot_job_wait_seconds"),
    quantiles("From asking to the end", "s", "earshot_job_seconds", by="state"),
    panel(
        "Ends", "short", ("{{state}} {{reason}}", increase("earshot_jobs_ended_total", "state, reason")), stacked=True
    ),
    panel("Tries that were repeated", "short", ("{{reason}}", increase("earshot_jobs_repeated_total", "reason"))),
    panel("Kafka: messages not taken yet", "short", ("all workers", "sum(earshot_doorbell_lag{§})")),
    panel(
        "Since a worker last counted the jobs",
        "s",
        ("newest", "time() - max(earshot_jobs_counted_timestamp_seconds{§})"),
    ),
    panel(
        "Webhooks", "reqps", ("{{outcome}}", rate(f"{OUTGOING}_count", "outcome", 'purpose="webhook"')), stacked=True
    ),
    quantiles("Webhooks: until the answer", "s", OUTGOING, selector='purpose="webhook"'),
    panel("Webhooks that are over", "short", ("{{state}}", increase("earshot_webhooks_ended_total", "state"))),
]

MODELS: list[Panel] = [
    panel(
        "Audio recognized, in times real time",
        "none",
        ("{{pod}} {{model}}", rate("earshot_whisper_audio_seconds_total", "pod, model")),
        stacked=True,
    ),
    panel(
        "Windows in a batch",
        "short",
        ("{{model}}", "avg by (model) (earshot:batch_windows:avg5m{§})"),
        about="On average over five minutes.",
    ),
    panel(
        "Windows",
        "reqps",
        ("{{pod}} recognized", rate("earshot_whisper_windows_total", "pod")),
        ("{{pod}} failed", rate("earshot_whisper_failures_total", "pod")),
        stacked=True,
    ),
    panel(
        "Time of the model",
        "percentunit",
        ("{{pod}} encoder", rate("earshot_whisper_encode_seconds_total", "pod")),
        ("{{pod}} decoder", rate("earshot_whisper_decode_seconds_total", "pod")),
        stacked=True,
        about="Of each second: 100 % is one instance that never rests.",
    ),
    panel(
        "Fallbacks for each window",
        "none",
        ("{{model}}", share(rate("earshot_whisper_fallbacks_total", "model"), WINDOWS)),
        about="Texts that were thrown away for a higher temperature.",
    ),
    panel(
        "Guards against invented text",
        "percentunit",
        (
            "{{model}} {{guard}}",
            share(
                rate("earshot_window_guards_total", "model, guard"),
                f"on (model) group_left {rate('earshot_windows_total', 'model')}",
            ),
        ),
        about=ABOUT_GUARDS,
    ),
    panel(
        "Tokens for each second of audio",
        "none",
        ("{{model}}", share(rate("earshot_whisper_tokens_total", "model"), HEARD)),
        about="Far more than usual is a loop.",
    ),
    panel(
        "Requests that Triton refused or failed",
        "reqps",
        ("{{pod}} {{reason}}", rate("nv_inference_request_failure", "pod, reason")),
    ),
    panel(
        "GPU",
        "percentunit",
        ("{{pod}} busy", "avg by (pod) (nv_gpu_utilization{§})"),
        ("{{pod}} memory", "sum by (pod) (nv_gpu_memory_used_bytes{§}) / sum by (pod) (nv_gpu_memory_total_bytes{§})"),
        about="Empty without one.",
    ),
]

REFINEMENT: list[Panel] = [
    panel("Refinements", "reqps", ("{{outcome}}", rate(REFINED, "outcome")), stacked=True),
    stat(
        "Kept raw",
        "percentunit",
        share(rate(REFINED, selector='outcome!~"refined|left_alone"'), rate(REFINED)),
        about="Of the transcripts that were to be refined.",
    ),
    panel(
        "Warnings",
        "reqps",
        ("{{check}}", rate("earshot_refinement_warnings_total", "check")),
        stacked=True,
        about="Why texts, or parts of them, were kept raw.",
    ),
    quantiles("Refinement", "s", "earshot_refinement_seconds"),
    quantiles("Chat endpoints: until the end of the answer", "s", OUTGOING, selector='purpose="chat"'),
    panel(
        "Answers of chat endpoints",
        "reqps",
        ("{{outcome}}", rate(f"{OUTGOING}_count", "outcome", 'purpose="chat"')),
        stacked=True,
    ),
]

DASHBOARDS = {
    "overview": ("Earshot: overview", OVERVIEW),
    "latency": ("Earshot: latency and queues", LATENCY),
    "jobs": ("Earshot: jobs", JOBS),
    "models": ("Earshot: models", MODELS),
    "refinement": ("Earshot: refinement", REFINEMENT),
}
