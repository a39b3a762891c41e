"""`earshot jobs`: look at the jobs of all tenants, and send failed ones round again.

What a job is and what may become of it stands in `speechkit.domain.jobs`.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime

from cli.problem import Problem
from cli.settings import CliSettings, command_settings
from speechkit.domain.jobs import Job, JobFilter, JobState
from speechkit.ports import JobStore

PAGE = 100


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    jobs = commands.add_parser("jobs", help="list jobs and send failed ones round again")
    actions = jobs.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="jobs with their state and why they failed, the newest first")
    listing.add_argument("--tenant", help="of one tenant alone")
    listing.add_argument("--status", choices=[state.value for state in JobState], help="in one state alone")
    listing.add_argument("--limit", type=int, default=50, metavar="N")
    listing.set_defaults(run=lambda arguments: asyncio.run(_list(arguments)))
    redrive = actions.add_parser("redrive", help="queue failed jobs once more, with all their tries")
    redrive.add_argument("ids", nargs="*", metavar="JOB")
    redrive.add_argument("--all-failed", action="store_true", help="every failed job, in place of ids")
    redrive.add_argument("--tenant", help="with --all-failed: of one tenant alone")
    redrive.set_defaults(run=lambda arguments: asyncio.run(_redrive(arguments)))


async def _list(arguments: argparse.Namespace) -> None:
    states = frozenset({JobState(arguments.status)} if arguments.status else JobState)
    columns = "{:38}{:18}{:12}{:18}{:7}{}"
    print(columns.format("ID", "TENANT", "STATUS", "CREATED", "TRIES", "WHY"))
    left = arguments.limit
    async with _job_store() as store:
        async for job in _each(store, JobFilter(tenant=arguments.tenant, states=states, limit=PAGE)):
            if (left := left - 1) < 0:
                break
            why = f"{job.failure.reason.value}: {job.failure.message}" if job.failure else ""
            created = f"{job.created_at:%Y-%m-%d %H:%M}"
            print(columns.format(job.id, job.tenant, job.state.value, created, job.tries, why).rstrip())


async def _redrive(arguments: argparse.Namespace) -> None:
    if bool(arguments.ids) == arguments.all_failed:
        raise Problem("Name the jobs, or say --all-failed; `earshot jobs list --status failed` has them.")
    failed = JobFilter(tenant=arguments.tenant, states=frozenset({JobState.FAILED}), limit=PAGE)
    queued, missing = 0, []
    async with _job_store() as store:
        ids = arguments.ids or [job.id async for job in _each(store, failed)]
        for job_id in ids:
            if await store.redrive(job_id, now=datetime.now(UTC)):
                queued += 1
            else:
                missing.append(job_id)
    print(f"{queued} queued again; workers are rung for within seconds.")
    if missing:
        raise Problem(f"No failed job has the id {', '.join(missing)}; a secure one can't be sent round again.")


async def _each(store: JobStore, asked: JobFilter) -> AsyncIterator[Job]:
    while page := await store.page(asked):
        for job in page:
            yield job
        asked = replace(asked, before=(page[-1].created_at, page[-1].id))


def _job_store() -> AbstractAsyncContextManager[JobStore]:
    from gateway.bootstrap import open_job_store  # it imports the whole gateway, which takes a second

    return open_job_store(command_settings(CliSettings))
