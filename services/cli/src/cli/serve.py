"""`earshot serve`: everything that can be wrong is found out before anything is started.

What is started then stands in `stack`.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from cli.die_with_parent import end_with_parent
from cli.models import bundle_named, locked_models, model_store
from cli.ports import WantedPort, require_free
from cli.problem import Problem
from cli.settings import ServeSettings
from cli.single_instance import only_one
from cli.triton.environment import TritonEnvironment, TritonUnavailable, find_triton
from cli.triton.launch import HOST
from cli.weights.errors import FetchError
from cli.weights.store import BundleStore
from gateway.settings import GatewaySettings
from postprocess.settings import PostprocessSettings
from speechkit.runtime import metrics
from speechkit.runtime.lifetime import serve_until_stopped
from speechkit.runtime.logs import configure_logs
from speechkit.runtime.settings import load_settings
from speechkit.runtime.tracing import tracing
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
        from cli.stack import stack  # it imports every service, which takes longer than all the checks above

        metrics.COST_PER_HOUR.set(settings.cost_per_hour)
        with tracing("earshot"):
            asyncio.run(serve_until_stopped(stack(settings, triton=triton, sample=sample)))


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
        (postprocess.postprocess_http_host, postprocess.postprocess_http_port, "EARSHOT_POSTPROCESS_HTTP_PORT"),
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
