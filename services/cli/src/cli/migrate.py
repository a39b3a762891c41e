"""`earshot migrate`: bring the database to this version's tables before the services of this version start.

They would do it themselves at their first use; on a cluster a Job does it, so that a rollout waits for it.
"""

import argparse
import asyncio

from cli.problem import Problem
from cli.settings import CliSettings, command_settings

RETRY_SECONDS = 1.0


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    migrate = commands.add_parser("migrate", help="bring the database to this version's tables")
    migrate.add_argument("--wait-seconds", type=float, default=0.0, metavar="N", help="for a database that is away")
    migrate.set_defaults(run=lambda arguments: asyncio.run(_migrate(wait_seconds=arguments.wait_seconds)))


async def _migrate(*, wait_seconds: float) -> None:
    from gateway.bootstrap import open_key_store  # it imports the whole gateway, which takes a second

    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_seconds
    async with open_key_store(command_settings(CliSettings)) as store:
        while not await store.ready():  # which migrates first
            if loop.time() >= deadline:
                raise Problem("The database can't be reached or changed; the line above says why.")
            await asyncio.sleep(RETRY_SECONDS)
    print("The database has this version's tables.")
