"""From the start of a process to its orderly end: settings, logs, the service, a signal, an exit status.

What is served is given as an async context manager by the service's `bootstrap`.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from speechkit.runtime import metrics
from speechkit.runtime.freed_memory import freed_memory_given_back
from speechkit.runtime.listening import CannotListen
from speechkit.runtime.logs import configure_logs
from speechkit.runtime.settings import BadSettings, SomeSettings, load_settings
from speechkit.runtime.tracing import tracing

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_service(
    name: str, settings_kind: type[SomeSettings], service: Callable[[SomeSettings], AbstractAsyncContextManager[None]]
) -> int:
    """Serve until SIGINT or SIGTERM; the result is the process's exit status. Traces know the service by its name."""
    try:
        settings = load_settings(settings_kind)
        configure_logs(level=settings.log_level, log_format=settings.log_format)
        metrics.COST_PER_HOUR.set(settings.cost_per_hour)
        with tracing(name):
            asyncio.run(serve_until_stopped(service(settings)))
    except (BadSettings, CannotListen) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


async def serve_until_stopped(service: AbstractAsyncContextManager[None]) -> None:
    """The first signal ends the service in order, a start that is under way included; a second one ends it at once."""
    loop = asyncio.get_running_loop()
    serving = asyncio.create_task(_serve(service))

    def stop(received: signal.Signals) -> None:
        log.info("service_stopping", signal=received.name)
        serving.cancel()
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)

    for each in STOP_SIGNALS:
        loop.add_signal_handler(each, stop, each)
    with suppress(asyncio.CancelledError):
        await serving


async def _serve(service: AbstractAsyncContextManager[None]) -> None:
    async with freed_memory_given_back(), service:
        await asyncio.Event().wait()
