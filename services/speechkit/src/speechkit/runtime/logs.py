"""Structured logs: one event per line, JSON unless someone is watching, other libraries' lines in the same shape.

What is logged is each module's matter, except that audio, text, prompts and keys never are.
"""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

from speechkit.runtime.tracing import add_trace

QUIET_LOGGERS = (
    "aiosqlite",
    "alembic",
    "asyncio",
    "grpc",
    "httpx",
    "httpcore",
    "kafka",
    "opentelemetry",
    "python_multipart",
    "uvicorn",
)
"""They narrate normal life, or bad input byte by byte; only what they warn about or worse is worth a line."""


def configure_logs(*, level: str, log_format: Literal["auto", "json", "console"]) -> None:
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    shared = _shared_processors(as_json=as_json)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(as_json=as_json)],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


def _shared_processors(*, as_json: bool) -> list[Processor]:
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return [*processors, structlog.processors.format_exc_info] if as_json else processors


def _renderer(*, as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer()
    # Rich tracebacks would print local variables, and those hold what callers said.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
