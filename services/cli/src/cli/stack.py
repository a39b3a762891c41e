"""The three services in one process, with a Triton of their own: what `earshot serve` keeps running.

Each service is put together by its own bootstrap; this module adds what a cluster would do for them.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

from cli.settings import ServeSettings
from cli.triton.environment import TritonEnvironment
from cli.triton.files import lay_out
from cli.triton.launch import TritonPorts, plan_launch
from cli.triton.output import LogFile
from cli.triton.supervisor import supervised_triton
from cli.welcome import welcome
from gateway.bootstrap import gateway_service
from gateway.settings import GatewaySettings
from postprocess.bootstrap import postprocess_service
from postprocess.settings import PostprocessSettings
from speechkit.adapters.job_backing import open_job_backing
from speechkit.adapters.recognition import open_recognizer
from speechkit.runtime.settings import load_settings
from worker.bootstrap import worker_service
from worker.settings import WorkerSettings


@asynccontextmanager
async def stack(
    settings: ServeSettings, *, triton: TritonEnvironment | None, sample: Path | None
) -> AsyncIterator[None]:
    recognizer: Literal["triton", "embedded"] = "triton" if triton or settings.triton_host else "embedded"
    gateway, worker = GatewaySettings(recognizer=recognizer), WorkerSettings(recognizer=recognizer)
    async with AsyncExitStack() as services:
        if triton:
            await services.enter_async_context(_local_triton(settings, triton))
        await services.enter_async_context(
            postprocess_service(load_settings(PostprocessSettings), local=gateway.loopback_only)
        )
        speech = await services.enter_async_context(open_recognizer(gateway, models=gateway.served.triton_models))
        jobs = await services.enter_async_context(open_job_backing(gateway))
        await services.enter_async_context(worker_service(worker, recognizer=speech, jobs=jobs))
        await services.enter_async_context(gateway_service(gateway, recognizer=speech, jobs=jobs))
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
        traces_url=settings.triton_traces_url,
    )
    with LogFile(settings.data_dir / "log" / "triton.log") as output:
        async with supervised_triton(
            launch, output=output, start_timeout_seconds=settings.triton_start_timeout_seconds
        ):
            yield
