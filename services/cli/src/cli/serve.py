"""`earshot serve`: the three services in one process, for one machine, with a Triton of their own.

The services are put together by their own bootstraps; this module adds what a cluster would do for them.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

from cli.die_with_parent import end_with_parent
from cli.models import bundle_named, locked_models, model_store
from cli.ports import WantedPort, require_free
from cli.problem import Problem
from cli.settings import ServeSettings
from cli.single_instance import only_one
from cli.triton.environment import TritonEnvironment, TritonUnavailable, find_triton
from cli.triton.files import lay_out
from cli.triton.launch import HOST, TritonPorts, plan_launch
from cli.triton.output import LogFile
from cli.triton.supervisor import supervised_triton
from cli.weights.errors import FetchError
from cli.weights.store import BundleStore
from cli.welcome import welcome
from gateway.bootstrap import gateway_service
from gateway.settings import GatewaySettings
from postprocess.bootstrap import postprocess_service
from postprocess.settings import PostprocessSettings
from speechkit.runtime.lifetime import serve_until_stopped
from speechkit.runtime.logs import configure_logs
from speechkit.runtime.settings import load_settings
from worker.bootstrap import worker_service
from worker.settings import WorkerSettings


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("serve", help="run everything on this machine until Ctrl-C")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the process that started this one ends"
    )
    parser.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> None:
    if arguments.exit_with_parent:
        end_with_parent()
    settings = load_settings(ServeSettings)
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    with only_one(settings.data_dir):
        triton = _choose_triton(settings)
        _require_free_ports(settings, local_triton=triton is not None)
        _fetch_weights(settings)
        sample = _fetch_sample(settings)
        asyncio.run(serve_until_stopped(_stack(settings, triton=triton, sample=sample)))


def _choose_triton(settings: ServeSettings) -> TritonEnvironment | None:
    """The Triton that is to be started here, if one is."""
    if settings.recognizer == "embedded" or settings.triton_host:
        return None
    try:
        return find_triton(settings.triton_venv)
    except TritonUnavailable as error:
        if settings.recognizer == "triton":
            raise Problem(f"{error}\nOr leave EARSHOT_RECOGNIZER unset to do without Triton.") from error
        print(
            f"WARNING: without Triton, speech is recognized in this process: no batching across requests and no "
            f"priorities.\n{error}",
            file=sys.stderr,
        )
        return None


def _require_free_ports(settings: ServeSettings, *, local_triton: bool) -> None:
    gateway, worker = load_settings(GatewaySettings), load_settings(WorkerSettings)
    postprocess = load_settings(PostprocessSettings)
    wanted = [
        (gateway.http_host, gateway.http_port, "EARSHOT_HTTP_PORT"),
        (gateway.grpc_host, gateway.grpc_port, "EARSHOT_GRPC_PORT"),
        (worker.worker_http_host, worker.worker_http_port, "EARSHOT_WORKER_HTTP_PORT"),
        (postprocess.postprocess_grpc_host, postprocess.postprocess_grpc_port, "EARSHOT_POSTPROCESS_GRPC_PORT"),
    ]
    if local_triton:
        wanted += [
            (HOST, settings.triton_http_port, "EARSHOT_TRITON_HTTP_PORT"),
            (HOST, settings.triton_grpc_port, "EARSHOT_TRITON_GRPC_PORT"),
            (HOST, settings.triton_metrics_port, "EARSHOT_TRITON_METRICS_PORT"),
        ]
    require_free([WantedPort(host=host, port=port, setting=setting) for host, port, setting in wanted])


def _fetch_weights(settings: ServeSettings) -> None:
    """A folder of the model's name that no lock file knows is somebody's own model, and is taken as it is."""
    if settings.triton_host:
        return
    lock, store = locked_models(settings), model_store(settings)
    own = settings.data_dir / "models" / settings.model
    if settings.model in lock.models or not (own / "model.bin").exists():
        store.ensure(bundle_named(lock, settings.model))


def _fetch_sample(settings: ServeSettings) -> Path | None:
    """Recorded speech for a first try; a machine that can't fetch it is still served."""
    samples = BundleStore(settings.data_dir / "samples")
    (bundle,) = locked_models(settings).samples.values()
    try:
        return samples.ensure(bundle) / bundle.files[0].name
    except FetchError:
        return None


@asynccontextmanager
async def _stack(
    settings: ServeSettings, *, triton: TritonEnvironment | None, sample: Path | None
) -> AsyncIterator[None]:
    recognizer: Literal["triton", "embedded"] = "triton" if triton or settings.triton_host else "embedded"
    gateway = GatewaySettings(recognizer=recognizer)
    async with AsyncExitStack() as stack:
        if triton:
            await stack.enter_async_context(_local_triton(settings, triton))
        await stack.enter_async_context(postprocess_service(load_settings(PostprocessSettings)))
        await stack.enter_async_context(worker_service(load_settings(WorkerSettings)))
        await stack.enter_async_context(gateway_service(gateway))
        print(welcome(gateway, sample=sample), flush=True)
        yield


@asynccontextmanager
async def _local_triton(settings: ServeSettings, environment: TritonEnvironment) -> AsyncIterator[None]:
    weights = (settings.data_dir / "models").resolve()
    files = lay_out(
        environment,
        directory=settings.data_dir.resolve() / "triton",
        template=settings.models_source / "triton" / "whisper",
        model=settings.model,
        weights=weights,
    )
    launch = plan_launch(
        environment,
        files,
        model=settings.model,
        weights=weights,
        ports=TritonPorts(
            http=settings.triton_http_port, grpc=settings.triton_grpc_port, metrics=settings.triton_metrics_port
        ),
        threads=settings.threads,
    )
    with LogFile(settings.data_dir / "log" / "triton.log") as output:
        async with supervised_triton(
            launch, output=output, start_timeout_seconds=settings.triton_start_timeout_seconds
        ):
            yield
